"""Rows as the lines of a screen: wrapped or truncated to its width, with a time at the right edge, behind a gutter."""

from collections.abc import Sequence

from observer.format.sanitize import is_clean
from observer.terminal.cells import cell_len, is_narrow
from observer.terminal.ellipsis import ellipsize, ellipsize_spans
from observer.terminal.row import Row, Span, cut_in_pipe
from observer.terminal.screen import Screen
from observer.terminal.theme import Role
from observer.terminal.wrap import TAIL_GAP, WordWrap

PIPE_RULE_WIDTH = 72
"""Cells of a rule when the output is a pipe."""
MAX_LINE_WIDTH = 120
"""Cells of a line of prose: longer ones are hard to read, however wide the screen."""
MIN_TEXT_WIDTH = 16
"""Cells left to the text, however deep the gutters are."""


class RowLines:
    """Turns blocks of rows, and rules, into the text that a screen shows."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._is_plain, self._shows_all = screen.is_plain, screen.can_show("é")
        self._paint = screen.paint

    def block(self, rows: Sequence[Row | str], gutter: str, cells: int, time: str) -> str:
        """Return the lines of a block, each behind `gutter`, which is `cells` wide; `time` ends the first row.

        On a plain screen a row may be its text alone.
        """
        if self._is_plain:
            return self._plain(gutter, [row if isinstance(row, str) else self._line(row) for row in rows], time)
        width = self._screen.width()
        lines: list[str] = []
        for row in (Row(((Role.PLAIN, row),)) if isinstance(row, str) else row for row in rows):
            if width is None:
                line = self._screen.paint_spans(self._spans(row))
                tail = _space(cells + self._cells(row), time) + self._paint(Role.DIM, time) if time else ""
                lines.append(f"{gutter}{line}{tail}\n")
            else:
                lines.append(self._wrapped(row, gutter, cells, width, time))
            time = ""
        return "".join(lines)

    def rule(self, title: str, time: str, role: Role) -> str:
        """Return a horizontal rule with a title and a time."""
        width = self._screen.width()
        room = PIPE_RULE_WIDTH if width is None else max(1, min(width, MAX_LINE_WIDTH) - 1)
        dash = self._screen.glyphs.rule
        head = ellipsize(f"{dash * 2} {self._screen.clean_line(title)} ", room, self._screen.glyphs.ellipsis)
        tail = f" {self._screen.clean_line(time)} {dash * 2}" if time else ""
        if cell_len(head + tail) > room:
            tail = ""
        return self._paint(role, head + dash * (room - cell_len(head + tail)) + tail) + "\n"

    def _line(self, row: Row) -> str:
        return "".join([text for _, text in self._spans(row)])

    def _plain(self, gutter: str, lines: list[str], time: str) -> str:
        """Return lines for a pipe without colours; they are sanitized together if nothing in them is to be escaped."""
        text = "\n".join(lines)
        narrow = is_narrow(text)
        is_safe = (narrow or is_clean(text)) and (self._shows_all or text.isascii())
        if not is_safe or text.count("\n") >= len(lines):
            lines = list(map(self._screen.clean_line, lines))
            text = "\n".join(lines)
        if time:
            first = lines[0]
            used = len(first) if narrow or is_narrow(first) else cell_len(first)
            text = f"{first}{_space(len(gutter) + used, time)}{time}{text[len(first) :]}"
        if gutter:
            text = gutter + text.replace("\n", f"\n{gutter}")
        return text + "\n"

    def _spans(self, row: Row) -> Sequence[Span]:
        """Return the spans of a row as they are written to a pipe, which has no width at which to truncate it."""
        if not row.truncate:
            return row.spans
        return [(role, cut_in_pipe(text, self._screen.glyphs)) for role, text in row.spans]

    def _cells(self, row: Row) -> int:
        """Return the width of a row in a pipe."""
        return sum([cell_len(self._screen.clean_line(text)) for _, text in self._spans(row)])

    def _wrapped(self, row: Row, gutter: str, gutter_cells: int, width: int, time: str) -> str:
        """Return a row of which a terminal may need several lines; one with a time is no wider than prose."""
        spans = [(role, self._screen.clean_line(text)) for role, text in row.spans]
        prefix, lead = self._paint_all(row.prefix), self._paint_all(row.lead)
        gutter_cells += sum([cell_len(text) for _, text in row.prefix])
        timed = min(width, MAX_LINE_WIDTH) - len(time) - TAIL_GAP
        tail = (Role.DIM, time) if time and timed - gutter_cells > MIN_TEXT_WIDTH else None
        width = min(width, MAX_LINE_WIDTH) if tail else width
        if row.truncate:
            room = (timed if tail else width) - 1 - gutter_cells
            spans = ellipsize_spans(spans, max(1, room), self._screen.glyphs.ellipsis)
        hang = row.hang if width - gutter_cells > MIN_TEXT_WIDTH else 0
        wrap = WordWrap(
            self._paint, width, gutter + prefix, gutter_cells, hang=hang, tail=tail, lead=lead and gutter + lead
        )
        text = wrap.feed_line(spans) or (gutter + (lead or prefix)).rstrip(" ")
        return text + (wrap.end() or "\n")

    def _paint_all(self, spans: Sequence[Span]) -> str:
        return "".join([self._paint(role, text) for role, text in spans])


def _space(used: int, time: str) -> str:
    """Return the spaces that align a time behind so many cells of a line in a pipe, unless the line is too long."""
    return " " * max(TAIL_GAP, PIPE_RULE_WIDTH - used - len(time))
