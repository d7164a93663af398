"""Texts of a run for a report: sanitized, and truncated in the middle with a note of how much is missing. Pure."""

from msgspec import Struct

from observer.format.sanitize import clean_line, clean_paragraph

LABEL_LENGTH = 60
"""Characters of a name that a run gave to something."""


class Text(Struct, array_like=True, omit_defaults=True):
    """A text with its label: all of it in `head`, or its beginning there and its end in `tail`.

    `omitted` is the number of bytes left out between the two, `line` the number of the line in the run file that has
    them.
    """

    label: str
    head: str
    line: int
    omitted: int = 0
    tail: str = ""

    @property
    def length(self) -> int:
        """The number of characters that are kept."""
        return len(self.head) + len(self.tail)

    def append(self, piece: str, limit: int) -> None:
        """Append a piece to the text and keep about `limit` characters."""
        if not self.omitted and len(self.head) + len(piece) <= limit and piece.isascii() and piece.isprintable():
            self.head += piece  # the usual case: a piece of streamed text
            return
        head_length, tail_length = _split(limit)
        if len(piece) > _tolerated(limit):  # sanitizing what is left out anyway would take long
            self._append(clean_paragraph(piece[:head_length]))
            self.omitted += _byte_length(self.tail) + _byte_length(piece[head_length:-tail_length])
            self.tail = clean_paragraph(piece[-tail_length:])
        else:
            self._append(clean_paragraph(piece))
        self.truncate(limit)

    def _append(self, piece: str) -> None:
        if self.omitted:
            self.tail += piece
        else:
            self.head += piece

    def truncate(self, limit: int) -> None:
        """Leave out the middle, so that about `limit` characters are kept."""
        if self.length <= _tolerated(limit):
            return
        head_length, tail_length = _split(limit)
        head, tail = (self.head, self.tail) if self.omitted else (self.head[:head_length], self.head[head_length:])
        kept = tail[max(0, len(tail) - tail_length) :]
        self.omitted += _byte_length(head[head_length:]) + _byte_length(tail[: len(tail) - len(kept)])
        self.head, self.tail = head[:head_length], kept


def truncate_text(label: str, text: str, line: int, limit: int) -> Text:
    """Return a text from line number `line` with about `limit` characters of it.

    >>> truncate_text("output", "abcdefghijklmnopqrst", 3, 9)
    Text(label='output', head='abcdef', line=3, omitted=11, tail='rst')
    """
    truncated = Text(truncate_line(label), "", line)
    truncated.append(text, limit)
    return truncated


def truncate_line(text: str, limit: int = LABEL_LENGTH) -> str:
    """Return a text on one line, with an ellipsis if it has more than `limit` characters.

    >>> truncate_line("one two three", 7)
    'one two…'
    """
    start = text[: limit + 1]
    return clean_line(start if len(start) <= limit else start[:limit] + "…")


def _split(limit: int) -> tuple[int, int]:
    """The number of characters to keep at the beginning and at the end."""
    return limit * 2 // 3, limit - limit * 2 // 3


def _tolerated(limit: int) -> int:
    """The length up to which a text is kept after all: leaving out a handful of characters is not worth it."""
    return limit + limit // 8


def _byte_length(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
