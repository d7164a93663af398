"""Tables: fitted to a width between words, and a list where there is no room for them."""

import re

import pytest
from rich.cells import cell_len

from observer.runs.rows.markdown_tree import markdown_blocks
from observer.runs.rows.row_types import Table
from observer.terminal.table_rows import table_rows
from observer.terminal.theme import ASCII, UNICODE, RowStyle

MEASURED = """\
| File | What it does | Time | Size |
|:--|:--|--:|--:|
| `observer/terminal/layout.py` | lays out paragraphs, blocks and rules below one another | 24 s | 10.5 MB |
| `wrap.py` | wraps **words** while they arrive | 1200 ms | 8 kB |
| 日本語 | wide characters, which may stand for two | 3 % | 1 B |
"""


def lines(text: str, width: int, style: RowStyle = UNICODE) -> list[str]:
    (table,) = markdown_blocks(text)
    assert isinstance(table, Table)
    return ["".join(part for _, part in row.spans) for row in table_rows(table, width, style)]


@pytest.mark.parametrize("width", [70, 100, 200])
def test_a_table_fits_into_the_width_and_breaks_no_word_and_no_unit(width: int) -> None:
    shown = lines(MEASURED, width)

    assert max(map(cell_len, shown)) <= width
    assert "│" in shown[0]
    assert set(re.findall(r"[^\s│|*`─┼:-]+", MEASURED)) <= set(re.findall(r"[^\s│─┼]+", "\n".join(shown)))
    for figure in ("24 s", "10.5 MB", "1200 ms", "8 kB", "3 %", "1 B"):
        assert figure in "\n".join(shown)


def test_a_table_is_no_wider_than_its_words() -> None:
    assert lines("| a | b |\n|---|--:|\n| one two | 3 |\n| x | 14 |", 80) == [
        "a       │  b",
        "────────┼───",
        "one two │  3",
        "x       │ 14",
    ]


def test_a_cell_wraps_between_its_words() -> None:
    assert lines("| a | b |\n|---|---|\n| one two three four | 3 |", 14) == [
        "a          │ b",
        "───────────┼──",
        "one two    │ 3",
        "three four │",
    ]


def test_a_table_without_room_for_its_words_is_a_list() -> None:
    assert lines("| Name | Where |\n|---|---|\n| one | " + "x" * 30 + " |\n| two | y |", 20) == [
        "Name: one",
        "Where: " + "x" * 30,
        "",
        "Name: two",
        "Where: y",
    ]


def test_a_table_has_only_ascii_on_a_screen_that_shows_nothing_else() -> None:
    assert lines("| a | b |\n|---|---|\n| 1 | 2 |", 80, ASCII) == ["a | b", "--+--", "1 | 2"]


def test_rows_may_have_fewer_and_no_cells() -> None:
    assert lines("| a | b |\n|---|---|\n| 1 |\n|  |  |", 80) == ["a │ b", "──┼──", "1 │", "  │"]
