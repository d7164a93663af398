"""Streaming word wrap: wraps text by display width while it arrives in pieces. Pure.

A piece is printed as soon as it arrives, even in the middle of a word. If the rest of the word does not fit on the
line, the part already printed is erased with backspaces and the whole word is printed on the next line.
"""

import re
from collections.abc import Sequence

from observer.terminal.cells import cell_len
from observer.terminal.ellipsis import fit
from observer.terminal.line_breaks import is_wide, line_parts, line_words
from observer.terminal.row import Span
from observer.terminal.theme import Paint, Role

_MARKER = re.compile(r" *(?:[-*+•]|[0-9]{1,3}[.)]) +")
TAIL_GAP = 2
"""Cells between a text and the tail of its line."""
_MAX_LINE_CHARS = 4096
"""Characters that are looked at for one line of a long word."""
_MARKER_CHARS = 12
"""Characters at the start of a line in which a list marker is looked for."""


class WordWrap:
    """Wraps text to a screen of `width` cells; None means a pipe, where lines may be of any length.

    Every line starts with `prefix`, which is `prefix_cells` wide; continuation lines are indented by `hang` more cells.
    The text must be sanitized already. The first line begins with `lead`, if there is one, which is as wide as
    `prefix`, and ends with `tail`, at the right edge; the text stays clear of the cells below it, too.
    """

    def __init__(
        self,
        paint: Paint,
        width: int | None,
        prefix: str = "",
        prefix_cells: int = 0,
        *,
        hang: int = 0,
        tail: Span | None = None,
        lead: str = "",
    ) -> None:
        self._paint = paint
        self._lead = lead
        # The last column stays empty: a terminal may wrap as soon as it is filled.
        self._max_column = None if width is None else max(1, hang + 1, width - 1 - prefix_cells)
        self._tail, self._tail_column = tail, self._max_column or 0
        if self._max_column is not None and tail is not None:
            self._tail_column = self._max_column - cell_len(tail[1])
            self._max_column = max(1, hang + 1, self._tail_column - TAIL_GAP)
        self._prefix = prefix
        self._min_hang = self._hang = hang
        self._line_start = ""  # to recognize a list item, whose continuation lines are aligned with its text
        self._column = 0
        self._word = ""  # the printed part of the word at the end of the line
        self._printed: list[Span] = []  # its pieces
        self._started = False

    def feed(self, text: str, role: str = Role.PLAIN) -> str:
        """Return the output for the next piece of text."""
        if "\n" not in text:
            return self._feed_line(text, role)
        first, *others = text.split("\n")
        parts = [self._feed_line(first, role)]
        for line in others:
            parts.append(self._newline())
            parts.append(self._feed_line(line, role))
        return "".join(parts)

    def feed_line(self, spans: Sequence[Span]) -> str:
        """Return the output for the next pieces of a line, which have no newlines."""
        return "".join([self._feed_line(text, role) for role, text in spans])

    def end(self) -> str:
        """Return the newline that ends the current line, or an empty string if no line was started."""
        return self._newline() if self._started else ""

    def _feed_line(self, text: str, role: str) -> str:
        if not text:
            return ""
        prefix = ""
        if not self._started:
            prefix = self._lead or self._prefix
            self._started, self._lead = True, ""
        max_column = self._max_column
        if max_column is None:
            return prefix + self._paint(role, text)
        if len(self._line_start) < _MARKER_CHARS:
            self._detect_marker(text, max_column)
        if self._column + len(text) <= max_column and text.isascii():
            self._column += len(text)
            space = text.rfind(" ")
            if space < 0:
                self._word += text
                self._printed.append((role, text))
            else:
                self._word = word = text[space + 1 :]
                self._printed = [(role, word)]
            return prefix + self._paint(role, text)
        output = self._wrap(text, role, max_column)
        self._printed.append((role, self._word[sum([len(piece) for _, piece in self._printed]) :]))
        return prefix + output

    def _begin_word(self, word: str) -> None:
        self._word, self._printed = word, []

    def _wrap(self, text: str, role: str, max_column: int) -> str:
        output: list[str] = []
        pending = ""  # text on the current line that is not painted yet
        for token in self._tokens(text, max_column - self._hang):
            cells = cell_len(token)
            if self._column + cells <= max_column:
                pending += token
                self._column += cells
                if token.isspace() or is_wide(token):
                    self._begin_word("")
                else:
                    self._word += token
                continue
            if token.isspace():
                output += [self._paint(role, pending), self._continue_below()]
                pending = ""
                self._begin_word("")
                continue
            pending = self._break_before(token, pending, role, max_column, output)
        output.append(self._paint(role, pending))
        return "".join(output)

    def _tokens(self, text: str, room: int) -> list[str]:
        """Return what stays together of a text, and the words of what would fit on no line."""
        tokens: list[str] = line_parts().findall(text)
        if max(map(len, tokens)) <= room:
            return tokens
        divide = line_words().findall
        return [part for token in tokens for part in (divide(token) if cell_len(token) > room else (token,))]

    def _break_before(self, token: str, pending: str, role: str, max_column: int, output: list[str]) -> str:
        """Break the line before a token that does not fit, or inside a token that fits on no line.

        Appends everything that precedes the current line to `output` and returns the text on that line.
        """
        if is_wide(token):
            self._begin_word("")  # a line may end before it
        full_word = self._word + token
        room = max_column - self._hang
        moves_word = 0 < cell_len(self._word) < self._column - self._hang and cell_len(full_word) <= room
        pending, erasure = self._take_word_back(pending) if moves_word else (pending, "")
        output += [self._paint(role, pending), erasure]
        starts_line = not self._word and self._column > self._hang and cell_len(token) <= room
        if moves_word or starts_line:
            output.append(self._continue_below())
        pending = token
        if moves_word:
            output += [self._paint(*piece) for piece in self._printed]
            earlier = "".join([piece for _, piece in self._printed])
            self._column += cell_len(earlier)
            pending = full_word[len(earlier) :]
        begin, cells = 0, cell_len(pending)
        while cells > (left := max_column - self._column):
            part = fit(pending[begin : begin + _MAX_LINE_CHARS], left)
            part_cells = cell_len(part)
            if self._column > self._hang and part_cells > left:
                part, part_cells = "", 0
            self._column += part_cells
            output += [self._paint(role, part), self._continue_below()]
            begin, cells = begin + len(part), cells - part_cells
        pending = pending[begin:]
        self._column += cells
        if moves_word:
            self._word = full_word
        else:
            self._begin_word("" if is_wide(token) else pending)
        return pending

    def _detect_marker(self, text: str, max_column: int) -> None:
        self._line_start += text[:_MARKER_CHARS]
        marker = _MARKER.match(self._line_start)
        if marker and 2 * marker.end() < max_column:
            self._hang = max(self._min_hang, marker.end())

    def _continue_below(self) -> str:
        tail = self._take_tail()
        self._column = self._hang
        return tail + "\n" + self._prefix + " " * self._hang

    def _take_tail(self) -> str:
        """Return what ends the current line, once: the tail at the right edge, with the spaces before it."""
        if self._tail is None:
            return ""
        (role, text), self._tail = self._tail, None
        return " " * (self._tail_column - self._column) + self._paint(role, text)

    def _take_word_back(self, pending: str) -> tuple[str, str]:
        """Remove the last word from `pending`, and return the rest and what erases its printed part."""
        rest = pending[: max(0, len(pending) - len(self._word))]
        printed = self._word[: max(0, len(self._word) - len(pending))]
        cells = cell_len(printed)
        return rest, "\b" * cells + " " * cells

    def _newline(self) -> str:
        prefix = ("" if self._started else self._prefix.rstrip(" ")) + self._take_tail()
        self._column, self._started = 0, False
        self._begin_word("")
        self._hang, self._line_start = self._min_hang, ""
        return prefix + "\n"


class PlainText:
    """Does what `WordWrap` does where lines may be of any length and have no colours: it only adds the prefix.

    What it is fed first may not begin with a newline, and nothing may end with one.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._started = False

    def feed(self, text: str, _role: str = Role.PLAIN) -> str:
        """Return the output for the next piece of text."""
        prefix = self._prefix
        if not prefix:
            return text
        if "\n" in text:
            first, *others = text.split("\n")
            text = "\n".join([first, *(prefix + line if line else prefix.rstrip(" ") for line in others)])
        started, self._started = self._started, True
        return text if started else prefix + text

    def end(self) -> str:
        """Return the newline that ends the current line."""
        return "\n"


def wrap_words(text: str, cells: int) -> list[str]:
    """Return a text in lines of at most so many cells.

    >>> wrap_words("2 of 3 failed after 1h 02m", 18)
    ['2 of 3 failed', 'after 1h 02m']
    """
    wrap = WordWrap(Paint(None), cells + 1)  # it leaves the last column empty
    return [line.rstrip(" ") for line in wrap.feed(text).split("\n")]
