"""Cursors: which content of a file they belong to."""

import pytest

from observer.runs.window.cursor import HEAD_BYTES, NO_GENERATION, Cursor, generation_of, parse_cursor


@pytest.mark.parametrize(
    "text", ["", "42", "0123456789abcdef", "0123456789abcde.1", "0123456789ABCDEF.1", "0123456789abcdef.-1",
             "0123456789abcdef.1 ", "0123456789abcdef." + "9" * 19],
)  # fmt: skip
def test_a_text_that_is_not_a_cursor_is_refused(text: str) -> None:
    assert parse_cursor(text) is None


def test_a_cursor_survives_being_written_and_parsed() -> None:
    cursor = Cursor("0123456789abcdef", 10**17)
    assert parse_cursor(str(cursor)) == cursor


def test_a_generation_depends_on_the_file_and_its_first_line_only() -> None:
    generation = generation_of(7, b'{"seq":1}\n')
    assert generation == generation_of(7, b'{"seq":1}\n{"seq":2}\n')
    assert generation != generation_of(8, b'{"seq":1}\n')
    assert generation != generation_of(7, b'{"seq":2}\n')


def test_there_is_no_generation_before_the_first_line_is_complete() -> None:
    assert generation_of(7, b"") == generation_of(7, b'{"seq":1}') == NO_GENERATION


def test_a_very_long_first_line_needs_no_newline() -> None:
    head = b"x" * HEAD_BYTES
    assert generation_of(7, head) == generation_of(7, head + b"more\n") != NO_GENERATION
