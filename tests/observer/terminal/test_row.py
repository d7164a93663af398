"""Rows: excerpts of long outputs."""

import pytest

from observer.terminal.row import excerpt, make_row
from observer.terminal.theme import UNICODE, Role

LIMITS = (3, 2)


def lines(text: str, limits: tuple[int, int] | None = LIMITS) -> list[str]:
    return [line for _, line in excerpt(text, limits, UNICODE, total_bytes=12_000, role=Role.OUTPUT)]


def test_an_excerpt_has_the_first_and_the_last_lines_and_counts_the_rest() -> None:
    assert lines("1\n2\n3\n4\n5\n6\n7\n") == ["1", "2", "3", "… 2 more lines, 12 kB in total (--full)", "6", "7"]


@pytest.mark.parametrize("count", [1, 5, 6])
def test_a_line_is_shown_rather_than_counted_as_the_only_missing_one(count: int) -> None:
    assert lines("\n".join("123456"[:count])) == list("123456"[:count])


def test_an_excerpt_without_a_limit_has_all_lines() -> None:
    assert lines("a \n" * 50, None) == ["a"] * 50


def test_blank_output_has_no_lines() -> None:
    assert lines("\n\n") == []


def test_a_row_has_no_empty_spans() -> None:
    assert make_row((Role.TOOL, "Bash"), (Role.DIM, "")).spans == ((Role.TOOL, "Bash"),)
