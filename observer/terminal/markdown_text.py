"""A paragraph of the pretty view on a terminal, drawn as Markdown: `WordWrap` for texts that are more than words."""

import time
from collections.abc import Callable, Sequence

from observer.terminal.cells import cell_len, is_narrow
from observer.terminal.markdown_rows import markdown_rows
from observer.terminal.markdown_stream import MarkdownStream, NewRows
from observer.terminal.row import Row, Span
from observer.terminal.screen import Screen
from observer.terminal.theme import Role
from observer.terminal.wrap import WordWrap

MAX_HIGHLIGHT_S = 0.05
"""Seconds for the colours of the code in one piece of text."""
HIGHLIGHT_SHARE = 0.2
"""Share of the time of a view that is spent on colours of code."""


class HighlightTime:
    """Limits the time in which code is given its colours; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun, self._spent = clock(), 0.0

    def rows(self, render: Callable[[Callable[[], bool]], list[Row]]) -> list[Row]:
        """Return what `render` does, which is told when the colours have taken too long.

        Their time is that from the first time that it asks to the last one: the rest of its work is not limited.
        """
        asked: list[float] = []

        def is_late() -> bool:
            now = self._clock()
            if not asked:
                asked.append(now)
            asked[1:] = [now]
            return now > asked[0] + self._allowed(asked[0])

        rows = render(is_late)
        if asked:
            self._spent += asked[-1] - asked[0]
        return rows

    def _allowed(self, now: float) -> float:
        return min(MAX_HIGHLIGHT_S, MAX_HIGHLIGHT_S + HIGHLIGHT_SHARE * (now - self._begun) - self._spent)


class MarkdownText:
    """Draws the pieces of one paragraph; each of its lines begins with `gutter`, which is `cells` wide.

    Prose is at most `max_width` cells wide. What it is fed is drawn by `take`, as far as it can be.
    """

    def __init__(
        self, screen: Screen, gutter: str, cells: int, role: Role, max_width: int, highlight: HighlightTime
    ) -> None:
        self._screen, self._gutter, self._cells, self._role = screen, gutter, cells, role
        self._max_width = max_width
        self._highlight = highlight
        self._stream = MarkdownStream(self._rows)
        self._pieces: list[str] = []
        self._signs: list[tuple[str, str]] = []
        self._wrap: WordWrap | None = None
        self._empty_line = ""
        """The line that was begun, if nothing is written on it."""

    def add_sign(self, role: str, text: str) -> None:
        """Put a sign before the text."""
        self._signs.append((role, text))

    def feed(self, text: str, _role: str = Role.PLAIN) -> str:
        """Take the next piece; the output comes with `take`."""
        self._pieces.append(text)
        return ""

    def take(self) -> str:
        """Return the output for what can be shown of the pieces."""
        text = self._take_pieces()
        return self._draw(self._stream.feed(text)) if text else ""

    def settle(self) -> str:
        """Return the output for all pieces; the text may go on all the same."""
        return self._draw(self._stream.finish(self._take_pieces()))

    def end(self) -> str:
        """Return the rest, with the newline that ends the last line."""
        return self.settle() + self._end_line()

    def _take_pieces(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        return text

    def _rows(self, text: str) -> list[Row]:
        width = (self._screen.width() or self._max_width) - 1 - self._cells
        return self._highlight.rows(
            lambda is_late: markdown_rows(text, width, self._screen.glyphs, is_late, self._role)
        )

    def _draw(self, new: NewRows) -> str:
        output: list[str] = []
        if new.continued:
            output.append(self._feed(new.continued))
        width = self._screen.width()
        for row in new.rows[:-1]:
            if (line := self._short_line(row, width)) is not None:
                output += [self._end_line(), line]
                self._wrap = None
            else:
                output += [self._end_line(), self._begin(row, width)]
        if new.rows:
            output += [self._end_line(), self._begin(new.rows[-1], width)]
        return "".join(output)

    def _short_line(self, row: Row, width: int | None) -> str | None:
        """Return the line of a row to which nothing will be added, if it certainly needs no other and no cleaning."""
        prefix = row.lead or row.prefix
        text = "".join([text for _, text in row.spans])
        cells = (
            self._cells + sum([cell_len(text) for _, text in prefix]) + len(text) if prefix else self._cells + len(text)
        )
        is_safe = (text.isascii() and text.isprintable()) or (is_narrow(text) and self._screen.can_show(text))
        if self._signs or not is_safe:
            return None
        if not text:
            return (self._gutter + self._paint(prefix)).rstrip(" ") + "\n"
        if width is not None and cells >= (width if row.wide else min(width, self._max_width)):
            return None
        return f"{self._gutter}{self._paint(prefix)}{self._paint(row.spans)}\n"

    def _begin(self, row: Row, width: int | None) -> str:
        if width is not None and not row.wide:
            width = min(width, self._max_width)
        prefix, lead = self._paint(row.prefix), self._paint(row.lead)
        cells = self._cells + sum([cell_len(text) for _, text in row.prefix])
        self._wrap = WordWrap(
            self._screen.paint, width, self._gutter + prefix, cells, hang=row.hang, lead=lead and self._gutter + lead
        )
        signs, self._signs = self._signs, []
        self._empty_line = (self._gutter + (lead or prefix)).rstrip(" ") + "\n"
        return self._feed([*signs, *row.spans])

    def _feed(self, spans: Sequence[Span]) -> str:
        if self._wrap is None:
            return self._begin(Row(tuple(spans), 0), self._screen.width())
        text = "".join([text for _, text in spans])
        if not (text.isascii() and text.isprintable()):
            spans = [(role, self._screen.clean_line(text)) for role, text in spans]
        return self._wrap.feed_line(spans)

    def _paint(self, spans: Sequence[Span]) -> str:
        paint = self._screen.paint
        return "".join([paint(role, text) for role, text in spans])

    def _end_line(self) -> str:
        line = (self._wrap.end() if self._wrap is not None else "") or self._empty_line
        self._empty_line = ""
        return line
