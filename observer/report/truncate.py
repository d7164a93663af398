"""Texts of the page: made clean, and the long ones shortened, saying by how much. Pure."""

from msgspec import Struct

from observer.format.sanitize import clean_line, clean_paragraph

LABEL = 60
"""Characters of a name that a run gave to something."""


class Text(Struct, array_like=True, omit_defaults=True):
    """A text of the run with its label: all of it in `head`, or its beginning there and its end in `tail`.

    `left` is how many bytes between the two are left out, `line` the number of the line in the run file that has them.
    """

    label: str
    head: str
    line: int
    left: int = 0
    tail: str = ""

    @property
    def length(self) -> int:
        """How many characters are kept."""
        return len(self.head) + len(self.tail)

    def add(self, more: str, most: int) -> None:
        """Put more text behind, and keep about `most` characters."""
        if not self.left and len(self.head) + len(more) <= most and more.isascii() and more.isprintable():
            self.head += more  # the usual case: a piece of a text that a model says
            return
        ahead, behind = _parts(most)
        if len(more) > _slack(most):  # to clean what is left out anyway would take long
            self._add(clean_paragraph(more[:ahead]))
            self.left += _bytes(self.tail) + _bytes(more[ahead:-behind])
            self.tail = clean_paragraph(more[-behind:])
        else:
            self._add(clean_paragraph(more))
        self.shorten(most)

    def _add(self, more: str) -> None:
        if self.left:
            self.tail += more
        else:
            self.head += more

    def shorten(self, most: int) -> None:
        """Leave out the middle, so that about `most` characters stay."""
        if self.length <= _slack(most):
            return
        ahead, behind = _parts(most)
        head, tail = (self.head, self.tail) if self.left else (self.head[:ahead], self.head[ahead:])
        kept = tail[max(0, len(tail) - behind) :]
        self.left += _bytes(head[ahead:]) + _bytes(tail[: len(tail) - len(kept)])
        self.head, self.tail = head[:ahead], kept


def text(label: str, whole: str, line: int, most: int) -> Text:
    """Return a text from line number `line`, about `most` characters of it.

    >>> text("output", "abcdefghijklmnopqrst", 3, 9)
    Text(label='output', head='abcdef', line=3, left=11, tail='rst')
    """
    found = Text(brief(label), "", line)
    found.add(whole, most)
    return found


def brief(line: str, most: int = LABEL) -> str:
    """Return a text on one line, with an ellipsis where it is cut off.

    >>> brief("one two three", 7)
    'one two…'
    """
    cut = line[: most + 1]
    return clean_line(cut if len(cut) <= most else cut[:most] + "…")


def _parts(most: int) -> tuple[int, int]:
    """How many characters stay of the beginning and of the end."""
    return most * 2 // 3, most - most * 2 // 3


def _slack(most: int) -> int:
    """How long a text may be after all: to leave out a handful of characters would only annoy."""
    return most + most // 8


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
