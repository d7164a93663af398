"""The page of `observe compare`: two runs beside each other. Pure.

What does not fit into a column of its own is shown below its label, the first run's before the second's.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from observer.format.glyphs import UNICODE
from observer.runs.comparison.comparison_table import Cell, ComparisonTable, TableSection
from observer.runs.summary.panel import Look
from observer.terminal.cells import cell_len
from observer.terminal.row import Span
from observer.terminal.screen import Screen
from observer.terminal.theme import Paint, Role
from observer.terminal.wrap import WordWrap

_ROLES = {
    Look.PLAIN: Role.PLAIN, Look.DIM: Role.DIM, Look.STRONG: Role.TOOL, Look.CODE: Role.PLAIN, Look.GOOD: Role.GOOD,
    Look.BAD: Role.BAD, Look.WARNING: Role.WARNING, Look.BLOCKED: Role.BLOCKED,
}  # fmt: skip
_MAX_LABEL, _MIN_LABEL = 28, 10
"""Cells of the column of labels."""
_WIDE_COLUMN = 30
"""Cells of a run's column in which longer texts are wrapped; if it has fewer, they are shown below their label."""
_PIPE_COLUMN = 44
"""The same where no width limits a line, and nothing is wrapped."""
_GAP = 2
_SIGNS = {"good": UNICODE.good, "bad": UNICODE.bad, "ellipsis": UNICODE.ellipsis, "dot": UNICODE.dot}
"""The signs of a table that a screen may not have."""


class _Columns:
    """Draws on a screen with a column of labels and one for each run."""

    def __init__(self, screen: Screen, labels: Sequence[str]) -> None:
        self._screen = screen
        self._plain = Paint(None)
        width = screen.width()
        limit = _MAX_LABEL if width is None else min(_MAX_LABEL, width // 4)
        longest = max((cell_len(screen.clean_line(label)) for label in labels), default=0)
        self.label = min(max(_MIN_LABEL, longest), max(_MIN_LABEL, limit))
        self.run = _PIPE_COLUMN if width is None else max(1, (width - 1 - 2 - self.label - 2 * _GAP) // 2)
        self._width = width

    def row(self, label: Sequence[Span], first: Sequence[Span], second: Sequence[Span]) -> Iterator[str]:
        """Yield the lines of a row."""
        if self.fits(first, second):
            cells = self._wrap(label, self.label), self._wrap(first, self.run), self._wrap(second, self.run)
            for parts in zip_longest(*cells, fillvalue=("", "")):
                padded = [
                    painted + " " * (width + _GAP - cell_len(plain))
                    for (painted, plain), width in zip(parts, (self.label, self.run, self.run), strict=True)
                ]
                yield f"  {''.join(padded)}".rstrip()
            return
        room = None if self._width is None else self._width - 6
        yield from (f"  {painted}" for painted, _ in self._wrap(label, room))
        for number, spans in (("1", first), ("2", second)):
            for index, (painted, _) in enumerate(self._wrap(spans, room)):
                yield f"  {self._screen.paint(Role.DIM, number) if not index else ' '} {painted}"

    def fits(self, *cells: Sequence[Span]) -> bool:
        """Return whether cells stand beside each other, each in its column."""
        return all(map(self._fits, cells))

    def _fits(self, spans: Sequence[Span]) -> bool:
        is_wrapped = self._width is not None and self.run >= _WIDE_COLUMN
        return is_wrapped or sum(cell_len(self._screen.clean_line(text)) + 1 for _, text in spans) <= self.run

    def _wrap(self, spans: Sequence[Span], width: int | None) -> list[tuple[str, str]]:
        """Return the lines of a cell: each in its colours, and without."""
        limit = None if width is None else width + 1  # it leaves the last column empty
        painted, plain = WordWrap(self._screen.paint, limit), WordWrap(self._plain, limit)
        texts = [(role, self._screen.clean_line(text)) for role, text in spans]
        fed = [(role, text if index == len(texts) - 1 else f"{text} ") for index, (role, text) in enumerate(texts)]
        lines = ["".join(wrap.feed(text, role) for role, text in fed).split("\n") for wrap in (painted, plain)]
        return list(zip(lines[0], [line.rstrip() for line in lines[1]], strict=True))


def comparison_lines(table: ComparisonTable, screen: Screen) -> list[str]:
    """Return the lines of the page."""
    labels = [row.label for section in table.sections for row in section.rows]
    columns = _Columns(screen, labels)
    names = [[(Role.DIM, number), (Role.STRONG, name)] for number, name in zip("12", table.names, strict=True)]
    if not columns.fits(*names):  # below their label, they are numbered anyway
        names = [spans[1:] for spans in names]
    lines = list(columns.row([(Role.LABEL, "run")], *names))
    for section in table.sections:
        lines += ["", *_section(section, columns, screen)]
    return lines


def _section(section: TableSection, columns: _Columns, screen: Screen) -> Iterator[str]:
    yield screen.paint(Role.LABEL, screen.clean_line(section.title))
    if section.note:
        wrap = WordWrap(screen.paint, screen.width(), "  ", 2)
        yield from wrap.feed(screen.clean_line(section.note), Role.DIM).split("\n")
    for row in section.rows:
        yield from columns.row([(Role.PLAIN, row.label)], *(_spans(cell, screen) for cell in row.cells))


def _spans(cell: Cell, screen: Screen) -> list[Span]:
    glyphs = screen.glyphs
    signs = str.maketrans({sign: getattr(glyphs, name) for name, sign in _SIGNS.items()})
    return [(_ROLES[look], text.translate(signs)) for text, look in cell]
