"""Rows of a view: pieces of text with their roles, before anything is known of a screen's width. Pure."""

from msgspec import Struct

from observer.render.style import Role
from observer.render.units import size

SHOWN = 400
"""Characters of a command, message or value that are shown before it is shortened."""

Span = tuple[Role, str]


class Row(Struct, frozen=True):
    """One row. Too long for the screen, it is wrapped with `hang` cells before its further lines, or, when it is
    `verbatim`, cut off with the number of characters that are missing."""

    spans: tuple[Span, ...]
    hang: int = 2
    verbatim: bool = False


def row(*spans: Span, hang: int = 2) -> Row:
    """Return a row of the spans that have text."""
    return Row(tuple(span for span in spans if span[1]), hang)


def shortened(text: str, ellipsis: str, limit: int = SHOWN) -> str:
    """Return `text`, or its beginning and how much is missing.

    >>> shortened("abcdef", "…", 4)
    'abcd… (2 more characters)'
    """
    missing = len(text) - limit
    return text if missing <= 0 else f"{text[:limit]}{ellipsis} ({missing:,} more characters)"


def excerpt(text: str, *, lines: int, total: int, role: Role, ellipsis: str) -> tuple[list[Row], str]:
    """Return the first lines of an output as rows, and what is missing, in words; `total` is its size in bytes."""
    head = text.strip("\n")
    shown = [line.rstrip() for line in head.split("\n", lines)[:lines]] if head else []
    rows = [Row(((role, line),), 0, verbatim=True) for line in shown]
    missing = head.count("\n") + 1 - len(shown) if head else 0
    if missing <= 0:
        return rows, ""
    return rows, f"{ellipsis} {missing:,} more {'line' if missing == 1 else 'lines'}, {size(total)} in all"
