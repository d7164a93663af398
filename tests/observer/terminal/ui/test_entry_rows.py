"""Entries of a log as lines of a screen.

Tests observer.terminal.ui.entries, observer.terminal.ui.block_rows and observer.terminal.ui.strips, too.
"""

import pytest
from rich.color import ColorSystem

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.rows.event_row import make_row
from observer.runs.rows.row_types import Diff, Field, Image, Json, Node, Note, Output, Paragraph, Todo, Tone
from observer.terminal.row import Row
from observer.terminal.screen import Screen
from observer.terminal.theme import UNICODE, Role
from observer.terminal.ui.block_rows import blocks_as_rows
from observer.terminal.ui.entries import EntryList, LoadedRow
from observer.terminal.ui.entry_rows import Drawing, entry_rows
from observer.terminal.ui.strips import StripPainter, strips_of
from tests.helpers import line
from tests.observer.written import every_type

SCREEN = Screen(width=lambda: 80, colors=ColorSystem.TRUECOLOR)
DRAWING = Drawing(60, UNICODE, draws_markdown=True, is_late=lambda: False)


def loaded(*lines: bytes) -> list[LoadedRow]:
    rows, offset = [], 0
    for data in lines:
        event = decode(Line(data.rstrip(b"\n"), offset))
        assert isinstance(event, Event)
        rows.append(LoadedRow(offset, offset + len(data), make_row(event)))
        offset += len(data)
    return rows


def texts(rows: list[Row], width: int = 60) -> list[str]:
    return [strip.text.rstrip() for strip in StripPainter(SCREEN).strips(rows, width)]


def shown(*lines: bytes, is_open: bool = True) -> list[str]:
    return [
        text
        for entry in EntryList(loaded(*lines)).entries
        for text in texts(entry_rows(entry, DRAWING, is_open=is_open))
    ]


def test_pieces_of_texts_that_alternate_are_joined_each_with_its_own() -> None:
    words = [("a", "one "), ("b", "left "), ("a", "two"), ("b", "right")]
    pieces = [line(seq, "thought", text=text, message=name, block=0) for seq, (name, text) in enumerate(words, 1)]
    assert shown(*pieces) == ["one two", "left right"]


def test_a_message_repeats_no_text_that_is_shown_and_is_shown_alone() -> None:
    piece, message = line(1, "thought", text="hello", message="m", block=0), line(2, "message", id="m", text="hello")
    assert shown(piece, message) == ["hello"]
    assert shown(message) == ["hello"]


def test_what_is_about_a_call_is_part_of_it() -> None:
    lines = [
        line(1, "tool_use", id="t", name="Task", input={"description": "look", "prompt": "x"}),
        line(2, "subagent_start", id="a", tool_use_id="t", agent_type="Explore", description="look"),
        line(3, "subagent_complete", id="a", tool_use_id="t", status="completed", duration_ms=2000),
        line(4, "tool_result", tool_use_id="t", name="Task", status="success", duration_ms=2000, output="found"),
    ]
    (entry,) = EntryList(loaded(*lines)).entries
    (head,) = texts(entry_rows(entry, DRAWING, is_open=False))
    assert head.startswith("● Task  look  ✓ 2.0s")


@pytest.mark.parametrize("is_open", [True, False])
def test_every_type_of_event_is_drawn(is_open: bool) -> None:
    for data in every_type().lines:
        assert shown(data, is_open=is_open) or b'"message"' in data


def test_what_is_folded_is_one_line_however_long_it_is() -> None:
    command = line(1, "tool_use", id="t", name="Bash", input={"command": "x" * 500 + "\ny"})
    (text,) = shown(command, is_open=False)
    assert text.endswith("…")


def test_every_kind_of_block_is_drawn() -> None:
    blocks = [
        Paragraph(["a ", ("b", "strong")]), Output(["one\n", ("two", "red")], "… 3 more lines", ["last"]),
        Diff([("-", ["old"]), ("+", ["new"]), (" ", ["same"])], "… 1 more line"),
        Json(Node("{2}", children=[Node("1", key="a"), Node("x\ny", key="b")]), "cut"),
        Image("image/png, 3 kB", "image/png", "run/x.png"),
        Todo([("completed", "☑", "first"), ("pending", "☐", "next")]),
        Field("command", [Output(["ls"])]), Field("text", [Output(["a\nb"])]), Note(["blocked"], Tone.BLOCKED),
    ]  # fmt: skip
    assert texts(blocks_as_rows(blocks, 60, UNICODE, ((Role.PLAIN, "  "),))) == [
        "  a b", "  one", "  two", "  … 3 more lines", "  last", "  - old", "  + new", "    same", "  … 1 more line",
        "  {2}", "    a: 1", "    b: x", "      y", "  cut", "  image/png, 3 kB", "  ☑ first", "  ☐ next",
        "  command: ls", "  text:", "    a", "    b", "  blocked",
    ]  # fmt: skip


def test_a_word_that_is_taken_to_the_next_line_is_not_left_on_the_first() -> None:
    row = Row(((Role.PLAIN, "some words and a lo"), (Role.GOOD, "ngword")), 0)
    assert texts([row], 21) == ["some words and a", "longword"]


def test_wide_characters_are_erased_whole() -> None:
    assert [strip.text for strip in strips_of("ab日本\b\b\b\b    \n\x1b[31mc\x1b[0m")] == ["ab", "c"]
