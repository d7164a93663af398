"""Rows of a view: pieces of text with their roles, before anything is known of a screen's width. Pure."""

from msgspec import Struct

from observer.render.style import Glyphs, Role
from observer.render.units import size

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


def shortened(text: str, glyphs: Glyphs) -> str:
    """Return `text`, or its beginning and how much is missing.

    >>> shortened("abcdef", Glyphs(chars=4))
    'abcd… (2 more characters)'
    """
    if glyphs.chars is None or len(text) <= glyphs.chars:
        return text
    return f"{text[: glyphs.chars]}{glyphs.ellipsis} ({len(text) - glyphs.chars:,} more characters)"


def excerpt(text: str, *, kept: tuple[int, int] | None, total: int, role: Role, glyphs: Glyphs) -> list[Row]:
    """Return the first and the last lines of an output as rows, and between them what is missing, in words.

    `kept` says how many of each, None all of them; `total` is the output's size in bytes.
    """
    text = text.strip("\n")
    if not text:
        return []
    count = text.count("\n") + 1
    if kept is None or count <= sum(kept) + 1:  # instead of a line that says that one is missing, that one
        return [_verbatim(line, role, cut=kept is not None) for line in text.split("\n")]
    first, last = kept
    head, tail = text.split("\n", first)[:first], text.rsplit("\n", last)[1:]
    missing = f"{glyphs.ellipsis} {count - first - last:,} more lines, {size(total)} in all"
    return [
        *(_verbatim(line, role, cut=True) for line in head),
        Row(((Role.DIM, missing),)),
        *(_verbatim(line, role, cut=True) for line in tail),
    ]


def _verbatim(line: str, role: Role, *, cut: bool) -> Row:
    return Row(((role, line.rstrip()),), 0, verbatim=cut)
