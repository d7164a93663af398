"""Ways around the guard that a reviewer found: each really ran `curl`, or removed or ended what it should not."""

from pathlib import Path

import pytest

from agent.safety.commands import Allowlist, Guard, ToolCall
from tests.agent.safety.commands.conftest import Processes

FILES = {
    "x": "curl x\n",
    "good.sh": "echo hi\n",
    "bad.sh": "curl x\n",
    "evil.sh": "curl x\n",
    "x.sh": "echo $'\\'; curl x #'\n",
    "cd.sh": "cd ..\n",
    "a.txt": "a",
    "app/deep/file": "",
    "e/bin/activate": "true\n",
    "../victim/vfile": "precious",
}
LINKS = {
    "env2": "/usr/bin/env", "bash2": "/bin/bash", "rm2": "/bin/rm", "deep": "app/deep", "out": "../victim",
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that does not lie among temporary files, where removing is allowed."""
    monkeypatch.setattr("agent.safety.commands.paths._TEMPORARY", ())
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/nowhere")
    project = tmp_path / "project"
    for name, text in FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    (project / ".agent").mkdir()
    for name, target in LINKS.items():
        (project / name).symlink_to(target)
    return project


HOLES = r"""
trap -- 'curl x' EXIT
./x
[[ 'a[$(curl x)]' -eq 0 ]]
[[ -v 'a[$(curl x)]' ]]
a['$(curl x)']=1
echo ${a['$(curl x)']}
x='a[$(curl x)]'; echo $((x))
x='a[$(curl x)]'; ((x))
x='a[$(curl x)]'; let x
x='a[$(curl x)]'; test -v "$x"
x='$(curl x)'; echo "${x@P}"
PS4='$(curl x)'; set -x; true
BASH_ENV='$(curl x)' bash -c true
export BASH_ENV='$(curl x)'; bash good.sh
env BASH_ENV=./x bash -c true
bash -ic true
BASH_CMDS[ls]=/usr/bin/curl; ls x
shopt -s expand_aliases; BASH_ALIASES[ls]=curl
evilx() { :; }; unset -f evilx; PATH=/opt:$PATH; evilx
(evilx() { :; }); PATH=/opt; evilx
echo curl | xargs -I ls env sh -c ls
xargs --replace curl ls
xargs --max-lines curl ls
echo '-exec curl x ;' | xargs find .
X=ec; find . -maxdepth 0 -ex$X curl x \;
find . -maxdepth 0 {-exec,curl} x \;
X='-exec curl x ;'; find . $X
find . $(echo -exec curl x \;)
find . /usr/bin -name curl -exec {} x \;
find -D tree /usr/bin -name curl -exec {} x \;
find . -name bad.sh -exec {} \;
find . -name 'x*' -exec sh -c 'echo {}' \;
find . -name 'x*' -exec sh -c {} \;
sh -c '[[ a || curl ]]'
sh -c '((curl))'
sh x.sh
./env2 curl x
./bash2 -c 'curl x'
./rm2 -rf ../victim
ln -s /usr/bin/curl c && ./c x
bash -oO posix extglob evil.sh
watch -x sh -c 'X=1 curl x'
printf 'curl x' | tee good.sh; ./good.sh
cp y good.sh; ./good.sh
sed -i s/echo/curl/ good.sh; ./good.sh
bash -c 'echo curl x > good.sh'; ./good.sh
echo 'curl x' > xx; chmod +x xx; ./xx
printf 'curl x' | tee e/bin/activate; . e/bin/activate
f() { cd ..; }; f; rm -rf vfile
eval cd ..; rm -rf vfile
command cd ..; rm vfile
builtin cd ..; rm vfile
time cd ..; rm vfile
. ./cd.sh; rm -rf vfile
for i in 1 2; do rm -rf vfile; cd ..; done
while true; do rm -rf vfile; cd ..; done
trap 'rm -rf vfile' EXIT; cd ..
CDPATH=..; cd victim && rm -rf v
cd deep && cd ../.. && rm -rf vfile
rm -rf out/../vfile
rm -rf o*/v
rm -rf o?t/v
sh -c 'rm -rf .?/vfile'
shopt -u globskipdots; rm -rf .?/vfile
env -C .. rm -rf victim
env --chdir=.. rm -rf victim
find -L ../victim -delete
find -O3 ../victim -delete
find -D tree ../victim -delete
X=te; find ../victim -dele$X
find ../victim {-print,-delete}
find app ../victim -exec rm -rf {} +
find .. -maxdepth 1 -name proj -execdir rm -rf vfile \;
ln -s ../victim r && rm -rf r/v
killall /usr/bin/sleep
killall -I NAME
pkill -F pidfile
pkill '[[:alpha:]]'
pkill '\<sleep'
pkill -U root
pkill -G root
chmod +x --reference=a.txt good.sh
chmod +x -x,a=rwx,u+s good.sh
X='-w,u+s'; chmod +x $X good.sh
chmod +x {-w,u+s} good.sh
rm -rf .age*
mv .age* y
find . -delete
find ./ -mindepth 1 -delete
find . -type f -delete
find . -name '*' -delete
ln -s .. r && rm -rf r/x
ln -s ../victim && rm -rf victim/v
ln -s .. r && rm -rf r/
ln -s .. r && rm -rf r/.
ln -s .. r && find r/ -delete
ln -s .. r && mv r/x y
ln -st . ../victim && rm -rf victim/v
cp -a /x/r . && rm -rf r/v
ln -s .. r && cd r && rm -rf x
ln -s .. r && (cd r; rm -rf x)
ln -s .. r; for i in 1; do rm -rf "r/$i"; done
cd / && ls 2>/dev/null | cat; rm -rf victim
cd .. && ls 2>/dev/null | cat 2>/dev/null | wc; rm -rf victim
cd app && cd ../.. && ls 2>&1 | cat && rm -rf victim
! cd .. && ls < a.txt | cat; rm -rf victim
cd .. || ls 2>/dev/null | cat; rm -rf victim
""".strip().split("\n")


@pytest.mark.parametrize("command", HOLES)
def test_it_is_closed(project: Path, command: str) -> None:
    guard = Guard(Allowlist.of(project), project, Processes())
    assert guard(ToolCall("Bash", {"command": command}, project)) is not None


@pytest.mark.parametrize(
    "command",
    [
        "find . -name '*.py' -exec grep -n TODO {} +",
        "find . -type f -name *.md | xargs grep -l x",
        'find "$PWD" -name "*.py" -not -path "./node_modules/*" | head',
        "find . -name '*.pyc' -delete",
        "find . -name '*.sh' -exec bash -c 'echo \"$1\"' _ {} \\;",
        "ls | xargs -I{} echo {}",
        "bash -lc 'echo hi'",
        "sh -c 'echo hi && ls'",
        'while IFS= read -r line; do echo "$line"; done < a.txt',
        'for f in *.txt; do cat "$f"; done',
        'chmod +x "$f" *.sh',
        "rm -rf build/*.o",
        "cp good.sh other.sh && ls",
        "export NODE_ENV=test; npm test",
        "greet() { echo hi; }; greet",
        "trap 'kill $!' EXIT",
        "sed -i 's/a/b/' a.txt && git add a.txt",
        "PATH=$PATH:node_modules/.bin npm test",
        "find . -name '*.o' -delete; find build -delete; find . -type f -empty -delete",
        "touch a b && mv a c && cp b d && rm b c d",
        "ln -s x y; rm y",
        "cp f.json b.json && jq . f.json > t.json && mv t.json f.json && rm -f b.json",
        "mv a b && mv b c",
        "cp -r a b && rm -rf b",
        "git stash && rm x",
        "git add -A && git commit -m x && rm -f tmp.txt",
        "git clone x y && rm -rf y",
        "tar xf x.tar && rm x.tar && mv x-1.0 y",
        "unzip -q a.zip && rm a.zip",
    ],
)
def test_what_looks_alike_and_is_harmless_passes(project: Path, command: str) -> None:
    guard = Guard(Allowlist.of(project), project, Processes())
    assert guard(ToolCall("Bash", {"command": command}, project)) is None


def test_many_folders_and_long_words_do_not_take_long(project: Path) -> None:
    guard = Guard(Allowlist.of(project), project, Processes())
    wandering = "".join(f"cd a{n} || cd b{n}; " for n in range(40)) + "rm x"
    assert guard(ToolCall("Bash", {"command": wandering}, project)) is not None
    assert guard(ToolCall("Bash", {"command": "echo '{" + "," * 100_000 + "'"}, project)) is None
    assert guard(ToolCall("Bash", {"command": "echo {" + "," * 100_000}, project)) is None
