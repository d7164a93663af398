"""Rows: text in pieces with their roles, before the width of the screen is known. Pure."""

from msgspec import Struct

from observer.format.units import format_size
from observer.terminal.theme import Role, RowStyle

Span = tuple[Role, str]


class Row(Struct, frozen=True):
    """One row of text.

    If it is wider than the screen it is wrapped, with `hang` cells before its continuation lines; with `truncate` it
    ends in an ellipsis instead.
    """

    spans: tuple[Span, ...]
    hang: int = 2
    truncate: bool = False


def make_row(*spans: Span, hang: int = 2) -> Row:
    """Return a row of the spans that are not empty."""
    return Row(tuple([span for span in spans if span[1]]), hang)


def shorten(text: str, style: RowStyle) -> str:
    """Return `text`, or its first characters and how many are missing.

    >>> shorten("abcdef", RowStyle(max_chars=4))
    'abcd… (2 more characters)'
    """
    limit = style.max_chars
    if limit is None or len(text) <= limit:
        return text
    return f"{text[:limit]}{style.ellipsis} ({len(text) - limit:,} more characters)"


def excerpt(text: str, limits: tuple[int, int] | None, *, total_bytes: int, role: Role, ellipsis: str) -> list[Span]:
    """Return the first and the last lines of an output, and between them, dimmed, how many are missing.

    `limits` are the numbers of first and last lines, None for all lines; `total_bytes` is the size of the whole output,
    of which `text` may be a part.
    """
    text = text.strip("\n")
    if not text:
        return []
    count = text.count("\n") + 1
    if limits is None or count <= sum(limits) + 1:  # a note that one line is missing would take the room of that line
        return [(role, line.rstrip()) for line in text.split("\n")]
    first, last = limits
    note = f"{ellipsis} {count - first - last:,} more lines, {format_size(total_bytes)} in total"
    head, tail = _first_lines(text, first), _last_lines(text, last)
    return [(role, line.rstrip()) for line in head] + [(Role.DIM, note)] + [(role, line.rstrip()) for line in tail]


def _first_lines(text: str, count: int) -> list[str]:
    """Return the first lines of a text that has more, without splitting or copying the rest."""
    end = -1
    for _ in range(count):
        end = text.index("\n", end + 1)
    return text[:end].split("\n")


def _last_lines(text: str, count: int) -> list[str]:
    start = len(text)
    for _ in range(count):
        start = text.rindex("\n", 0, start)
    return text[start + 1 :].split("\n")
