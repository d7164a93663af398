"""A text that arrives in pieces: what of its end must wait, and what of its beginning still matters.

A secret may be cut between two pieces, so an end that may be the beginning of one waits for the next piece. What
stands in front of a secret, such as its name, is written at once and remembered.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from agent.runlog.redaction.listed_secrets import is_head

CONTEXT_CHARS = 1000
"""Characters before a secret that can tell what it is, such as its name or the command that it is an argument of."""
_MAX_TABLE_CHARS = 64 * 1024
"""Characters in front of a row in which the head of its table is looked for."""
_MUCH_CHARS = 256
_GROWTH = 0.5
"""Behind more characters that wait, the share of them that must be new."""
_SPACE = re.compile(r"\s|\Z")


class TextEnd(Enum):
    """What the end of a text is: more will follow, it is complete, or it was cut off."""

    OPEN = "open"
    COMPLETE = "complete"
    CUT_OFF = "cut off"


class Piece(NamedTuple):
    """A part of a text that can be written, redacted, and the offset in the text that it ends at."""

    text: str
    end: int


RedactPiece = Callable[[str, int, TextEnd], Piece]
"""Returns what can be written of a text behind an offset. What is in front of it is written already."""


class TextPieces:
    """Redacts a text of any length, and remembers no more of it than necessary."""

    def __init__(self, redact_piece: RedactPiece) -> None:
        self._redact_piece = redact_piece
        self._text = ""
        self._written = 0
        self._new: list[str] = []
        self._new_chars = 0

    def add(self, piece: str, end: TextEnd = TextEnd.OPEN) -> str:
        """Add a piece; return what can be written now, redacted."""
        self._new.append(piece)
        self._new_chars += len(piece)
        if end is TextEnd.OPEN and not is_worth_a_search(len(self._text) - self._written, self._new_chars):
            return ""
        text = "".join((self._text, *self._new))
        self._new, self._new_chars = [], 0
        ready, self._written = self._redact_piece(text, self._written, end)
        self._text, self._written = recent(text, self._written)
        return ready

    def end(self, end: TextEnd = TextEnd.COMPLETE) -> str:
        """Return what was held back, after the last piece."""
        return self.add("", end)

    @property
    def holds_back(self) -> bool:
        """Whether the end of the text waits."""
        return bool(self._new) or self._written < len(self._text)


def is_worth_a_search(waiting: int, new: int) -> bool:
    """Return whether to search a text again, of which `waiting` characters were held back before `new` ones came.

    While much waits, a few new ones do not matter: to search all of it for each of them would take quadratic time.
    """
    return waiting <= _MUCH_CHARS or new >= waiting * _GROWTH


def recent(text: str, start: int) -> tuple[str, int]:
    """Return what matters of `text` for secrets behind `start`, and where that offset is in it.

    Of a table that began earlier, the head is kept.
    """
    if start <= 2 * CONTEXT_CHARS:
        return text, start
    begin = text.rfind("\n", 0, start - CONTEXT_CHARS) + 1
    if start - begin > 2 * CONTEXT_CHARS:  # in a very long line
        word = _SPACE.search(text, start - 2 * CONTEXT_CHARS, start - CONTEXT_CHARS)
        begin = word.end() if word else start - CONTEXT_CHARS
        return text[begin:], start - begin
    head = _table_head(text, begin)
    return head + text[begin:], len(head) + start - begin


def _table_head(text: str, begin: int) -> str:
    """Return the first of the lines with as many separators as that at `begin`, if it has the name of a secret."""
    separator, count = _separators(text[begin : text.find("\n", begin)])
    head = ""
    end = begin
    while count and end and begin - end < _MAX_TABLE_CHARS:
        line_start = text.rfind("\n", 0, end - 1) + 1
        line = text[line_start:end]
        if line.count(separator) != count:
            break
        head, end = line, line_start
    return head if is_head(head) else ""


def _separators(row: str) -> tuple[str, int]:
    return next(((char, row.count(char)) for char in ",;\t|" if char in row), ("", 0))
