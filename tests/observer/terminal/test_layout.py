"""The layout of the pretty view: paragraphs (`observer.terminal.paragraphs`), gutters, rules and rows at any width.

Rows become lines in `observer.terminal.row_lines`.
"""

import json
from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem

from observer.format.event import Event, Record
from observer.format.lines import LineSplitter
from observer.terminal.layout import PrettyLayout
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from tests.observer.mutations import mutated_files
from tests.observer.terminal.pieces import paragraphs
from tests.observer.terminal.rendering import RecordingSink, render


def test_pieces_of_one_message_are_joined_and_messages_are_separated_by_a_blank_line() -> None:
    assert (
        render(
            '{"type":"thought","data":{"text":"Hel","message":"m1","block":0}}',
            '{"type":"thought","data":{"text":"lo.\\n","message":"m1","block":0}}',
            '{"type":"thought","data":{"text":"Next.","message":"m2","block":0}}',
        )
        == "Hello.\n\nNext.\n"
    )


def piece(text: str, message: str | None, kind: str = "thought") -> str:
    return json.dumps({"type": kind, "data": {"text": text, "message": message, "block": 0}})


BEAT = '{"type":"heartbeat","data":{}}'


CALL = '{"type":"tool_use","data":{"id":"a","name":"Bash","input":{"command":"ls"}}}'


@pytest.mark.parametrize(
    ("before", "lines", "expected"),
    [
        ([piece("I read ", "m")], [piece("the file.", "m"), piece("Done.", "n")], "…the file.\n\nDone.\n"),
        ([piece("I read ", "m"), BEAT], [BEAT, piece("the file.", "m")], "…the file.\n"),
        ([piece("I read ", "m", "thinking")], [piece("the file.", "m", "thinking")], "∴ …the file.\n"),
        ([piece("I read ", "m")], [piece("Now.", "n")], "Now.\n"),
        ([piece("I read ", None), CALL], [piece("Now.", None)], "Now.\n"),
        ([piece("I read ", None)], [CALL, piece("Now.", None)], "● Bash  ls\n\nNow.\n"),
    ],
)
def test_a_paragraph_whose_start_is_not_shown_begins_with_an_ellipsis(
    before: list[str], lines: list[str], expected: str
) -> None:
    assert render(*lines, context=tuple(before)) == expected


def test_thinking_is_marked_even_without_colour() -> None:
    assert (
        render(
            '{"type":"thinking","data":{"text":"Hm","message":"m","block":0}}',
            '{"type":"thinking","data":{"text":"m.","message":"m","block":0}}',
            '{"type":"thought","data":{"text":"Ah.","message":"m","block":1}}',
        )
        == "∴ Hmm.\n\nAh.\n"
    )


def test_a_repeated_message_is_announced_with_a_marker() -> None:
    text = render(
        '{"type":"thought","data":{"text":"Broken of","message":"m1","block":0}}',
        '{"type":"thought","data":{"text":"Whole.","message":"m2","block":0,"replaces":"m1"}}',
    )

    assert text == "Broken of\n\n↻ stream interrupted: the text above is void and repeated below\n\nWhole.\n"


@pytest.mark.parametrize("width", [20, 60, 100, 200])
def test_no_row_is_wider_than_the_screen(width: int) -> None:

    text = render(
        '{"type":"run_start","run":"20261123T011230Z-7f3a9c","data":{"command":"' + "agent run " * 30 + '"}}',
        '{"type":"tool_use","data":{"id":"t","name":"Bash","input":{"command":"' + "x" * 300 + '"}}}',
        '{"type":"tool_result","data":{"tool_use_id":"t","name":"Bash","status":"error","output":"'
        + "日" * 300
        + '\\nb"}}',
        '{"type":"session_start","data":{"agent_type":"CODING","iteration":3}}',
        width=width,
    )

    assert max(cell_len(line) for line in text.split("\n")) < width


def test_a_nested_subagent_has_one_more_gutter() -> None:
    text = render(
        '{"type":"tool_use","data":{"id":"a","name":"Task","input":{"description":"Find tests"}}}',
        '{"type":"tool_use","parent":"a","data":{"id":"c","name":"Task","input":{"description":"Deeper"}}}',
        '{"type":"tool_use","parent":"c","data":{"id":"d","name":"Glob","input":{"pattern":"*"}}}',
    )

    assert text.splitlines()[-1] == "│ │ ● Glob  *"


