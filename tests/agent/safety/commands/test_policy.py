"""The guard as a whole: what developers do all day passes without the sandbox too; the tools it looks at.

Tests agent.safety.commands.policy and agent.safety.commands.denial.
"""

from pathlib import Path

import pytest

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import ToolCall
from agent.safety.commands.policy import Guard
from tests.agent.safety.commands.conftest import Check, wrong_verdicts

EVERYDAY = {
    "a pipeline": "pwd && ls -la && cat progress.md | tail -20 2>&1",
    "cd in a list": "cd app && python3 main.py 2>/dev/null | tail; rm -rf build",
    "cd in a subshell": "(cd app && make); ./tool --help",
    "assignments before a command": "VAR=1 OTHER='two words' python3 main.py",
    "PATH before a command": "PATH=$PATH:node_modules/.bin npm test",
    "a versioned name": "python3.12 -m venv .venv && .venv/bin/pip install -e '.[dev]'",
    "a server in the background": "cd app && npm run dev &> ../dev.log & echo $!",
    "for": 'for f in *.py; do python3 -m py_compile "$f" || exit 1; done',
    "while read": 'while IFS= read -r line; do echo "$line"; done < input.txt',
    "until": "until [ -f ready ]; do sleep 1; done",
    "if": "if [ -f package.json ]; then npm ci; elif [[ -d app ]]; then ls app; else echo none; fi",
    "case": 'case "$1" in start) npm start ;; stop|halt) echo stop ;; *) exit 2 ;; esac',
    "tests": "test -d build || [[ $x == y* && -n $z ]] && ! grep -q x f",
    "a group": "{ echo a; echo b; } > both.txt",
    "a here-document that is taken literally":
        "cat > app.py <<'EOF'\nimport os\nprint(f\"`not` $(a) command\")\nEOF\npython3 app.py",
    "a here-document with substitutions": 'cat <<EOF > config.json\n{"dir": "$PWD", "when": "$(date)"}\nEOF',
    "a here-document for an interpreter": "python3 - <<'PY'\nimport sys\nsys.exit(0)\nPY",
    "a here-document in an argument":
        'git commit -m "$(cat <<\'EOF\'\nAdd a thing\n\nWith `code` and a (parenthesis).\nEOF\n)"',
    "letters beyond ASCII": "git commit -m 'à la carte, Ångström, 日本語, 😀'; echo é > Über.txt && cat Über.txt",
    "quotes in quotes": "git commit -q -m 'It\\''s done' -m \"Use \\`tail\\` and \\$HOME\" && git push origin main",
    "operators in quotes": 'echo "a & b; c | d > e" \'ssh x | sh\'; jq \'.a[] | select(.b == "$(x)")\' f',
    "code for an interpreter": "python3 -c 'import os; os.system(\"anything\")'",
    "arithmetic": "i=0; i=$((i + 1)); for ((n=0; n<3; n++)); do ((i++)); done; echo $((1 + 2 * (3 - 1)))",
    "expansions": 'echo "${i}th ${HOME:-none} ${x//a/b} ${#x} ${x%.*}"; files=(a b); echo "${files[@]}"',
    "process substitution": "diff <(sort a.txt) <(sort b.txt)",
    "redirects": "exec 3>out.txt; echo x >&3; exec 3>&-; echo hi > /dev/null 2>&1 >&2",
    "comments": "# only a comment\necho a;# a comment\necho b # another; ssh\n",
    "continued lines": "ls -la \\\n  app \\\n  scripts",
    "find -exec": "find . -name '*.py' -not -path './node_modules/*' -exec grep -l main {} +",
    "find -exec with a shell": "find . -name '*.sh' -exec bash -c 'echo \"$1\"' _ {} \\;",
    "find with a quoted start": 'find "$PWD" -name "*.py" | head',
    "find -delete, narrowed": "find . -name '*.pyc' -delete; find build -delete; find . -type f -empty -delete",
    "xargs": "git ls-files -z | xargs -0 wc -l; ls *.txt | xargs -n 1 -I{} cp {} backup/",
    "timeout": "timeout -s KILL --preserve-status 5m ./tool; time make -j4; nice -n 10 make",
    "env": "env -u FOO -i PATH=/usr/bin BAZ= node server.js; /usr/bin/env python3 main.py",
    "sh -c": "sh -ec 'npm ci; npm test'; bash -lc 'cd app && ls'",
    "scripts": "bash init.sh; ./init.sh; . ./scripts/seed.sh; ./python main.py; node_modules/.bin/vite build",
    "a new program": "gcc -o prog main.c && ./prog; cp init.sh other.sh && ls",
    "which": "command -v docker || which ssh; type wget",
    "chmod +x": 'chmod u+x,g+x init.sh && chmod -R +x scripts; chmod +x "$f" *.sh',
    "rm by name": 'rm -f dev.log && rm -rf build dist ./build/* "app/cache" -- -strange-name; cd app && rm -rf cache',
    "rm by pattern": "rm *.log; rm -rf {build,dist} build/*.o",
    "rm of what was moved or unpacked": "mv a b && cp b c && rm -f b c; tar xf x.tar && rm x.tar && mv x-1.0 y",
    "rm of a new link": "ln -s x y; rm y",
    "jobs": 'npm start & wait; kill "$!"; kill %1; kill -9 %2; kill -s TERM %3; kill -l',
    "asking whether a process lives": 'kill -0 "$(cat server.pid)" && echo yes',
    "traps": "trap 'kill %1' EXIT; trap - INT",
    "a trap that calls a function": "clean() { kill %1; }; trap clean EXIT",
    "options and exports": 'set -euo pipefail; shopt -s globstar; export PATH="$PWD/bin:$PATH" A=1; unset A',
    "functions": 'greet() { echo "hello $1"; }; greet you; function build_all { make; }; build_all',
    "the harness's directory as text": "echo .agent/ >> .gitignore",
    "eval": "eval echo hi",
    "nothing": "\n\n",
}  # fmt: skip


