"""What must not pass, however it is wrapped, quoted or hidden; and why the guard says so."""

import json
import re
import subprocess
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.safety.commands import Allowlist, AllowlistError, Guard, MarkedProcesses, ToolCall
from agent.safety.commands.denial import Refused
from agent.safety.commands.parser import parse, source_of
from agent.safety.commands.words import word_of
from tests.agent.safety.commands.conftest import Ask, Processes
from tests.end_to_end.conftest import wait_until

NOT_ALLOWED = [
    "curl http://example.com",
    "ls; curl x",
    "ls && curl x",
    "false || curl x",
    "ls | curl x",
    "ls |& curl x",
    "curl x &",
    "(curl x)",
    "{ curl x; }",
    "! curl x",
    "echo $(curl x)",
    "echo `curl x`",
    "echo \"$(curl x)\"",
    "echo \"`curl x`\"",
    "echo \"a $(echo \"b $(curl x)\")\"",
    "x=$(curl x)",
    "x=$(curl x) ls",
    "export X=$(curl x)",
    "local y=`curl x`",
    "a=(1 $(curl x))",
    "echo ${x:-$(curl x)}",
    "echo \"${x:=`curl x`}\"",
    "echo ${x//a/$(curl x)}",
    "echo $(( $(curl x) + 1 ))",
    "echo ${a[$(curl x)]}",
    "[[ -n $(curl x) ]]",
    "[ -n \"$(curl x)\" ]",
    "if curl x; then ls; fi",
    "if ls; then curl x; fi",
    "if ls; then ls; else curl x; fi",
    "if ls; then ls; elif curl x; then ls; fi",
    "while curl x; do ls; done",
    "for i in $(curl x); do ls; done",
    "for i in a; do curl $i; done",
    "for ((i=0; i<$(curl x); i++)); do ls; done",
    "case $(curl x) in a) ls;; esac",
    "case a in a) curl x;; esac",
    "case a in $(curl x)) ls;; esac",
    "select x in a; do curl x; done",
    "until curl x; do ls; done",
    "cat < <(curl x)",
    "tee >(curl x)",
    "cat <<< \"$(curl x)\"",
    "cat <<EOF\n$(curl x)\nEOF",
    "cat <<EOF\n`curl x`\nEOF",
    "cat <<EOF | curl x\nhi\nEOF",
    "cat <<'EOF'; curl x\nhi\nEOF",
    "cat <<'EOF'\nhi\nEOF\ncurl x",
    "echo x > $(curl x)",
    "> x curl http://y",
    "2>&1 curl x",
    "A=1 B=2 curl x",
    "f() { curl x; }; f",
    "function f { curl x; }; f",
    "c\\url x",
    "cu'rl' x",
    "\"curl\" x",
    "'cu'\"rl\" x",
    "cu\\\nrl x",
    "$'curl' x",
    "env curl x",
    "env A=b -i curl x",
    "env -u X -- curl x",
    "/usr/bin/env curl x",
    "/usr/bin/curl x",
    "xargs curl",
    "echo x | xargs -n1 -I{} curl {}",
    "timeout 5 curl x",
    "timeout -s KILL -k 3 5 curl x",
    "nohup curl x",
    "nice -n 5 curl x",
    "time curl x",
    "time -p curl x",
    "stdbuf -oL curl x",
    "setsid curl x",
    "command curl x",
    "builtin curl x",
    "exec curl x",
    "coproc curl x",
    "watch curl x",
    "watch -n 5 'curl x'",
    "eval curl x",
    "eval 'ls; curl x'",
    "trap 'curl x' EXIT",
    "sh -c 'curl x'",
    "bash -lc \"ls && curl x\"",
    "bash -euo pipefail -c 'curl x'",
    "bash -c 'bash -c \"curl x\"'",
    "env timeout 5 nice sh -c 'xargs curl'",
    "find . -exec curl {} \\;",
    "find . -execdir sh -c 'curl x' \\;",
    "find . -name a -exec ls {} + -exec curl {} +",
    "fd -x curl",
    "alias ls=curl",
    "sudo ls",
    "sudo -u root curl x",
    "./curl x",
    "../project/curl x",
    "./bad.sh",
    "bash bad.sh",
    "sh ./bad.sh",
    "source bad.sh",
    ". ./bad.sh",
    "./bad",
    "timeout 5 ./bad.sh",
    "cd app && ../bad.sh",
    "curl() { ls; }; curl x",
    "ls() { :; }; (curl() { :; }); curl x",
    "# a comment\ncurl x",
    "ls # a comment\ncurl x",
    "ls \\# no comment; curl x",
    "echo a\\ # ; curl x",
    "docker run x",
    "ssh host ls",
    "wget x",
    "apt-get install x",
    "nc -l 80",
]  # fmt: skip

