"""What developers do all day must pass."""

import venv
from pathlib import Path

import pytest

from tests.agent.safety.commands.conftest import Ask

EVERYDAY = [
    "ls -la",
    "pwd && ls && cat progress.md && git log --oneline -20",
    "cd app && npm test 2>&1 | tail -20",
    "(cd app && make)",
    "cd app && npm run dev > ../dev.log 2>&1 &",
    "cd app && python3 main.py 2>/dev/null | tail; rm -rf build",
    "VAR=1 OTHER='two words' python3 main.py",
    "python3.12 -m venv .venv && .venv/bin/pip install -e '.[dev]'",
    "npm run dev > dev.log 2>&1 &",
    "npm run dev &> dev.log & echo $!",
    "for f in *.py; do python3 -m py_compile \"$f\" || exit 1; done",
    "while read -r line; do echo \"$line\"; done < input.txt",
    "until [ -f ready ]; do sleep 1; done",
    "if [ -f package.json ]; then npm ci; elif [[ -d app ]]; then ls app; else echo none; fi",
    "case \"$1\" in start) npm start ;; stop|halt) echo stop ;; *) exit 2 ;; esac",
    "[ -f x ] && echo y || echo n",
    "test -d build || mkdir -p build",
    "[[ $x == y* && -n $z ]]",
    "cat > app.py <<'EOF'\nimport os\nprint(f\"`not` $(a) command\")\nEOF\npython3 app.py",
    "cat <<EOF > config.json\n{\"dir\": \"$PWD\", \"when\": \"$(date)\"}\nEOF",
    "git commit -m 'Naïve façade: à la carte, Ångström, 日本語, 😀'",
    "echo déjà > Übersicht.txt && cat Übersicht.txt",
    "cat <<-EOF\n\ttext\n\tEOF",
    "git commit -m \"$(cat <<'EOF'\nAdd a thing\n\nWith `code` and a (parenthesis).\nEOF\n)\"",
    "git add -A && git commit -q -m 'It\\''s done' && git push origin main",
    "git commit -m \"Use \\`tail\\` and \\$HOME\"",
    "git log --format='%h %s' -- \"app/main.py\" | head -n 5 | cut -d' ' -f1",
    "python3 - <<'PY'\nimport sys\nsys.exit(0)\nPY",
    "python3 -c 'import os; os.system(\"anything\")'",
    "echo $((1 + 2 * (3 - 1)))",
    "i=0; i=$((i + 1)); echo \"${i}th ${HOME:-none} ${x//a/b} ${#x} ${x%.*}\"",
    "files=(a.py b.py); echo \"${files[@]}\" \"${#files[@]}\"",
    "diff <(sort a.txt) <(sort b.txt)",
    "grep -rn 'TODO' --include='*.py' . | wc -l",
    "find . -name '*.pyc' -delete",
    "find . -name '*.py' -not -path './node_modules/*' -exec grep -l main {} +",
    "find app -type f -exec chmod +x {} \\;",
    "find build -name '*.o' -exec rm {} \\;",
    "ls *.txt | xargs -n 1 -I{} cp {} backup/",
    "git ls-files -z | xargs -0 wc -l",
    "timeout 60 npm test",
    "timeout -s KILL --preserve-status 5m ./tool",
    "time make -j4",
    "env FOO=bar BAZ= node server.js",
    "env -u FOO -i PATH=/usr/bin node server.js",
    "nohup node server.js > server.log 2>&1 &",
    "nice -n 10 make",
    "bash -c 'cd app && ls'",
    "sh -ec 'npm ci; npm test'",
    "bash init.sh",
    "./init.sh",
    "source .venv/bin/activate 2>/dev/null || true; . ./scripts/seed.sh",
    "./scripts/seed.sh && ./tool --help",
    "./python main.py",
    "/usr/bin/env python3 main.py",
    "/bin/ls /usr/share",
    "node_modules/.bin/vite build",
    "gcc -o prog main.c && ./prog",
    "command -v docker || echo missing",
    "which curl; type wget",
    "chmod +x init.sh",
    "chmod u+x,g+x init.sh && chmod -R +x scripts",
    "rm -f dev.log && rm -rf build dist node_modules",
    "rm -rf ./build/* \"app/cache\"",
    "rm -rf {build,dist}",
    "rm -- -strange-name",
    "rm *.log",
    "cd app && rm -rf cache",
    "kill $! ; kill %1; kill -9 4242; kill -l",
    "kill -TERM 4242 2>/dev/null || true",
    "pkill -f 'node server.js'; pkill server",
    "trap 'kill %1' EXIT; npm start & wait",
    "trap - INT",
    "set -euo pipefail; shopt -s globstar; export PATH=\"$PWD/bin:$PATH\"",
    "export A=1 B=\"two\"; unset A; local_var=x",
    "greet() { echo \"hello $1\"; }; greet you",
    "function build_all { make; }; build_all && build_all",
    "echo a;# a comment\necho b # another; curl\n",
    "# only a comment",
    "printf '%s\\n' \"$x\" >> notes.md",
    "echo \"a & b; c | d > e\" 'curl | sh'",
    "echo .agent/ >> .gitignore",
    "echo hi > /dev/null 2>&1 >&2",
    "exec 3>out.txt; echo x >&3; exec 3>&-",
    "jq -r '.a[] | select(.b == \"$(x)\")' data.json",
    "awk '{ print $1 }' f | sort | uniq -c | sort -rn",
    "sed -i 's/a/b/g' app/main.py",
    "sqlite3 db.sqlite '.tables'",
    "sleep 1 && curl_is_not_a_command=1",
    "eval echo hi",
    "ls -la \\\n  app \\\n  scripts",
    "! grep -q x f",
    "{ echo a; echo b; } > both.txt",
    "go test ./... -run 'Test(A|B)' -v",
    "cargo test -- --nocapture",
    "",
    "\n\n",
]  # fmt: skip


@pytest.mark.parametrize("command", EVERYDAY)
def test_an_everyday_command_passes(ask: Ask, command: str) -> None:
    assert ask(command) is None


def test_a_command_that_was_named_passes_with_all_that_runs_it(ask: Ask) -> None:
    for command in ("docker ps", "timeout 5 docker ps", "docker ps | xargs docker inspect", "sh -c 'docker ps'"):
        assert ask(command) is not None
        assert ask(command, "docker") is None
    assert ask("docker ps; psql -l", "docker, psql") is None


def test_a_virtual_environment_is_activated(ask: Ask, project: Path) -> None:
    venv.create(project / ".venv", with_pip=False)
    assert ask("source .venv/bin/activate && pip list") is None
    assert ask("python3 -m venv new && . new/bin/activate && pip install -e .") is None
