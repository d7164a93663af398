"""The width of a text is that which rich says, whatever the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple
from rich.cells import cell_len as cells_of

from observer.format.glyphs import UNICODE
from observer.format.sanitize import clean_paragraph
from observer.terminal.cells import cell_len, is_narrow


@given(st.text() | st.text(st.sampled_from("ab é日本👍✓●\u0301\u200b")))
def test_the_width_is_that_of_rich(text: str) -> None:
    assert cell_len(text) == cells_of(text)


@pytest.mark.parametrize("text", ["", "a word", "\t", "\x1b[1m", "a\nb", "日本", "é", "e\u0301", "● x"])
def test_the_width_of_plain_and_odd_texts_is_that_of_rich(text: str) -> None:
    assert cell_len(text) == cells_of(text)


@pytest.mark.parametrize("glyph", astuple(UNICODE))
def test_a_glyph_is_one_cell_wide(glyph: str) -> None:
    assert cell_len(glyph) == cells_of(glyph) == 1
    assert is_narrow(glyph)


@given(st.text(st.sampled_from("ab é日本👍✓●\u0301\u200b\x1b\n\t")))
def test_narrow_lines_have_as_many_cells_as_characters_and_none_to_escape(text: str) -> None:
    if is_narrow(text):
        assert [cells_of(line) for line in text.split("\n")] == list(map(len, text.split("\n")))
        assert clean_paragraph(text) == text
    assert is_narrow(text) or not set(text) <= set("ab ✓●\n")