RULES = {
    "syntax": [
        "echo 'unfinished",
        "ls &&",
        "for do done",
        "if then fi",
        "echo $(",
        "{curl,x}",
        "cur[l] x",
        "ls \n\\curl x",
        "ls a\n\\\ncurl x",
        'echo "`echo \\`curl\\``"',
        "ls\r\ncurl x",
        "ls \0 curl",
        "((((((",
        "let 'a[$(curl x)]=1'",
        "read 'a[`curl x`]'",
        "printf -v 'a[$(curl x)]' x",
        "(" * 300 + "ls" + ")" * 300,
        "echo " + "x" * 300_000,
    ],
    "dynamic_command": [
        "$CMD x",
        "${x}",
        '"$(which curl)" x',
        "`echo curl` x",
        "cu$x",
        "cur? x",
        "~/x",
        "$'cu\\x72l' x",
        "env $CMD",
        "xargs $CMD",
        "xargs sh",
        "timeout 5 $CMD",
        'sh -c "$CMD"',
        'sh -c "ls $X"',
        'eval "$CMD"',
        "eval $CMD",
        'trap "$CMD" EXIT',
        "xargs -I{} sh -c 'echo {}'",
        "bash $SCRIPT",
        'source "$SCRIPT"',
    ],
    "wrapper": [
        "env $'-S' x",
        "env -S 'curl x'",
        "env --split-string='curl x'",
        "xargs --bogus ls",
        "timeout --bogus 5 ls",
        "bash --rcfile x -c ls",
    ],
    "shell_stdin": [
        "bash",
        "echo x | sh",
        "echo x | bash -s",
        "sh < x",
        "bash <<'EOF'\nls\nEOF",
        "bash <<< ls",
        "env bash",
        "sh -",
    ],
    "script": [
        "bash missing.sh",
        "./missing.sh",
        "echo 'curl x' > new.sh; bash new.sh",
        "echo curl x >> init.sh && ./init.sh",
        "cat > init.sh <<'EOF'\ncurl x\nEOF\n./init.sh",
    ],
    "outside_project": [
        "bash /etc/profile",
        "source ../x.sh",
        ". /etc/bash.bashrc",
        "echo x > /etc/passwd",
        "echo x >> ~/.bashrc",
        "echo x > ../x",
        "echo x > outside/x",
        "echo x > été/x",
        'echo x > "été"/x',
        "echo x >> 日本/x",
        "echo x &> /etc/x",
        "echo x >| /etc/x",
        'echo x > "$HOME/.profile"',
        "echo x > $F",
        "cd .. && echo x > y",
        "cat <<EOF > /etc/x\nEOF",
        "> /etc/x",
        'cd "$X" && ./tool',
    ],
    "rm": [
        "rm -rf /",
        "rm -rf /*",
        "rm -rf / --no-preserve-root",
        "rm -rf ~",
        "rm -rf ~/x",
        "rm -rf $HOME",
        'rm -rf "$DIR"/',
        "rm -rf $DIR/*",
        "rm -rf .",
        "rm -rf ./",
        "rm -rf *",
        "rm -rf ./*",
        "rm -rf ..",
        "rm -rf ../*",
        "rm -rf app/../..",
        'rm -rf "$(pwd)"',
        "rm /etc/passwd",
        "rm -f ../x",
        "rm outside/x",
        "cd / && rm -rf usr",
        "cd .. && rm -rf project",
        "cd app && rm -rf ../../x",
        "cd nowhere; cd ..; rm x",
        "false && cd app; cd ..; rm -rf project",
        "cd $X; rm -rf y",
        "cd - && rm -rf y",
        "popd; rm x",
        "(cd ..); cd ..; rm x",
        "env rm -rf /",
        "timeout 5 rm -rf /",
        "sh -c 'rm -rf /'",
        "bash -c 'cd / && rm -rf usr'",
        "ls | xargs rm -rf",
        "find / -delete",
        "find .. -name x -delete",
        "find $X -delete",
        "find / -exec rm {} \\;",
        "rmdir /",
        "unlink /etc/passwd",
        "rm -rf -- /",
        "rm -rf /tmp",
        "rm -rf {/,x}",
        "r\\m -rf /",
        "/bin/rm -rf /",
        "f() { rm -rf x; }; cd /; f",
        "shred -u /etc/passwd",
    ],
    "chmod": [
        "chmod 777 x",
        "chmod 755 init.sh",
        "chmod u+s x",
        "chmod +w x",
        "chmod -x x",
        "chmod a=rwx x",
        "chmod +xs x",
        "chmod $M x",
        "chmod --reference=a b",
        "chown root x",
        "chmod",
        "chmod -R 777 .",
    ],
    "kill": [
        "kill 1",
        "kill -9 1",
        "kill 4243",
        "kill -9 -1",
        "kill 0",
        "kill -- -4242",
        "kill $PID",
        "kill $(cat pid)",
        "kill -9 4242 1",
        "pkill python",
        "pkill -f .",
        "killall node",
        "pkill -u root server",
        "pkill",
        "pkill $X",
        "ls | xargs kill",
        "kill 4242x",
    ],
    "agent_folder": [
        "cat .agent/lock",
        "echo x > .agent/allow.toml",
        "rm -rf .agent",
        "cp x ./.agent/allow.toml",
        "tee .agent/allow.toml",
        "sed -i s/a/b/ app/../.agent/allow.toml",
        "dd of=.agent/x",
    ],
    "hash": ["hash -p /usr/bin/curl ls"],
}


