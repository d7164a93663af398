"""The text of tool calls and their results is the same in a pipe as in rows with colours."""

import json
from itertools import product

import pytest

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.words.describe_tools import describe_use
from observer.terminal.row import MAX_PIPE_CHARS, Row, cut_in_pipe
from observer.terminal.speakers import Call
from observer.terminal.theme import UNICODE, RowStyle
from observer.terminal.tool_rows import tool_result, tool_use
from observer.terminal.tool_text import call_text, result_text
from tests.observer.terminal.rendering import render
from tests.observer.written import Script, every_type

LONG = "x" * (MAX_PIPE_CHARS + 5)
TEXTS = ("", "one line", "a\n", "\n\n", f"{LONG}\nb", "\n".join(map(str, range(30))), "12%\r45%\r\nend \n")
STYLES = (UNICODE, UNICODE.unlimited())


def texts(rows: list[Row], style: RowStyle) -> list[str]:
    """Return the text of rows as a layout with colours writes it to a pipe."""
    return ["".join(cut_in_pipe(text, style) if row.truncate else text for _, text in row.spans) for row in rows]


def results() -> list[Event]:
    script = Script()
    for name, text, status in product(("Bash", "Read", "Edit", "Task", ""), TEXTS, ("success", "error", "blocked")):
        script.result(name, "t1", text, status=status)
        script.result(name, "t1", text, status=status, reason=TEXTS[1], rule="no-rm", output_file="r/t1.txt")
        script.result(name, "t1", text, status=status, images=[{"media_type": "image/png", "bytes": 5}], truncated=True)
    return [event for line in script.lines if isinstance(event := decode(Line(line, 0)), Event)]


def calls() -> list[Event]:
    script = Script()
    for name, text, other in product(("Bash", "Write", "Edit", "MultiEdit", "NotebookEdit", "odd"), TEXTS, TEXTS):
        edit = {"old_string": text, "new_string": other}
        script.use(name, "t1", {"command": text, "content": text, "new_source": other, "edits": [edit], **edit})
    lines = script.lines + every_type().lines
    events = [event for line in lines if isinstance(event := decode(Line(line, 0)), Event)]
    return [event for event in events if event.type == "tool_use"]


@pytest.mark.parametrize("style", STYLES)
def test_a_call_has_the_text_of_its_rows(style: RowStyle) -> None:
    assert len(calls()) > 290
    for event in calls():
        words = describe_use(event, "", style)
        assert call_text(event, *words, style).lines(style) == texts(tool_use(event, *words, style), style)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("call", [None, Call("Bash", "ls\nthen", None), Call("Read", LONG, None, is_shown=False)])
def test_a_result_has_the_text_of_its_rows(style: RowStyle, call: Call | None) -> None:
    assert len(results()) > 300
    for event in results():
        assert result_text(event, call, style).lines(style) == texts(tool_result(event, call, style), style)


def test_a_long_line_of_an_output_is_cut_in_a_pipe_unless_nothing_is_shortened() -> None:
    event = decode(Line(Script().result("Bash", "t1", f"{LONG}\nb").lines[0], 0))
    assert isinstance(event, Event)
    short, full = (result_text(event, None, style).lines(style) for style in STYLES)
    assert short[1:] == [f"    {'x' * (MAX_PIPE_CHARS - 4)}… (9 more characters, --full)", "    b"]
    assert full[1:] == [f"    {LONG}", "    b"]


def test_a_file_that_was_written_and_read_has_the_same_counts() -> None:
    text = "one\n\tzwei ü\n"
    numbered = "     1\tone\n     2\t\tzwei ü\n     3\t"
    read = {"tool_use_id": "b", "name": "Read", "status": "success", "output": numbered}
    write = {"id": "a", "name": "Write", "input": {"file_path": "a", "content": text}}
    shown = render(
        json.dumps({"type": "tool_use", "data": write}),
        json.dumps({"type": "tool_use", "data": {"id": "b", "name": "Read", "input": {"file_path": "a"}}}),
        json.dumps({"type": "tool_result", "data": {**read, "output_bytes": len(numbered.encode())}}),
        json.dumps({"type": "tool_result", "data": {**read, "output_bytes": 9000}}),
    ).splitlines()
    assert shown[0] == "● Write  a  2 lines, 13 B"
    assert shown[-2:] == ["└ ✓  2 lines, 13 B", "└ Read  ✓  3 lines, 9.0 kB"]
