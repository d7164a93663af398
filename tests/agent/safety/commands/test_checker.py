"""One command line as a whole: scripts, functions and links that it creates, and the directory each command runs in
(`agent.safety.commands.context`).
"""

from pathlib import Path

import pytest

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import ToolCall
from agent.safety.commands.policy import Guard
from tests.agent.safety.commands.conftest import Check, wrong_verdicts

SCRIPTS = ["./bad.sh", "bash bad.sh", "source bad.sh", "timeout 5 ./bad.sh", "cd app && ../bad.sh", "./bad"]
LINES = {
    "allowlist": {
        "a program by its path": "/usr/bin/ssh x",
        "a link to a program": "./ssh x",
        "a link to a program, through the directory above": "../project/ssh x",
        "an alias": "alias ls=ssh",
    },
    "script": {
        "a script that does not exist": "./missing.sh",
        "a new script": "echo 'ssh x' > new.sh; bash new.sh",
        "a script that output is appended to": "echo ssh x >> init.sh && ./init.sh",
        "a script from a here-document": "cat > init.sh <<'EOF'\nssh x\nEOF\n./init.sh",
        "a script that a shell writes": "bash -c 'echo ssh x > init.sh'; ./init.sh",
        "a script that is piped": "printf 'ssh x' | tee init.sh; ./init.sh",
        "a script that is copied": "cp y init.sh; ./init.sh",
        "a script that is edited": "sed -i s/echo/ssh/ init.sh; ./init.sh",
        "an activate that is written": "printf 'ssh x' | tee venv/bin/activate; . venv/bin/activate",
        "a link that is created": "ln -s /usr/bin/ssh c && ./c x",
    },
    "syntax": {
        "a script that runs itself": "./loop.sh",
        "a script for sh with what only bash reads": "sh posix.sh",
    },
    "rm": {
        "after a cd": "cd .. && rm -rf project",
        "after a cd that may have failed": "cd app; cd ..; cd ..; rm x",
        "after a cd that was not reached": "false && cd app; cd ..; rm -rf project",
        "after a cd to a variable": "cd $X; rm -rf y",
        "after a cd back": "cd - && rm -rf y",
        "after popd": "popd; rm x",
        "after a subshell with a cd": "(cd ..); cd ..; rm x",
        "after a cd through a link": "cd deep && cd ../.. && rm -rf vfile",
        "after a cd with redirects and pipes": "cd .. && ls 2>/dev/null | cat 2>/dev/null | wc; rm -rf victim",
        "after a cd that is negated": "! cd .. && ls < a.txt | cat; rm -rf victim",
        "after an or-list with a cd": "cd .. || ls 2>/dev/null | cat; rm -rf victim",
        "in the next round of a loop": "for i in 1 2; do rm -rf vfile; cd ..; done",
        "in a shell with a cd": "bash -c 'cd / && rm -rf usr'",
        "in a function that runs elsewhere": "f() { rm -rf x; }; cd /; f",
        "after a function with a cd": "f() { cd ..; }; f; rm -rf vfile",
        "after eval with a cd": "eval cd ..; rm -rf vfile",
        "after a wrapper with a cd": "command cd ..; rm vfile",
        "after a sourced script with a cd": ". ./cd.sh; rm -rf vfile",
        "in a trap, which runs anywhere": "trap 'rm -rf vfile' EXIT; cd ..",
        "through a new link": "ln -s ../victim r && rm -rf r/v",
        "through a new link by its name": "ln -st . ../victim && rm -rf victim/v",
        "through a new link with a slash": "ln -s .. r && rm -rf r/",
        "through a link that is copied": "cp -a /x/r . && rm -rf r/v",
        "through a new link in a loop": 'ln -s .. r; for i in 1; do rm -rf "r/$i"; done',
        "through a new link by find": "ln -s .. r && find r/ -delete",
        "through a new link by mv": "ln -s .. r && mv r/x y",
        "through a new link by cd": "ln -s .. r && (cd r; rm -rf x)",
    },
}  # fmt: skip


def test_what_a_command_line_does_first_counts_for_what_it_does_next(check: Check) -> None:
    assert wrong_verdicts(check, LINES) == {}


@pytest.mark.parametrize("command", SCRIPTS)
def test_a_denial_within_a_script_names_the_script(check: Check, command: str) -> None:
    denial = check(command)
    assert denial is not None
    assert denial.reason.startswith("in ")
    assert "bad: ssh is not among" in denial.reason.replace(".sh", "")
    assert denial.command == "ssh host ls"


FUNCTIONS = {
    "passes": {
        "a function": "ssh() { ls; }; ssh",
        "one that is defined later than where it is used in another": "main() { ssh; }; ssh() { ls; }; main",
        "one that is defined after another was called": "a() { ls; }; a; ssh() { ls; }; ssh",
        "with a new PATH": "ssh() { ls; }; PATH=/opt:$PATH; ssh",
    },
    "allowlist": {
        "in a subshell": "ls() { :; }; (ssh() { :; }); ssh x",
        "in the background": "ssh() { :; } & ssh x",
        "in a pipeline": "ssh() { :; } | cat; ssh x",
        "under a condition": "if false; then ssh() { :; }; fi; ssh x",
        "in a list": "false && ssh() { :; }; ssh x",
        "in a function that is not called": "f() { ssh() { :; }; }; ssh x",
        "later": "ssh x; ssh() { :; }",
        "later than the function that uses it": "main() { ssh x; }; main; ssh() { :; }",
        "removed": "ssh() { :; }; unset -f ssh; ssh x",
        "by another program": "ssh() { :; }; env ssh x",
    },
}


def test_a_function_may_be_called_where_it_is_certain_to_be_one(check: Check) -> None:
    """Also where a program of its name is installed: an answer that depends on the machine would be of no use."""
    assert wrong_verdicts(check, FUNCTIONS) == {}


@pytest.mark.parametrize("sandboxed", [False, True])
def test_many_directories_functions_and_long_words_do_not_take_long(project: Path, sandboxed: bool) -> None:
    guard = Guard(Allowlist.load(project), project, sandboxed=sandboxed)
    wandering = "".join(f"cd a{n} || cd b{n}; " for n in range(40)) + "rm x"
    functions = "".join(f"f{n}() {{ ls; }}\n" for n in range(2000)) + "ls\n" * 2000
    for command in (functions, "echo '{" + "," * 100_000 + "'", "echo {" + "," * 100_000):
        assert guard(ToolCall("Bash", {"command": command}, project)) is None
    for command in (wandering, "rm -rf {" + "," * 100_000, "rm -rf {a,b}" * 500):
        guard(ToolCall("Bash", {"command": command}, project))
    assert sandboxed or guard(ToolCall("Bash", {"command": wandering}, project)) is not None