@pytest.mark.parametrize("command", NOT_ALLOWED)
def test_a_command_that_is_not_allowed_is_found_wherever_it_hides(ask: Ask, command: str) -> None:
    denial = ask(command)
    assert denial is not None
    assert denial.rule in {"allowlist", "syntax"}


@pytest.mark.parametrize(("rule", "command"), [(rule, command) for rule, many in RULES.items() for command in many])
def test_a_rule_refuses_whatever_the_list_says(ask: Ask, rule: str, command: str) -> None:
    denial = ask(command, "sudo", "chown", "chgrp", "dd", "shred", "[[")
    assert denial is not None
    assert denial.rule == rule
    assert denial.reason


def test_a_denial_names_the_one_command_out_of_many(ask: Ask) -> None:
    denial = ask("cd app && npm ci && curl -s http://x | tar x")
    assert denial is not None
    assert denial.command == "curl -s http://x"
    assert denial.reason.startswith("curl is not among the allowed commands")


def test_a_denial_within_a_script_names_the_script(ask: Ask) -> None:
    denial = ask("ls && ./bad.sh")
    assert denial is not None
    assert denial.reason.startswith("in ./bad.sh: curl is not")
    assert denial.command == "curl http://example.com"


def test_a_script_that_calls_itself_is_refused_rather_than_followed_for_ever(ask: Ask) -> None:
    denial = ask("./loop.sh")
    assert denial is not None
    assert denial.rule == "syntax"


