"""The result of a call reads alike in every view, and each shows the outputs of the same tools.

Words and rows of results are in `tests/rows.json`.
"""

import json

import pytest

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.rows.event_row import make_row
from observer.runs.rows.row_types import Output, Paragraph
from observer.runs.words.describe_results import OutputKind, extent_of, output_of
from tests.observer.terminal.rendering import render

KINDS = {
    "Write": OutputKind.CONFIRMATION,
    "Edit": OutputKind.CONFIRMATION,
    "MultiEdit": OutputKind.CONFIRMATION,
    "NotebookEdit": OutputKind.CONFIRMATION,
    "TodoWrite": OutputKind.CONFIRMATION,
    "Read": OutputKind.COPY,
    "NotebookRead": OutputKind.COPY,
    "Grep": OutputKind.COPY,
    "Glob": OutputKind.COPY,
    "Task": OutputKind.REPORT,
    "Agent": OutputKind.REPORT,
    "Bash": OutputKind.TEXT,
    "WebFetch": OutputKind.TEXT,
    "mcp__github__list_issues": OutputKind.TEXT,
    "": OutputKind.TEXT,
}
HAND_BACK = "[Subagent hand-back] It is done. The report follows:\n  Two hosts.\nagentId: a1 (use SendMessage)"
SAVED = "<persisted-output>\nSaved to: /tmp/x\n\nPreview (first 2KB):\none\ntwo\n</persisted-output>"


def line_of(name: str, output: str, **more: object) -> str:
    data = {"tool_use_id": "t1", "name": name, "status": "success", "output": output, **more}
    return json.dumps({"type": "tool_result", "data": data})


def result(name: str, output: str, **more: object) -> Event:
    event = decode(Line(line_of(name, output, **more).encode(), 0))
    assert isinstance(event, Event)
    return event


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_view_shows_the_same_of_an_output(name: str, kind: OutputKind) -> None:
    event = result(name, "one\ntwo")
    assert output_of(event).kind is kind
    row, (head, *below) = make_row(event), render(line_of(name, "one\ntwo")).splitlines()
    shows_text = kind in {OutputKind.TEXT, OutputKind.REPORT}
    assert [type(block) for block in row.blocks] == (
        [Paragraph] if kind is OutputKind.REPORT else [Output] if shows_text else []
    )
    assert below == (["    one", "    two"] if shows_text else [])
    shows_size = kind is OutputKind.COPY
    assert row.facts == ([["2 lines, 7 B"]] if shows_size else [])
    assert ("2 lines, 7 B" in head) == shows_size


@pytest.mark.parametrize("name", KINDS)
def test_in_full_every_output_is_shown_whatever_the_tool(name: str) -> None:
    assert make_row(result(name, "one\ntwo"), is_open=True).blocks
    assert render(line_of(name, "one\ntwo"), full=True).splitlines()[1:] == ["    one", "    two"]
    refused = {"status": "error", "reason": "one"}
    assert render(line_of(name, "one", **refused), full=True).splitlines()[1:] == []
    assert render(line_of(name, "one\ntwo", **refused), full=True).splitlines()[1:] == ["    one", "    two"]
    assert render(line_of(name, "one\ntwo", **refused)).splitlines()[1:] == []


@pytest.mark.parametrize("name", KINDS)
def test_of_a_call_that_failed_the_output_is_shown_whatever_the_tool(name: str) -> None:
    event = result(name, "one\ntwo", status="error")
    assert output_of(event).kind is OutputKind.TEXT
    assert [type(block) for block in make_row(event).blocks] == [Output]
    assert render(line_of(name, "one\ntwo", status="error")).splitlines()[1:] == ["    one", "    two"]


def test_no_view_shows_the_frames_of_the_cli() -> None:
    assert render(line_of("Agent", HAND_BACK)).splitlines() == ["└ Agent  ✓  Two hosts."]
    assert render(line_of("Bash", SAVED, output_file="/tmp/x", output_bytes=106_300)).splitlines() == [
        "└ Bash  ✓",
        "    one",
        "    two",
        "    full output (106 kB) in /tmp/x",
    ]
    assert render(line_of("Bash", SAVED)).splitlines()[-1] == "    Saved to: /tmp/x"


def test_a_report_is_only_counted_where_its_subagent_has_been_shown() -> None:
    call = json.dumps({"type": "tool_use", "data": {"id": "t1", "name": "Agent", "input": {"description": "look"}}})
    text = {"text": "Two hosts.", "message": "m", "block": 0}
    piece = json.dumps({"type": "thought", "parent": "t1", "data": text})
    assert render(call, line_of("Agent", "Two hosts.")).splitlines()[-1] == "└ ✓  Two hosts."
    assert render(call, piece, line_of("Agent", "Two hosts.")).splitlines()[-1] == "└ Agent  look  ✓  1 line, 10 B"


def test_the_frame_of_the_cli_does_not_count() -> None:
    event = result("Agent", HAND_BACK, output_bytes=len(HAND_BACK))
    assert extent_of(event, output_of(event)) == "1 line, 10 B"


def test_the_extent_of_an_excerpt_is_as_much_as_is_known() -> None:
    texts = {"": None, "106 kB": 106_300}
    for expected, total_bytes in texts.items():
        event = result("Bash", SAVED, output_bytes=total_bytes)
        assert extent_of(event, output_of(event)) == expected
    event = result("Bash", "one\ntwo\n\n")
    assert extent_of(event, output_of(event)) == "2 lines, 9 B"
    assert extent_of(result("Bash", ""), output_of(result("Bash", ""))) == ""
