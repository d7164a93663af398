"""Joins a piece of a text with those before and after it in a block of lines, as far as they are nearby. Pure."""

from collections import deque
from collections.abc import Callable, Sequence

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.line_block import LineBlock
from observer.runs.filters.expressions import literal_expression
from observer.runs.filters.pattern import Pattern

_NEAR_BYTES = 64 * 1024
"""Bytes to the next piece of the same text in which it is looked for."""
_MAX_LINES = 16
"""Lines that are looked at in each direction."""


def may_match_nearby(pattern: Pattern, blocks: Sequence[LineBlock], piece: Event) -> bool:
    """Return whether a text may match that a piece is a part of, where the piece is; also if that cannot be told.

    The piece is in the last of some blocks, before which the text did not begin.
    """
    name = piece.text("message")
    if not name.isalnum() or not name.isascii():
        return True
    texts, block = deque([piece.words("text")]), blocks[-1]
    begins_before, ends_after = pattern.spreads(texts[0])
    if ends_after and not _walk(block.line_after, texts.append, piece, pattern.reach):
        return True
    if begins_before and not _walk(block.line_before, texts.appendleft, piece, pattern.reach):
        mention = literal_expression([f'{name}"'])
        if any(each.matches_before(piece.line, mention) for each in blocks):
            return True
    return pattern.may_match_text("".join(texts))


def _walk(
    step: Callable[[Line, bytes, int], Line | None], add: Callable[[str], None], piece: Event, reach: int
) -> bool:
    """Add the texts of the next pieces in one direction, of at least `reach` characters together, or up to the last.

    Returns whether there are that many, or whether it is certain that there are no more.
    """
    quoted = b'"%s"' % piece.text("message").encode()
    line: Line | None = piece.line
    for _ in range(_MAX_LINES):
        if reach <= 0:
            return True
        if line is None or (line := step(line, quoted, _NEAR_BYTES)) is None:
            return False
        event = decode(line)
        if not isinstance(event, Event):
            return False
        if _key(event) == _key(piece):
            text = event.words("text")
            add(text)
            reach -= len(text)
        elif event.type == "message" and event.parent == piece.parent and event.text("id") == piece.text("message"):
            return True
    return False


def _key(event: Event) -> tuple[str, str | None, str, float | None]:
    """Return what is the same in all pieces of a text."""
    return event.type, event.parent, event.text("message"), event.number("block")
