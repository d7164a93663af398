"""Markdown as rows: what each kind of block looks like on a terminal."""

import pytest

from observer.runs.rows.row_types import Output
from observer.terminal.markdown_rows import block_rows, markdown_rows
from observer.terminal.row import Row
from observer.terminal.theme import ASCII, UNICODE, Role, RowStyle


def rows(text: str, width: int = 80, style: RowStyle = UNICODE) -> list[Row]:
    return markdown_rows(text, width, style, lambda: False)


def lines(text: str, style: RowStyle = UNICODE) -> list[str]:
    return ["".join(part for _, part in (*(row.lead or row.prefix), *row.spans)) for row in rows(text, style=style)]


def test_a_blank_row_separates_blocks_and_who_wrote_a_line_of_its_own_has_one() -> None:
    assert lines("# Title\none\ntwo\n- a\n- b") == ["Title", "", "one", "two", "", "• a", "• b"]


def test_words_have_the_looks_that_markdown_gives_them() -> None:
    (row,) = rows("a **b** *c* `d` ~~e~~ ***f***")
    assert row.spans == (
        ("plain", "a "), ("plain strong", "b"), ("plain", " "), ("plain emphasis", "c"), ("plain", " "),
        ("plain code", "d"), ("plain", " "), ("plain strike", "e"), ("plain", " "), ("plain emphasis strong", "f"),
    )  # fmt: skip


def test_a_heading_is_marked_and_the_highest_one_underlined() -> None:
    assert [row.spans[0] for row in rows("# A\n## B") if row.spans] == [
        ("plain heading underline", "A"), ("plain heading", "B"),
    ]  # fmt: skip


def test_a_link_shows_its_target() -> None:
    assert lines("[docs](https://a.org/x) <https://b.org> [bad](javascript:x)") == [
        "docs (https://a.org/x) https://b.org bad (javascript:x)"
    ]


def test_items_stand_below_one_another_with_their_signs() -> None:
    assert lines("- a\n  b\n  1. c\n     - [ ] d\n     - [x] e\n- f\n\n  g") == [
        "• a", "  b", "  1. c", "     ☐ d", "     ☑ e", "• f", "  ", "  g",
    ]  # fmt: skip
    assert lines("- - a\n  - b\n-", ASCII) == ["- - a", "  - b", "- "]


def test_a_number_that_a_list_begins_with_stays() -> None:
    assert lines("9. a\n10. b") == ["9. a", "10. b"]


def test_every_line_of_a_quote_has_its_sign() -> None:
    assert lines("> a\n> > b\n> - c") == ["▎ a", "▎ ", "▎ ▎ b", "▎ ", "▎ • c"]


def test_code_keeps_its_indentation_where_it_wraps_and_may_use_the_whole_screen() -> None:
    first, second = rows("```py\ndef f():\n    return 1\n```")
    assert (first.hang, second.hang, first.wide) == (2, 6, True)
    assert ("plain keyword", "return") in second.spans
    assert lines("- a\n  ```\n  x\n\n    y\n  ```") == ["• a", "    x", "    ", "      y"]


def test_code_is_plain_once_there_is_no_time_left() -> None:
    (row,) = markdown_rows("```py\nreturn 1\n```", 80, UNICODE, lambda: True)
    assert row.spans[-1][0] == "plain"


def test_a_text_has_its_own_role_below_the_looks() -> None:
    (row,) = markdown_rows("a *b*", 80, UNICODE, lambda: False, Role.THINKING)
    assert row.spans == (("thinking", "a "), ("thinking emphasis", "b"))


def test_a_block_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="Output is no block of a text"):
        block_rows([Output(["a"])], 80, UNICODE)
