"""No syntax hides a command: whatever bash would run, the walker reports (`agent.safety.commands.walker`)."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import ToolCall
from agent.safety.commands.policy import Guard
from tests.agent.safety.commands.conftest import Check
from tests.helpers import patient

POSITIONS = {
    "after a command": "ls; ssh x",
    "in an and-list": "ls && ssh x",
    "in an or-list": "false || ssh x",
    "in a pipeline": "ls |& ssh x",
    "in the background": "ssh x &",
    "in a subshell": "(ssh x)",
    "in a group": "{ ssh x; }",
    "negated": "! ssh x",
    "after assignments": "A=1 B=2 ssh x",
    "after a redirect": "> x ssh http://y",
    "after a comment": "ls # a comment\nssh x",
    "after what only looks like a comment": "ls \\# no comment; ssh x",
    "in a substitution": "echo $(ssh x)",
    "in backticks": "echo `ssh x`",
    "in double quotes": 'echo "a $(echo "b $(ssh x)")"',
    "in an assignment": "x=$(ssh x)",
    "in an export": "export X=$(ssh x)",
    "in an array": "a=(1 $(ssh x))",
    "in an expansion": 'echo "${x:=$(ssh x)}"',
    "in a replacement": "echo ${x//a/$(ssh x)}",
    "in arithmetic": "echo $(( $(ssh x) + 1 ))",
    "in a subscript": "echo ${a[$(ssh x)]}",
    "in a test": "[[ -n $(ssh x) ]]",
    "in a condition": "if ssh x; then ls; fi",
    "in an else": "if ls; then ls; elif ls; then ls; else ssh x; fi",
    "in a while": "while ssh x; do ls; done",
    "in a loop": "for i in a; do ssh $i; done",
    "in the words of a loop": "for i in $(ssh x); do ls; done",
    "in the head of a loop": "for ((i=0; i<$(ssh x); i++)); do ls; done",
    "in a select": "select x in a; do ssh x; done",
    "in a case": "case a in a) ssh x;; esac",
    "in a case's pattern": "case a in $(ssh x)) ls;; esac",
    "in a process substitution": "cat < <(ssh x)",
    "in a here-string": 'cat <<< "$(ssh x)"',
    "in a here-document": "cat <<EOF\n$(ssh x)\nEOF",
    "after a here-document": "cat <<'EOF'\nhi\nEOF\nssh x",
    "after an escaped blank and a #": "echo a\\ # ; ssh x",
    "in a redirect": "echo x > $(ssh x)",
    "in a function": "f() { ssh x; }; f",
}
SPELLINGS = ["s\\sh x", "ss'h' x", "\"ss\"'h' x", "$'ssh' x"]


@pytest.mark.parametrize("sandboxed", [False, True])
def test_a_command_is_checked_wherever_it_stands_and_however_it_is_spelled(check: Check, sandboxed: bool) -> None:
    spellings = SPELLINGS if not sandboxed else SPELLINGS[:-1]  # what escapes mean is not known there, and passes
    for case, command in [*POSITIONS.items(), *zip(spellings, spellings, strict=True)]:
        denial = check(command, sandboxed=sandboxed)
        assert denial is not None, case
        assert denial.rule == "allowlist", case
        assert denial.reason.startswith("ssh is not among"), case


DENIED = st.sampled_from(["ssh x", "sudo ls", "rm -rf /", "kill 1", "$X", "chmod 777 x", "s's'h", "bash"])
WRAPPERS = st.sampled_from(
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


@given(DENIED, st.lists(WRAPPERS, max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_nesting_hides_a_denied_command(command: str, wrappers: list[str]) -> None:
    for wrapper in wrappers:
        command = wrapper.format(command)
    project = Path("/nowhere/project")
    guard = Guard(Allowlist.load(project), project, sandboxed=False)
    assert guard(ToolCall("Bash", {"command": command}, project)) is not None


@given(st.text() | st.text(alphabet="ls \"'`$(){}[]<>|&;\\\n#~*?=-/.curl!^%@:,0123456789"), st.booleans())
@settings(max_examples=500, deadline=None)
def test_no_text_makes_the_guard_raise(command: str, sandboxed: bool) -> None:
    project = Path("/nowhere/project")
    Guard(Allowlist.load(project), project, sandboxed=sandboxed)(ToolCall("Bash", {"command": command}, project))


TOKENS = st.sampled_from(
    "aa bb \\  \n ; & | && || ' \" $( ) ` ( ) { } # <<E E\n << <<< < > $ = x= ! [[ ]] (( )) [ ] - \t \\\n "
    "if then else elif fi while until do done for in case esac ;; function f() $' ${ } $x : * ~ , é Å".replace(
        "  ", " \x20 "
    ).split(" ")
).map(lambda token: token or " ")
REPORT = 'command_not_found_handle() { printf "%s\\n" "ran:$1" >&2; return 1; }; PATH=/nowhere\n'


@given(st.lists(TOKENS, min_size=1, max_size=14).map("".join))
@settings(max_examples=300, deadline=None)
def test_bash_runs_no_command_that_the_guard_has_not_seen(
    tmp_path_factory: pytest.TempPathFactory, command: str
) -> None:
    """No command exists, and bash reports each one that it looks for. The guard allows one of them."""
    guard = Guard(Allowlist(frozenset({"aa", "[[", "["})), Path("/p"), sandboxed=False)
    if guard(ToolCall("Bash", {"command": command}, Path("/p"))):
        return
    directory = tmp_path_factory.mktemp("bash", numbered=True)
    try:
        bash = subprocess.run(
            ["bash", "-c", REPORT + command],
            cwd=directory,
            capture_output=True,
            timeout=patient(5),
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return
    lines = bash.stderr.decode("utf-8", "replace").split("\n")
    assert {line.removeprefix("ran:") for line in lines if line.startswith("ran:")} <= {"aa"}