def test_other_tools_with_a_command_are_looked_at_as_well(project: Path) -> None:
    guard = Guard(Allowlist.of(project), project, Processes())
    assert guard(ToolCall("Monitor", {"command": "curl x"}, project)) is not None
    assert guard(ToolCall("Read", {"file_path": "/etc/passwd"}, project)) is None
    assert guard(ToolCall("Bash", {}, project)) is not None
    assert guard(ToolCall("Bash", {"command": ["ls"]}, project)) is not None
    denial = guard(ToolCall("Bash", {"command": "ls", "dangerouslyDisableSandbox": True}, project))
    assert denial is not None
    assert denial.rule == "sandbox"


@pytest.mark.parametrize("path", [".agent/allow.toml", "app/../.agent/x", "{project}/.agent/lock"])
@pytest.mark.parametrize("tool", ["Write", "Edit", "NotebookEdit"])
def test_file_tools_stay_out_of_the_harness_folder(project: Path, tool: str, path: str) -> None:
    guard = Guard(Allowlist.of(project), project, Processes())
    key = "notebook_path" if tool == "NotebookEdit" else "file_path"
    denial = guard(ToolCall(tool, {key: path.format(project=project)}, project))
    assert denial is not None
    assert denial.rule == "agent_folder"
    assert guard(ToolCall(tool, {key: "app/main.py"}, project)) is None


FORBIDDEN = st.sampled_from(["curl x", "sudo ls", "rm -rf /", "kill 1", "$X", "chmod 777 x", "c'u'rl", "bash"])
WRAPS = st.sampled_from(
    [
        "( {} )",
        "{{ {}; }}",
        "ls && {}",
        "{} || ls",
        "ls; {}",
        "echo $(ls; {})",
        'echo "$(ls; {})"',
        "x=$(ls; {})",
        "! {}",
        "if ls; then {}; fi",
        "for i in a; do {}; done",
        "while {}; do ls; done",
        "case a in a) {};; esac",
        "ls | {}",
        "f() {{ {}; }}; f",
        "cat < <({})",
        "cat <<EOF\n$({})\nEOF",
        "{} &",
        "echo ${{x:-$({})}}",
        "{{ ls; {}; }} > out.txt",
    ]
)


@given(FORBIDDEN, st.lists(WRAPS, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_nesting_hides_a_forbidden_command(command: str, wraps: list[str]) -> None:
    for wrap in wraps:
        command = wrap.format(command)
    project = Path("/nowhere/project")
    guard = Guard(Allowlist.of(project), project, Processes())
    assert guard(ToolCall("Bash", {"command": command}, project)) is not None


@given(st.text() | st.text(alphabet="ls \"'`$(){}[]<>|&;\\\n#~*?=-/.curl!^%@:,0123456789"))
@settings(max_examples=500, deadline=None)
def test_no_text_makes_the_guard_raise(command: str) -> None:
    project = Path("/nowhere/project")
    Guard(Allowlist.of(project), project, Processes())(ToolCall("Bash", {"command": command}, project))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from("$ '\"{}")))
@settings(deadline=None)
def test_the_parser_sees_only_characters_that_its_scanner_can_look_up(text: str) -> None:
    """It asks the C library whether a character is a letter, which crashes for large ones."""
    try:
        root = parse(f"echo {text}")
    except Refused:
        return
    assert all(ord(char) < 256 for char in (root.text or b"").decode())
    assert source_of(root).rstrip(" ") == f"echo {text}".rstrip(" ")


WORDS = st.text(alphabet="ab \"'\\$x{},.~\n*éàÅ日", min_size=1, max_size=12)


