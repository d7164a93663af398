"""Which tool calls may write the feature list, and whose a change of it is."""

from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import ClaudeAgentOptions, HookMatcher

from agent.harness.list_writers import ListWriters, may_write_list

MS = 1_000_000
S = 1_000_000_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a script that names the list, one that does not, and recipes that do."""
    (tmp_path / "mark.py").write_text("path = 'feature_list.json'")
    (tmp_path / "serve.py").write_text("print('hello')")
    (tmp_path / "Makefile").write_text("done:\n\tpython3 -c 'open(\"feature_list.json\")'\n")
    (tmp_path / "sub").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "sed -i s/false/true/ feature_list.json",
        "python3 - <<'EOF'\nopen('feature_list' + '.json', 'w')\nEOF",
        "python3 mark.py greet",
        "cd sub && python3 ../sub/../mark.py",
        "PYTHONPATH=. python3 ./mark.py",
        "make done",
        "sed -i s/false/true/ *.json",
        "rm -rf ./*",
        "cp /tmp/x/[a-z]* .",
        "git checkout -- .",
        "git -C . stash",
        "cd x && git reset --hard HEAD~1",
        "git pull --rebase",
    ],
)
def test_a_command_that_may_write_the_list_is_known(project: Path, command: str) -> None:
    assert may_write_list("Bash", {"command": command}, project, project)


@pytest.mark.parametrize(
    "command",
    [
        "sleep 600",
        "until [ -e late ]; do sleep 0.1; done",
        "python3 serve.py",
        "pytest -q",
        "npm test",
        "git add -A && git commit -m 'Reset the counter' && git log --oneline",
        "git status; git diff",
        "ls *.py",
        "cat missing.py",
        "./" + "x" * 5000,
        "",
    ],
)
def test_a_command_that_does_not_is_known_as_well(project: Path, command: str) -> None:
    assert not may_write_list("Bash", {"command": command}, project, project)


@pytest.mark.parametrize(
    ("name", "arguments", "writes"),
    [
        ("Write", {"file_path": "{project}/feature_list.json"}, True),
        ("Edit", {"file_path": "sub/../feature_list.json"}, True),
        ("NotebookEdit", {"notebook_path": "{project}/feature_list.json"}, True),
        ("Write", {"file_path": "{project}/greet.py", "content": "# feature_list.json"}, False),
        ("Read", {"file_path": "{project}/feature_list.json"}, False),
        ("Grep", {"pattern": "feature_list"}, False),
        ("Agent", {"prompt": "Edit feature_list.json"}, False),
        ("mcp__files__write", {"path": "feature_list.json"}, True),
        ("mcp__files__write", {"path": "greet.py"}, False),
        ("Bash", {}, False),
    ],
)
def test_other_tools_are_judged_by_what_they_write(
    project: Path, name: str, arguments: dict[str, str], writes: bool
) -> None:
    filled = {key: value.replace("{project}", str(project)) for key, value in arguments.items()}
    assert may_write_list(name, filled, project, project) is writes


class Calls(ListWriters):
    """A session whose clock is set by hand, in milliseconds."""

    def __init__(self, project: Path) -> None:
        self.now = 0
        super().__init__(project, lambda: self.now * MS)

    def start(self, at: int, id_: str = "1", **arguments: Any) -> None:
        self.now = at
        self.started(id_, "Bash", {"command": "python3 mark.py"} | arguments, self._project)

    def end(self, at: int, id_: str = "1") -> None:
        self.now = at
        self.ended(id_)

    def ours(self, *times: int) -> list[bool]:
        return [self.may_have_written(time * MS) for time in times]


@pytest.fixture
def calls(project: Path) -> Calls:
    return Calls(project)


def test_a_change_during_a_call_is_the_sessions_and_any_other_a_persons(calls: Calls) -> None:
    assert calls.ours(0, 500) == [False, False]
    calls.start(1000)
    calls.now = 2000
    assert calls.ours(900, 1000, 1500, 2000) == [False, True, True, True]
    calls.end(3000)
    calls.now = 9000
    assert calls.ours(900, 1500, 3000, 3100, 9000) == [False, True, True, False, False]


def test_the_clock_of_the_file_system_may_be_behind(calls: Calls) -> None:
    calls.start(1000)
    assert calls.ours(990) == [True]


def test_calls_at_the_same_time_are_told_apart(calls: Calls) -> None:
    calls.start(1000, "1")
    calls.start(2000, "2")
    calls.end(3000, "1")
    calls.now = 5000
    assert calls.ours(4000) == [True]
    calls.end(5000, "2")
    calls.end(6000, "unknown")
    calls.now = 9000
    assert calls.ours(4000, 7000) == [True, False]


def test_what_runs_in_the_background_may_write_until_the_session_ends(calls: Calls) -> None:
    calls.start(1000, run_in_background=True)
    calls.end(1100)
    calls.now = 5000
    assert calls.ours(4000) == [True]
    calls.session_ended()
    calls.now = 9000
    assert calls.ours(4000, 7000) == [True, False]


def test_a_call_without_a_result_ends_with_its_session(calls: Calls) -> None:
    calls.start(1000)
    calls.now = 2000
    calls.session_ended()
    calls.now = 9000
    assert calls.ours(1500, 5000) == [True, False]


async def test_the_hook_notes_each_call_and_those_of_the_caller_stay(calls: Calls) -> None:
    own = HookMatcher(matcher="Bash")
    options = calls.add_to(ClaudeAgentOptions(hooks={"PreToolUse": [own]}))
    first, second = (options.hooks or {})["PreToolUse"]
    calls.now = 1000
    input_: Any = {
        "tool_use_id": "1", "tool_name": "Bash", "tool_input": {"command": "make done"}, "cwd": str(calls._project),
    }  # fmt: skip
    assert await second.hooks[0](input_, None, {"signal": None}) == {}
    assert first is own
    assert calls.ours(1000) == [True]
