"""Tables fitted to a width: cells wrap between words, and a number stays beside its unit. Pure."""

import re
from collections.abc import Sequence

from msgspec import Struct

from observer.runs.rows.row_types import Span as TreeSpan
from observer.runs.rows.row_types import Table
from observer.terminal.cells import cell_len
from observer.terminal.row import Row, Span
from observer.terminal.theme import Role, RowStyle

GAP = 3
"""Cells between two columns."""
_WORD = re.compile(r"[ \n]+|(?:[^ \n]|(?<=\d) (?=[A-Za-zµ°%$€]{1,3}(?![A-Za-z])))+")
"""A word, with the unit that follows it if it ends in a digit; or what is between two words."""


class _Cell(Struct, gc=False):
    """The words of a cell, each in pieces; the cells that each takes; and whether a new line begins before it."""

    words: list[list[Span]]
    lengths: list[int]
    breaks: list[bool]

    @property
    def longest(self) -> int:
        return max(self.lengths, default=0)

    @property
    def natural(self) -> int:
        """The width at which nothing wraps."""
        widest = length = 0
        for cells, begins in zip(self.lengths, self.breaks, strict=True):
            length = cells if begins else length + cells + 1
            widest = max(widest, length)
        return widest


def looks_of(base: str, span: TreeSpan) -> Span:
    """Return a span of a row of the tree as one of a screen, in the role `base`."""
    return (base, span) if isinstance(span, str) else (f"{base} {span[1]}" if span[1] else base, span[0])


def table_rows(table: Table, width: int, style: RowStyle, base: str = Role.PLAIN) -> list[Row]:
    """Return the rows of a table, which are less than `width` cells wide; where its words need more, a list of cells.

    The head is the first row, and a line below it the second.
    """
    count = max([len(table.head), *map(len, table.rows)], default=0)
    if not count:
        return []
    lines = [
        [_cell(looks, row[column] if column < len(row) else []) for column in range(count)]
        for looks, row in [(f"{base} strong", table.head), *((base, row) for row in table.rows)]
    ]
    room = width - GAP * (count - 1)
    widths = _fit([[line[column] for line in lines] for column in range(count)], room)
    if widths is None:
        return _stacked(table, base)
    align = [*table.align, *[""] * count]
    bar: Span = (Role.DIM, f" {style.gutter} ")
    dash = style.rule
    below: Span = (Role.DIM, f"{dash}{style.cross}{dash}".join(dash * one for one in widths))
    rows = [_laid_out(line, widths, align, bar) for line in lines]
    return [*rows[0], _row([below]), *(row for body in rows[1:] for row in body)]


def _cell(base: str, spans: Sequence[TreeSpan]) -> _Cell:
    pieces = [looks_of(base, span) for span in spans]
    full = "".join([text for _, text in pieces])
    text = full.strip()
    if len(pieces) == 1 and text and " " not in text and "\n" not in text:  # as most are
        return _Cell([[(pieces[0][0], text)]], [cell_len(text)], [True])
    at = len(full) - len(full.lstrip())
    cell = _Cell([], [], [])
    begins = True
    for match in _WORD.finditer(text):
        word = match[0]
        if word[0] in " \n":
            begins = "\n" in word
            continue
        cell.words.append(cut(pieces, at + match.start(), at + match.end()))
        cell.lengths.append(cell_len(word))
        cell.breaks.append(begins)
        begins = False
    return cell


def cut(spans: Sequence[Span], begin: int, end: int | None = None) -> list[Span]:
    """Return the part of some spans between two positions in their text.

    >>> cut([("plain", "ab"), ("code", "cde")], 1, 3)
    [('plain', 'b'), ('code', 'c')]
    """
    parts: list[Span] = []
    at = 0
    for role, text in spans:
        part = text[max(0, begin - at) : None if end is None else max(0, end - at)]
        if part:
            parts.append((role, part))
        at += len(text)
    return parts


def _fit(columns: list[list[_Cell]], room: int) -> list[int] | None:
    """Return the widths of columns, which share the room beyond their longest words by need; None if there is none."""
    least = [max(1, *(cell.longest for cell in column)) for column in columns]
    natural = [max(1, *(cell.natural for cell in column)) for column in columns]
    if sum(natural) <= room:
        return natural
    spare = room - sum(least)
    if spare < 0:
        return None
    wanted = [most - few for most, few in zip(natural, least, strict=True)]
    widths = [few + spare * want // sum(wanted) for few, want in zip(least, wanted, strict=True)]
    return [min(each, most) for each, most in zip(widths, natural, strict=True)]


def _laid_out(cells: list[_Cell], widths: list[int], align: list[str], bar: Span) -> list[Row]:
    """Return the rows of one line of a table."""
    wrapped = [_wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    rows: list[Row] = []
    for number in range(max(1, *map(len, wrapped))):
        spans: list[Span] = []
        for column, (lines, width) in enumerate(zip(wrapped, widths, strict=True)):
            words, used = lines[number] if number < len(lines) else ([], 0)
            before = {"right": width - used, "center": (width - used) // 2}.get(align[column], 0)
            spans += [bar] if column else []
            spans += [(Role.PLAIN, " " * before), *words, (Role.PLAIN, " " * (width - used - before))]
        rows.append(_row(spans))
    return rows


def _wrapped(cell: _Cell, width: int) -> list[tuple[list[Span], int]]:
    """Return the lines of a cell, each with the cells that it takes."""
    lines: list[tuple[list[Span], int]] = []
    for word, length, begins in zip(cell.words, cell.lengths, cell.breaks, strict=True):
        if not begins and lines and lines[-1][1] + 1 + length <= width:
            words, used = lines[-1]
            space = words[-1][0] if words[-1][0] == word[0][0] else Role.PLAIN
            lines[-1] = [*words, (space, " "), *word], used + 1 + length
        else:
            lines.append((word, length))
    return lines


def _stacked(table: Table, base: str) -> list[Row]:
    """Return a table as a list: each cell on lines of its own behind the name of its column."""
    rows: list[Row] = []
    for number, cells in enumerate(table.rows or [table.head]):
        rows += [Row(())] if number else []
        for column, cell in enumerate(cells):
            name = table.head[column] if table.rows and column < len(table.head) else []
            head = [looks_of(f"{base} strong", span) for span in name]
            lead = [*head, (base, ": ")] if head else []
            rows.append(Row(tuple(_on_one_line([*lead, *(looks_of(base, span) for span in cell)])), 2))
    return rows


def _on_one_line(spans: list[Span]) -> list[Span]:
    return [(role, text.replace("\n", " ")) for role, text in spans]


def _row(spans: list[Span]) -> Row:
    while spans and not spans[-1][1].strip(" "):
        spans.pop()
    if spans:
        spans[-1] = spans[-1][0], spans[-1][1].rstrip(" ")
    return Row(tuple([span for span in spans if span[1]]), 0, wide=True)
