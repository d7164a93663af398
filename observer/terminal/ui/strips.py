"""Rows as the lines of a full screen: laid out as in every view of the terminal, and cut into the cells of a widget."""

import re
from collections.abc import Sequence

from rich.ansi import AnsiDecoder
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from observer.runs.filters.pattern import Pattern
from observer.terminal.cells import cell_len
from observer.terminal.row import Row
from observer.terminal.row_lines import RowLines
from observer.terminal.screen import Screen

BLANK = Strip([])
_NO_STYLE = Style()
_HIT = Style(reverse=True)
_SEQUENCES = re.compile(r"(\x1b\[[\d;]*m|\x08+ *)")


class StripPainter:
    """Turns rows, and text with escape sequences for colours, into strips."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._width, self._lines = 0, RowLines(screen)

    def strips(
        self, rows: Sequence[Row], width: int, *, gutter: str = "", cells: int = 0, time: str = ""
    ) -> list[Strip]:
        """Return the lines of some rows, each behind a `gutter` of so many cells; `time` ends the first one."""
        if not rows:
            return []
        if width != self._width:
            self._width, self._lines = width, RowLines(self.screen.with_width(lambda: width + 1))
        return strips_of(self._lines.block(rows, gutter, cells, time))


def strips_of(text: str) -> list[Strip]:
    """Return the lines of a text with escape sequences for colours; text that is erased again is left out."""
    decoder = AnsiDecoder()
    return [_strip(line, decoder) for line in text.removesuffix("\n").split("\n")]


def _strip(line: str, decoder: AnsiDecoder) -> Strip:
    if "\b" in line:
        line = _without_erased(line)
    if "\x1b" not in line:
        return Strip([Segment(line, _NO_STYLE)]) if line else BLANK
    decoded = decoder.decode_line(line)
    segments: list[Segment] = []
    at, plain = 0, decoded.plain
    for span in decoded.spans:
        style = Style.parse(span.style) if isinstance(span.style, str) else span.style
        if at < span.start:
            segments.append(Segment(plain[at : span.start], _NO_STYLE))
        segments.append(Segment(plain[span.start : span.end], style))
        at = span.end
    if at < len(plain):
        segments.append(Segment(plain[at:], _NO_STYLE))
    return Strip(segments)


def with_hits(strip: Strip, pattern: Pattern) -> Strip:
    """Return a line in which each match of a pattern is shown in reverse."""
    text, at, cuts = strip.text, 0, list[int]()
    while at < len(text) and (span := pattern.span(text[at:])) is not None and span[1] > span[0]:
        cuts += [strip.index_to_cell_position(at + span[0]), strip.index_to_cell_position(at + span[1])]
        at += span[1]
    if not cuts:
        return strip
    parts = strip.divide([*cuts, strip.cell_length])
    return Strip.join([part.apply_style(_HIT) if number % 2 else part for number, part in enumerate(parts)])


def _without_erased(line: str) -> str:
    r"""Return a line without the cells that it takes back: one for each `\b`, and the blanks that follow."""
    parts: list[str] = []
    for part in _SEQUENCES.split(line):
        erased = part.count("\b")
        if not erased:
            parts.append(part)
            continue
        for index in range(len(parts) - 1, -1, -1):
            while erased > 0 and parts[index] and not parts[index].startswith("\x1b"):
                erased -= cell_len(parts[index][-1])
                parts[index] = parts[index][:-1]
    return "".join(parts)
