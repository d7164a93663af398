"""Rows of a view: pieces of text with their roles, before anything is known of a screen's width. Pure."""

from msgspec import Struct

from observer.format.units import format_size
from observer.terminal.theme import Glyphs, Role

Span = tuple[Role, str]


class Row(Struct, frozen=True):
    """One row. Too long for the screen, it is wrapped with `hang` cells before its further lines, or, when it is
    `verbatim`, cut off with the number of characters that are missing."""

    spans: tuple[Span, ...]
    hang: int = 2
    verbatim: bool = False


def row(*spans: Span, hang: int = 2) -> Row:
    """Return a row of the spans that have text."""
    return Row(tuple([span for span in spans if span[1]]), hang)


def shortened(text: str, glyphs: Glyphs) -> str:
    """Return `text`, or its beginning and how much is missing.

    >>> shortened("abcdef", Glyphs(chars=4))
    'abcd… (2 more characters)'
    """
    if glyphs.chars is None or len(text) <= glyphs.chars:
        return text
    return f"{text[: glyphs.chars]}{glyphs.ellipsis} ({len(text) - glyphs.chars:,} more characters)"


def excerpt(text: str, *, kept: tuple[int, int] | None, total: int, role: Role, glyphs: Glyphs) -> list[Span]:
    """Return the first and the last lines of an output, and between them, dim, what is missing, in words.

    `kept` says how many of each, None all of them; `total` is the output's size in bytes.
    """
    text = text.strip("\n")
    if not text:
        return []
    count = text.count("\n") + 1
    if kept is None or count <= sum(kept) + 1:  # instead of a line that says that one is missing, that one
        return [(role, line.rstrip()) for line in text.split("\n")]
    first, last = kept
    head, tail = _beginning(text, first), _ending(text, last)
    missing = f"{glyphs.ellipsis} {count - first - last:,} more lines, {format_size(total)} in all"
    return [(role, line.rstrip()) for line in head] + [(Role.DIM, missing)] + [(role, line.rstrip()) for line in tail]


def _beginning(text: str, count: int) -> list[str]:
    """The first lines of a text that has more; all others together are not even copied."""
    end = -1
    for _ in range(count):
        end = text.index("\n", end + 1)
    return text[:end].split("\n")


def _ending(text: str, count: int) -> list[str]:
    begin = len(text)
    for _ in range(count):
        begin = text.rindex("\n", 0, begin)
    return text[begin + 1 :].split("\n")
