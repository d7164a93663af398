"""Entries of a log as lines of a screen.

Tests observer.terminal.ui.entries, observer.terminal.ui.block_rows and observer.terminal.ui.strips, too.
"""

from pathlib import Path

import pytest
from rich.color import ColorSystem

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.filters.filter import Filter
from observer.runs.rows.event_row import make_row
from observer.runs.rows.row_types import Diff, Field, Image, Json, Node, Note, Output, Paragraph, Todo, Tone
from observer.terminal.row import Row
from observer.terminal.screen import Screen
from observer.terminal.theme import UNICODE, Role
from observer.terminal.ui.block_rows import blocks_as_rows
from observer.terminal.ui.entries import EntryList, LoadedRow
from observer.terminal.ui.entry_rows import Drawing, entry_rows, head_row
from observer.terminal.ui.run_file import RunFile
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


def test_what_an_excerpt_leaves_out_is_said_with_the_key_that_shows_it() -> None:
    output = "\n".join(f"row {number}" for number in range(50))
    lines = [line(1, "tool_result", tool_use_id="t", name="Bash", status="success", output=output)]
    (note,) = [text for text in shown(*lines) if "more lines" in text]
    assert note.endswith("(Enter)")


def single_end(outcome: str, seq: int = 2, **data: object) -> bytes:
    ended = line(seq, "session_end", outcome=outcome, turns=3, duration_ms=4900, cost_usd=0.01, **data)
    return ended.replace(b'"phase":"coding"', b'"phase":"single"')


def complete(outcome: str, message: str = "done", seq: int = 4) -> bytes:
    return line(seq, "complete", outcome=outcome, message=message, duration_ms=5300, cost_usd=0.01)


def test_the_success_of_a_run_of_one_session_is_said_once(tmp_path: Path) -> None:
    ended = complete("success").replace(b'"outcome"', b'"project_dir":"/p","outcome"')
    lines = [line(1, "run_start", project_dir="/p"), single_end("success"), line(3, "message", id="m", text=""), ended]
    (path := tmp_path / "run.ndjson").write_bytes(b"".join(lines))
    file = RunFile(path, Filter())
    *_, end = EntryList(file.before(file.end).rows).entries
    assert texts(entry_rows(end, DRAWING, is_open=True)) == ["✓ complete  5.3s · $0.01 · 3 turns"]
    assert [part.row.kind for part in end.parts] == ["session_end", "complete"]
    assert end.row.seq == 4


def test_the_end_of_a_session_is_told_from_that_of_its_run_where_they_differ(tmp_path: Path) -> None:
    coding = single_end("success").replace(b"single", b"coding")
    for ends, heads in (
        ((single_end("success"), complete("failed", "no room")), ["· session success", "✗ failed: no room"]),
        ((single_end("budget"), complete("success")), ["✗ session budget", "✓ complete"]),
        ((coding, complete("success", "3 of 3")), ["· session success", "✓ complete  3 of 3"]),
        ((single_end("success"), line(3, "info", message="x"), complete("success")),
         ["· session success", "· x", "✓ complete"]),
    ):  # fmt: skip
        (path := tmp_path / "run.ndjson").write_bytes(b"".join([line(1, "run_start"), *ends]))
        file = RunFile(path, Filter())
        shown_heads = [texts([head_row(one, UNICODE)])[0] for one in EntryList(file.before(file.end).rows).entries[1:]]
        assert [text.partition("  5")[0].partition("  3 t")[0] for text in shown_heads] == heads


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