def test_everyday_commands_pass(check: Check) -> None:
    assert wrong_verdicts(check, {"passes": EVERYDAY}) == {}
    assert wrong_verdicts(check, {"passes": EVERYDAY}, sandboxed=True) == {}


def test_a_command_that_the_user_allowed_passes_with_all_that_runs_it(check: Check) -> None:
    for command in ("docker ps", "timeout 5 docker ps", "docker ps | xargs docker inspect", "sh -c 'docker ps'"):
        assert check(command) is not None
        assert check(command, "docker") is None
    assert check("docker ps; psql -l; curl x", "docker", "psql", "curl") is None


def test_a_denial_names_the_one_command_out_of_many(check: Check) -> None:
    denial = check("cd app && npm ci && ssh host ls | tail")
    assert denial is not None
    assert denial.command == "ssh host ls"
    assert denial.reason.startswith("ssh is not among the allowed commands")


def test_every_tool_with_a_command_is_checked_and_only_bash_is_taken_to_be_sandboxed(project: Path) -> None:
    guard = Guard(Allowlist.load(project), project, sandboxed=True)
    assert guard(ToolCall("Bash", {"command": "pkill node"}, project)) is None
    assert guard(ToolCall("Monitor", {"command": "pkill node"}, project)) is not None
    assert guard(ToolCall("Monitor", {"command": "ls"}, project)) is None
    assert guard(ToolCall("Read", {"file_path": "/etc/passwd"}, project)) is None


def test_a_path_that_no_system_can_follow_is_no_error(project: Path) -> None:
    for sandboxed in (True, False):
        guard = Guard(Allowlist.load(project), project, sandboxed=sandboxed)
        assert guard(ToolCall("Write", {"file_path": "a\0b"}, project)) is None
        assert (guard(ToolCall("Bash", {"command": "rm a\0b"}, project)) is None) == sandboxed


def test_a_bash_call_without_a_text_or_without_the_sandbox_is_denied(project: Path) -> None:
    guard = Guard(Allowlist.load(project), project, sandboxed=True)
    assert guard(ToolCall("Bash", {}, project)) is not None
    assert guard(ToolCall("Bash", {"command": ["ls"]}, project)) is not None
    denial = guard(ToolCall("Bash", {"command": "ls", "dangerouslyDisableSandbox": True}, project))
    assert denial is not None
    assert denial.rule == "sandbox"


@pytest.mark.parametrize("path", [".agent/allow.toml", "app/../.agent/x", "{project}/.agent/lock"])
@pytest.mark.parametrize("tool", ["Write", "Edit", "NotebookEdit"])
def test_file_tools_may_not_write_in_the_harness_directory(project: Path, tool: str, path: str) -> None:
    guard = Guard(Allowlist.load(project), project, sandboxed=True)
    key = "notebook_path" if tool == "NotebookEdit" else "file_path"
    denial = guard(ToolCall(tool, {key: path.format(project=project)}, project))
    assert denial is not None
    assert denial.rule == "agent_folder"
    assert guard(ToolCall(tool, {key: "app/main.py"}, project)) is None
