"""What `--errors` shows: everything that is needed to know what failed, although its call is not shown.

What it says of stalls and crashes, the view without a filter says too.
Tests observer.terminal.viewer and observer.terminal.viewed_run together with the views.
"""

import asyncio
from socket import gethostname

import pytest

from observer.format.lines import LineSplitter
from observer.runs.filters.filter import Filter
from observer.source.items import ContextLines, Idle, Item, Lines
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from observer.terminal.text_view import TextView
from observer.terminal.view import View
from observer.terminal.viewer import RunViewer
from tests.observer.terminal.rendering import RecordingSink
from tests.observer.terminal.test_viewer import ListSource
from tests.observer.written import BEGIN, Script

BUILD = "python -m pytest tests/observer/format/test_event.py -x -q --no-header"
ERRORS = Filter(errors=True)
TRACE = "Traceback:\n  File a.py\nValueError: no"


def errors(
    *items: Item,
    output: str = "pretty",
    content: bool = True,
    seconds: float = 0,
    event_filter: Filter = ERRORS,
) -> str:
    """Return what `observe tail --errors` prints; the time is `seconds` after the run began."""
    out = RecordingSink()
    screen = Screen(width=lambda: 120 if output == "pretty" else None)
    view: View = PrettyView(out, screen) if output == "pretty" else TextView(out, screen, RecordingSink())
    clock = BEGIN.timestamp() + seconds
    source = ListSource(*items)
    viewer = RunViewer(source, lambda _: view, event_filter=event_filter, content=content, clock=lambda: clock)
    asyncio.run(viewer.run())
    return out.text


def lines(script: Script, first: int = 0) -> Lines:
    return Lines(list(LineSplitter().feed(script.bytes))[first:])


def failing() -> Script:
    script = Script().start()
    script.use("Bash", "t1", {"command": BUILD}, at=1).use("Read", "t2", {"file_path": "/home/me/notes/a.py"})
    return script.result("Bash", "t1", TRACE, status="error", at=2).result("Read", "t2", status="success")


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_failed_call_is_named_with_its_command_and_its_error(output: str) -> None:
    text = errors(lines(failing()), output=output)
    assert BUILD in text
    assert "Bash" in text
    assert "Traceback:" in text
    assert "ValueError: no" in text
    assert "a.py  ✓" not in text


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_call_before_the_start_is_named_if_it_is_among_the_lines_that_precede_it(output: str) -> None:
    script = failing()
    context = ContextLines(LineSplitter().feed(script.bytes)[:3])  # type: ignore[arg-type]
    assert BUILD in errors(context, lines(script, 3), output=output)


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_call_that_is_not_known_is_at_least_named(output: str) -> None:
    assert "Bash" in errors(lines(failing(), 3), output=output)


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_failed_subagent_is_named_by_its_call(output: str) -> None:
    script = Script().start().use("Agent", "a", {"description": "Review it", "prompt": "p"}, at=1)
    script.add("subagent_complete", {"id": "s", "tool_use_id": "a", "status": "failed", "duration_ms": 100}, at=2)
    assert "subagent failed  Review it  0.1s" in errors(lines(script), output=output)


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_blocked_call_is_shown_with_its_command_the_reason_and_the_rule(output: str) -> None:
    script = Script().start().use("Bash", "t1", {"command": "rm -rf build"})
    script.result("Bash", "t1", "refused", status="blocked", reason="rm outside of the project", rule="rm")
    text = errors(lines(script), output=output)
    for part in ("Bash", "blocked", "rm -rf build", "rm outside of the project", "rule rm"):
        assert part in text


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_blocked_call_that_is_not_known_is_shown_with_the_command_of_its_result(output: str) -> None:
    script = Script().start().result("Bash", "t1", "no", status="blocked", reason="no rm", command="rm -rf build")
    assert "rm -rf build" in errors(lines(script), output=output)


@pytest.mark.parametrize("output", ["pretty", "text"])
@pytest.mark.parametrize("id_", [None, 7])
def test_a_failed_call_without_an_id_is_named_and_has_its_time(output: str, id_: object) -> None:
    script = Script().start().use("Read", "", {"file_path": "a.py"}, at=1)
    script.add("tool_result", {"tool_use_id": id_, "name": "Bash", "status": "error", "output": "boom"}, at=2)
    text = errors(lines(script), output=output)

    assert "Bash" in text
    assert "01:12:32" in text
    assert "a.py" not in text


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_nameless_call_has_the_name_that_its_result_gives(output: str) -> None:
    script = Script().start().add("tool_use", {"id": "t1", "name": None, "input": {"command": "ls"}}, at=1)
    named = errors(lines(script.result("Bash", "t1", "boom", status="error", at=2)), output=output)
    nameless = Script().start().add("tool_result", {"tool_use_id": "t2", "status": "error"}, at=2)

    assert "Bash" in named
    assert "ls" in named
    assert "tool" in errors(lines(nameless), output=output)