def test_a_call_that_is_its_own_parent_is_shown() -> None:
    assert "● Bash" in render('{"type":"tool_use","parent":"x","data":{"id":"x","name":"Bash","input":{}}}', CALL)


def test_a_rule_is_as_wide_as_the_screen_up_to_the_width_of_prose_and_72_cells_in_a_pipe() -> None:
    start = '{"type":"session_start","timestamp":"2026-11-23T01:12:30Z","data":{"agent_type":"SINGLE"}}'
    assert render(start, width=42) == "── Agent ───── 2026-11-23 01:12:30 UTC ──\n"
    assert cell_len(render(start).rstrip("\n")) == 72
    assert render(start, width=12) == "── Agent ──\n"
    assert cell_len(render(start, width=300).rstrip("\n")) == 119


def test_prose_is_at_most_120_cells_wide_and_rows_use_the_whole_screen() -> None:
    prose = render(piece("word " * 100, "m"), width=300)
    call = render(CALL.replace("ls", "word " * 70), width=300)
    assert 100 < max(map(cell_len, prose.splitlines())) < 120
    assert max(map(cell_len, call.splitlines())) > 250


def test_gutters_leave_16_cells_to_the_text() -> None:
    calls = [
        json.dumps({"type": "tool_use", "parent": parent, "data": {"id": id_, "name": "Task", "input": {}}})
        for parent, id_ in zip([None, *"abcdef"], "abcdefg", strict=True)
    ]
    wide, narrow = (render(*calls, width=width).splitlines()[-1] for width in (60, 20))
    assert wide.count("│") == 6
    assert narrow.count("│") == 2


@pytest.mark.parametrize("status", ["success", "error"])
def test_in_a_pipe_a_line_of_output_stays_bounded_and_a_progress_bar_has_its_last_state(status: str) -> None:
    bar = "\r".join(f"{percent}%|{'#' * (percent % 40)}|" for percent in range(1000))
    output = f"{'x' * 50_000}\n{bar}\r\ny"
    line = json.dumps({"type": "tool_result", "data": {"name": "Bash", "status": status, "output": output}})

    assert max(map(len, render(line).splitlines())) < 2100
    assert "999%" in render(line)
    assert " more characters, --full)" in render(line)
    assert len(max(render(line, full=True).splitlines(), key=len)) >= 50_000


@pytest.mark.parametrize("width", [None, 30])
@pytest.mark.parametrize("colors", [None, ColorSystem.TRUECOLOR])
def test_a_piece_that_continues_a_line_is_written_as_any_other(
    width: int | None, colors: ColorSystem | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    continued = list[int]()
    continue_line = PrettyLayout.continue_line

    def counted(layout: PrettyLayout, records: Sequence[Record], events: Sequence[Event | None], begin: int) -> int:
        end = continue_line(layout, records, events, begin)
        continued.append(end - begin)
        return end

    def shown() -> str:
        sink = RecordingSink()
        for data in [paragraphs(200, seed) for seed in range(10)] + mutated_files(40):
            view = PrettyView(sink, Screen(width=lambda: width, colors=colors))
            view.show([Record(line) for line in LineSplitter().feed(data)])
            view.close()
        return sink.text

    monkeypatch.setattr(PrettyLayout, "continue_line", counted)
    sooner = shown()
    assert sum(continued) > 300
    assert continued.count(0) > 300
    monkeypatch.setattr(PrettyLayout, "continue_line", lambda *arguments: arguments[-1])
    assert shown() == sooner


def test_a_stall_ends_the_run_of_pieces_that_are_written_together() -> None:
    records = [Record(line) for line in LineSplitter().feed(f"{piece('a ', 'm')}\n{piece('b', 'm')}\n".encode() * 2)]
    records[2].stalled_s = 60.0
    sink = RecordingSink()
    view = PrettyView(sink, Screen(width=lambda: None))
    view.show(records)
    view.close()
    assert sink.text == "a b\n\n↻ stalled for 1m 00s: no sign of life or of progress before this\n\na b\n"


def test_a_newline_inside_of_a_row_does_not_begin_another_one_in_a_pipe() -> None:
    line = '{"type":"tool_result","data":{"status":"blocked","reason":"no rm\\nat all"}}'
    assert render(line) == "└ tool  ⊘ blocked  no rm\\nat all\n"
