"""Which tool calls may write the feature list, and whose a change of it is."""

from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import ClaudeAgentOptions, HookMatcher

from agent.harness.list_writers import ListWriters, may_write_files, may_write_list_later

MS = 1_000_000
S = 1_000_000_000


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with scripts and logs."""
    (tmp_path / "tools").mkdir()
    for name in ("serve.py", "tools/mark.py", "server.log"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "sed -i s/false/true/ feature_list.json",
        "bash verify.sh",
        "python3 -m tools.mark",
        "make done",
        "git stash",
        "pytest -q",
        "cat feature_list.json; python3 -c 'import time; time.sleep(10)'",
    ],
)
def test_a_command_may_write_whatever_its_text_names(command: str) -> None:
    assert may_write_files("Bash", {"command": command})


@pytest.mark.parametrize("command", ["sleep 600", "cat feature_list.json; sleep 10", "ls *.json", ""])
def test_a_command_that_provably_only_reads_does_not(command: str) -> None:
    assert not may_write_files("Bash", {"command": command})


@pytest.mark.parametrize(
    ("name", "writes"),
    [
        ("Write", True),
        ("Edit", True),
        ("mcp__files__write", True),
        ("SomethingNew", True),
        ("Read", False),
        ("Grep", False),
        ("Agent", False),
        ("TodoWrite", False),
        ("TaskOutput", False),
    ],
)
def test_other_tools_may_write_unless_they_are_known_to_read(name: str, writes: bool) -> None:
    assert may_write_files(name, {"file_path": "greet.py"}) is writes


@pytest.mark.parametrize(
    "command",
    [
        "sleep 5; echo '[]' > feature_list.json",
        "python3 serve.py",
        "cd tools && python3 mark.py",
        "python3 -m tools.mark",
        "cp /tmp/x/[a-z]*.json .",
        "sleep 5; git checkout HEAD~3 -- .",
    ],
)
def test_in_the_background_a_command_that_names_the_list_or_a_script_may_write_it_later(
    project: Path, command: str
) -> None:
    assert may_write_list_later(command, project)


@pytest.mark.parametrize(
    "command", ["npm run dev", "python3 -m http.server 8000 > server.log 2>&1", "./" + "x" * 5000, "cat missing.py"]
)
def test_a_server_in_the_background_may_not(project: Path, command: str) -> None:
    assert not may_write_list_later(command, project)


class Calls(ListWriters):
    """A session whose clock is set by hand, in milliseconds."""

    def __init__(self, project: Path) -> None:
        self.now = 0
        self.project = project
        super().__init__(lambda: self.now * MS)

    def start(self, at: int, id_: str = "1", **arguments: Any) -> None:
        self.now = at
        self.started(id_, "Bash", {"command": "python3 serve.py"} | arguments, self.project)

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
    assert calls.ours(900, 1500, 3000, 3001, 9000) == [False, True, True, False, False]


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


def test_so_may_what_a_shell_leaves_running(calls: Calls) -> None:
    calls.start(1000, command="python3 serve.py > server.log 2>&1 & sleep 1; curl localhost")
    calls.end(2000)
    calls.start(3000, "2", command="npm run dev & sleep 1; curl localhost")
    calls.end(4000, "2")
    calls.session_ended()
    calls.now = 9000
    assert calls.ours(3500, 5000) == [True, False]


@pytest.mark.parametrize(("arguments", "timeout_ms"), [({}, 120_000), ({"timeout": 5000}, 5000)])
def test_a_script_that_the_cli_moves_to_the_background_may_write_until_the_session_ends(
    calls: Calls, arguments: dict[str, Any], timeout_ms: int
) -> None:
    calls.start(1000, **arguments)
    calls.end(1000 + timeout_ms - 1)
    calls.now = 900_000
    assert calls.ours(1000 + timeout_ms) == [False]
    calls.start(1_000_000, "2", **arguments)
    calls.end(1_000_000 + timeout_ms, "2")
    calls.now = 2_000_000
    assert calls.ours(1_900_000) == [True]


def test_a_server_in_the_background_writes_nothing_and_a_call_that_joins_outputs_ends(calls: Calls) -> None:
    calls.start(1000, command="npm run dev", run_in_background=True)
    calls.start(2000, "2", command="python3 serve.py 2>&1 && true")
    calls.end(3000, "2")
    calls.now = 5000
    assert calls.ours(1500, 2500, 4000) == [False, True, False]


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
        "tool_use_id": "1", "tool_name": "Bash", "tool_input": {"command": "make done"}, "cwd": str(calls.project),
    }  # fmt: skip
    assert await second.hooks[0](input_, None, {"signal": None}) == {}
    assert first is own
    assert calls.ours(1000) == [True]