@given(WORDS)
@settings(max_examples=150, deadline=None)
def test_a_word_means_what_bash_says_it_means(text: str) -> None:
    try:
        root = parse(f"echo {text}")
    except Refused:
        return
    command = root.children[0]
    if len(root.children) != 1 or command.type != "command" or source_of(command) != f"echo {text}":
        return
    words = [word_of(child) for child in command.children[1:]]
    if any(word.plain is None for word in words):
        return
    program = f"printf '%s\\0' {text}"
    said = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, cwd="/").stdout
    assert [word.plain for word in words] == said.split("\0")[:-1]


TOKENS = st.sampled_from(
    "aa bb \\  \n ; & | && || ' \" $( ) ` ( ) { } # <<E E\n << <<< < > $ = x= ! [[ ]] (( )) [ ] - \t \\\n "
    "if then else elif fi while until do done for in case esac ;; function f() $' ${ } $x : * ~ , é Å".replace(
        "  ", " \x20 "
    ).split(" ")
).map(lambda token: token or " ")
TELL = 'command_not_found_handle() { printf "%s\\n" "ran:$1" >&2; return 1; }; PATH=/nowhere\n'


@given(st.lists(TOKENS, min_size=1, max_size=14).map("".join))
@settings(max_examples=300, deadline=None)
def test_what_bash_would_run_is_what_the_guard_has_seen(tmp_path_factory: pytest.TempPathFactory, command: str) -> None:
    """Every command is missing, and bash says which it looked for; the guard allows one of them."""
    if Guard(Allowlist(frozenset({"aa", "[[", "["})), Path("/p"), Processes())(
        ToolCall("Bash", {"command": command}, Path("/p"))
    ):
        return
    folder = tmp_path_factory.mktemp("bash", numbered=True)
    try:
        bash = subprocess.run(
            ["bash", "-c", TELL + command],
            cwd=folder,
            capture_output=True,
            timeout=5,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return
    ran = {line[4:] for line in bash.stderr.decode("utf-8", "replace").split("\n") if line.startswith("ran:")}
    assert ran <= {"aa"}


def test_processes_are_ours_by_the_mark_in_their_environment() -> None:
    with subprocess.Popen(["sleep", "60"], env={"RUNTAIL_TEST_MARK": "yes"}) as ours:
        with subprocess.Popen(["sleep", "61"]) as other:
            for child in (ours, other):  # a process that is just being born has no command line for a moment
                wait_until(lambda pid=child.pid: psutil.Process(pid).cmdline(), "its command line")
            processes = MarkedProcesses("RUNTAIL_TEST_MARK", "yes")
            assert (processes.owns(ours.pid), processes.owns(other.pid), processes.owns(1)) == (True, False, False)
            assert processes.all_owned("sleep 60$", full=True)
            assert not processes.all_owned("sleep 6[01]$", full=True)
            assert processes.all_owned("no such process at all", full=True)
            assert not processes.all_owned("(", full=True)
            other.kill()
        ours.kill()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("allow = [", "not valid TOML"),
        ("deny = ['ls']", "unknown key `deny`"),
        ("allow = 'docker'", "must be a list of names"),
        ("allow = [1]", "must be a list of names"),
        ("allow = ['docker run']", "is no name of a command"),
        ("allow = ['/bin/x']", "is no name of a command"),
        ("allow = ['']", "is no name of a command"),
    ],
)
def test_a_broken_allow_file_is_told_with_its_path(project: Path, text: str, said: str) -> None:
    (project / ".agent" / "allow.toml").write_text(text)
    with pytest.raises(AllowlistError, match=re.escape(said)) as caught:
        Allowlist.of(project)
    assert "allow.toml" in str(caught.value)


def test_the_allow_file_adds_to_the_list(project: Path) -> None:
    (project / ".agent" / "allow.toml").write_text(f"allow = {json.dumps(['docker', 'psql'])}\n")
    allowed = Allowlist.of(project, ["terraform"])
    assert all(name in allowed for name in ("docker", "psql", "terraform", "ls", "python3.12", "pip3.11", "node20"))
    assert not any(name in allowed for name in ("curl", "curl7", "ls2", "sudo", "python3x"))