@pytest.mark.parametrize("output", ["pretty", "text"])
@pytest.mark.parametrize(
    ("kind", "data", "shown"),
    [
        ("tool_result", {"status": "error", "output": {"stderr": "boom"}}, '{"stderr": "boom"}'),
        ("tool_result", {"status": "blocked", "reason": ["no", "rm"]}, '["no", "rm"]'),
        ("error", {"message": {"code": 7}, "traceback": ["x"]}, '{"code": 7}'),
        ("error", {"message": "m", "traceback": ["x"]}, '["x"]'),
        ("complete", {"outcome": "failed", "message": {"code": 7}}, '{"code": 7}'),
        ("thought", {"text": ["hello", {"a": 1}], "message": "m"}, '["hello", {"a": 1}]'),
        ("prompt", {"text": ["hello"]}, '["hello"]'),
    ],
)
def test_a_text_of_another_type_is_shown_as_json(output: str, kind: str, data: dict[str, object], shown: str) -> None:
    assert shown in errors(lines(Script().start().add(kind, data)), output=output, event_filter=Filter())


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_retries_limits_stalls_and_broken_lines_are_shown(output: str) -> None:
    script = Script().start()
    script.add("api_retry", {"attempt": 2, "max_retries": 10, "status": 529, "error": "overloaded"}, at=1)
    script.add("rate_limit", {"status": "rejected", "limit": "five_hour"}, at=2)
    script.add("info", {"message": "the same call again", "kind": "stuck"}, at=3)
    script.thought("so it goes", at=63)
    broken = Lines(list(LineSplitter().feed(script.bytes + b'{"half\n')))
    text = errors(broken, output=output)
    for part in ("529 overloaded", "rate limit rejected", "the same call again", "stalled for 1m 00s", "malformed"):
        assert part in text


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_run_that_stalls_while_it_is_followed_is_shown_at_once(output: str) -> None:
    script = Script().start().thought("so", at=1)
    text = errors(lines(script), Idle(locked=True, modified=BEGIN.timestamp() + 1), output=output, seconds=60)
    assert "the run has been stalled for 59s" in text
    assert "so" not in text.split()


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_stall_that_begins_and_ends_is_shown_once_each_without_a_filter_too(output: str) -> None:
    script = Script().start().thought("so", at=1).thought("on", at=70)
    silent = Idle(locked=True, modified=BEGIN.timestamp() + 1)
    first, last = Lines(lines(script).lines[:2]), lines(script, 2)
    text = errors(first, silent, silent, last, output=output, seconds=60, event_filter=Filter())

    assert text.count("the run has been stalled for 59s") == 1
    assert text.count("stalled for 1m 09s: no sign of life") == 1


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_lines_that_were_left_out_before_the_first_one_are_no_stall(output: str) -> None:
    script = Script().start().thought("so", at=1).thought("on", at=70).thought("and", at=90)
    context = ContextLines(LineSplitter().feed(script.bytes)[:1])  # type: ignore[arg-type]
    text = errors(context, lines(script, 2), output=output, event_filter=Filter())

    assert "stalled for 20s" in text
    assert text.count("stalled for") == 1


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_a_crash_is_shown_in_the_output_itself(output: str) -> None:
    script = Script().start(host=gethostname(), lock="ofd").thought("so", at=1)
    assert "the run crashed" in errors(lines(script), Idle(locked=False), output=output)


def test_without_content_the_stall_is_kept_and_the_command_is_not() -> None:
    script = failing().thought("so", at=63)
    text = errors(lines(script), content=False)
    assert "stalled for" in text
    assert "pytest" not in text


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_of_an_interrupted_stream_only_that_is_shown_and_no_torn_text(output: str) -> None:
    script = Script().start().add("thought", {"text": "torn", "message": "m2", "block": 0, "replaces": "m1"}, at=1)
    text = errors(lines(script), output=output)
    assert "stream interrupted: its text is void and repeated" in text
    assert "torn" not in text
