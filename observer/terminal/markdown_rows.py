"""Blocks of text as rows of a terminal: the only place that knows how Markdown looks there. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from observer.runs.rows.highlight import IsLate, highlight_blocks
from observer.runs.rows.markdown_tree import markdown_blocks
from observer.runs.rows.row_types import Block, Code, Heading, Item, List, Paragraph, Quote, Rule, Table
from observer.runs.rows.row_types import Span as TreeSpan
from observer.terminal.cells import cell_len
from observer.terminal.row import Row, Span
from observer.terminal.table_rows import looks_of, table_rows
from observer.terminal.theme import Role, RowStyle

CODE_INDENT = 2
"""Cells before code."""
RULE_WIDTH = 40
"""Cells of a line between two parts of a text."""
MIN_WIDTH = 16
"""Cells that tables and lines are fitted to at least, however deep they stand in lists and quotes."""
_BLANK = Row((), 0)

Prefix = tuple[Span, ...]
"""What precedes each line of a block, a span for each list and quote that it is in."""


def markdown_rows(text: str, width: int, style: RowStyle, is_late: IsLate, base: str = Role.PLAIN) -> list[Row]:
    """Return a Markdown text as rows for a screen of `width` cells, in the role `base`.

    Once `is_late` returns true, the rest of the code stays without colours.
    """
    blocks = markdown_blocks(text)
    highlight_blocks(blocks, is_late)
    return block_rows(blocks, width, style, base)


def block_rows(blocks: Sequence[Block], width: int, style: RowStyle, base: str = Role.PLAIN) -> list[Row]:
    """Return blocks of a text as rows, a blank one between two blocks. Raises TypeError for any that is no text."""
    return _Blocks(width, style).rows(blocks, base, ())


class _Blocks:
    def __init__(self, width: int, style: RowStyle) -> None:
        self._width, self._style = width, style

    def rows(self, blocks: Sequence[Block], base: str, prefix: Prefix, *, spaced: bool = True) -> list[Row]:
        rows: list[Row] = []
        before: Block | None = None
        for block in blocks:
            if before is not None and (spaced or isinstance(before, Paragraph) is isinstance(block, Paragraph)):
                rows.append(replace(_BLANK, prefix=prefix))
            rows += self._block(block, base, prefix)
            before = block
        return rows

    def _block(self, block: Block, base: str, prefix: Prefix) -> list[Row]:
        style = self._style
        match block:
            case Paragraph():
                return [Row(line, 0, prefix=prefix) for line in _lines(block.spans, base)]
            case Heading():
                looks = f"{base} {Role.HEADING}" + (" underline" if block.level == 1 else "")
                return [Row(line, 0, prefix=prefix) for line in _lines(block.spans, looks)]
            case Code():
                return self._code(block, base, prefix)
            case Quote():
                return self.rows(block.blocks, base, (*prefix, (Role.QUOTE, f"{style.quote} ")))
            case List():
                return self._list(block, base, prefix)
            case Table():
                rows = table_rows(block, self._room(prefix), style, base)
                return [replace(row, prefix=prefix) for row in rows] if prefix else rows
            case Rule():
                return [Row(((Role.DIM, style.rule * min(RULE_WIDTH, self._room(prefix))),), 0, prefix=prefix)]
            case _:
                raise TypeError(f"{type(block).__name__} is no block of a text")

    def _room(self, prefix: Prefix) -> int:
        return max(MIN_WIDTH, self._width - sum(cell_len(text) for _, text in prefix))

    def _code(self, block: Code, base: str, prefix: Prefix) -> list[Row]:
        """Return code, which keeps its indentation where it wraps."""
        prefix = (*prefix, (base, " " * CODE_INDENT))
        rows: list[Row] = []
        for line in _lines(block.spans, base):
            text = "".join(text for _, text in line)
            hang = len(text) - len(text.lstrip(" ")) + CODE_INDENT
            rows.append(Row(line, min(hang, max(0, self._width // 3)), prefix=prefix, wide=True))
        return rows if block.spans else []

    def _list(self, block: List, base: str, prefix: Prefix) -> list[Row]:
        rows: list[Row] = []
        for number, item in enumerate(block.items):
            sign = self._style.bullet if block.start is None else f"{block.start + number}."
            rows += self._item(item, (Role.DIM, f"{sign} "), base, prefix)
        return rows

    def _item(self, item: Item, sign: Span, base: str, prefix: Prefix) -> list[Row]:
        if item.checked is not None:
            sign = (Role.GOOD, f"{self._style.done} ") if item.checked else (Role.DIM, f"{self._style.todo} ")
        indent: Span = (base, " " * cell_len(sign[1]))
        rows = self.rows(item.blocks, base, (*prefix, indent), spaced=False) or [Row((), 0, prefix=(*prefix, indent))]
        first, at = rows[0], len(prefix)
        # The sign stands in the place of the indentation; the signs of the lists within stand behind it already.
        lead = first.lead or first.prefix
        rows[0] = replace(first, lead=(*lead[:at], sign, *lead[at + 1 :]))
        return rows


def _lines(spans: Sequence[TreeSpan], base: str) -> list[tuple[Span, ...]]:
    """Return the lines of some spans, without empty ones."""
    lines: list[list[Span]] = [[]]
    for span in spans:
        role, text = looks_of(base, span)
        if "\n" in text:
            first, *others = text.split("\n")
            lines[-1].append((role, first))
            lines += [[(role, other)] for other in others]
        else:
            lines[-1].append((role, text))
    return [tuple([span for span in line if span[1]]) for line in lines]
