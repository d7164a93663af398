"""Blocks of any row as rows of a screen: texts as Markdown, outputs, changed lines, JSON, things to do. Pure."""

from collections.abc import Sequence

from observer.runs.rows.row_types import Block, Diff, Field, Image, Json, Node, Note, Output, Todo, Tone
from observer.runs.rows.row_types import Span as TreeSpan
from observer.terminal.markdown_rows import block_rows as text_rows
from observer.terminal.row import Row, Span
from observer.terminal.table_rows import looks_of
from observer.terminal.theme import Role, RowStyle

TONES = {
    Tone.PLAIN: Role.PLAIN, Tone.GOOD: Role.GOOD, Tone.BAD: Role.BAD, Tone.WARNING: Role.WARNING,
    Tone.BLOCKED: Role.BLOCKED, Tone.DIM: Role.DIM, Tone.RUNNING: Role.TOOL,
}  # fmt: skip
"""The role of each way in which something is to be taken."""
_SIGNS = {"+": Role.ADDED, "-": Role.REMOVED, "@": Role.DIM}
_TIME = "time"

Prefix = tuple[Span, ...]


def blocks_as_rows(blocks: Sequence[Block], width: int, style: RowStyle, prefix: Prefix = ()) -> list[Row]:
    """Return blocks as rows for a screen of `width` cells, each behind the `prefix`."""
    return [row for block in blocks for row in _rows(block, width, style, prefix)]


def spans_of(spans: Sequence[TreeSpan], style: RowStyle, base: str = Role.PLAIN) -> list[Span]:
    """Return spans of a row as those of a screen, with times in the zone of the screen."""
    return [looks_of(base, _in_zone(span, style)) for span in spans]


def lines_of(spans: Sequence[TreeSpan], style: RowStyle, base: str) -> list[tuple[Span, ...]]:
    """Return the lines that spans with newlines make."""
    lines: list[list[Span]] = [[]]
    for role, text in spans_of(spans, style, base):
        first, *others = text.expandtabs().split("\n")
        lines[-1].append((role, first))
        lines += [[(role, other)] for other in others]
    return [tuple(span for span in line if span[1]) for line in lines]


def _in_zone(span: TreeSpan, style: RowStyle) -> TreeSpan:
    if isinstance(span, str) or len(span) < 3 or _TIME not in span[1].split():  # noqa: PLR2004 - a span with a value
        return span
    return style.zone.date_time(int(span[2]) / 1000), span[1]


def _rows(block: Block, width: int, style: RowStyle, prefix: Prefix) -> list[Row]:
    match block:
        case Output():
            return _output(block, style, prefix)
        case Diff():
            return _diff(block, style, prefix)
        case Json():
            return [*_node(block.node, prefix, 0), *_note(block.note, style, prefix)]
        case Image():
            return [Row(((Role.LINK, block.words),), prefix=prefix)]
        case Todo():
            return [_todo(state, sign, text, prefix) for state, sign, text in block.items]
        case Field():
            return _field(block, width, style, prefix)
        case Note():
            return [Row(line, prefix=prefix) for line in lines_of(block.spans, style, TONES[block.tone])]
        case _:
            used = sum(len(text) for _, text in prefix)
            return [_behind(row, prefix) for row in text_rows([block], max(1, width - used), style)]


def _behind(row: Row, prefix: Prefix) -> Row:
    lead = (*prefix, *row.lead) if row.lead else ()
    return Row(row.spans, row.hang, row.truncate, (*prefix, *row.prefix), lead, row.wide)


def _output(block: Output, style: RowStyle, prefix: Prefix) -> list[Row]:
    rows = [Row(line, 0, prefix=prefix, wide=True) for line in lines_of(block.spans, style, Role.OUTPUT)]
    rows += _note(block.note, style, prefix)
    if block.tail:
        rows += [Row(line, 0, prefix=prefix, wide=True) for line in lines_of(block.tail, style, Role.OUTPUT)]
    return rows


def _diff(block: Diff, style: RowStyle, prefix: Prefix) -> list[Row]:
    rows = [
        Row(((_SIGNS.get(sign, Role.DIM), f"{sign} {line.expandtabs()}"),), 2, prefix=prefix, wide=True)
        for sign, lines in block.parts
        for line in lines
    ]
    return [*rows, *_note(block.note, style, prefix)]


def _note(text: str, style: RowStyle, prefix: Prefix) -> list[Row]:
    rest = f" ({style.rest})" if style.rest else ""
    return [Row(((Role.DIM, f"{text}{rest}"),), prefix=prefix)] if text else []


def _node(node: Node, prefix: Prefix, depth: int) -> list[Row]:
    key = (Role.NAME, f"{node.key}: ") if node.key else (Role.DIM, "")
    text = looks_of(Role.PLAIN, (node.text, node.look) if node.look else node.text)
    indented = (*prefix, (Role.PLAIN, "  " * depth))
    lines = text[1].split("\n")
    rows = [Row((key, (text[0], lines[0])), prefix=indented)]
    rows += [Row(((text[0], line),), prefix=(*indented, (Role.PLAIN, "  "))) for line in lines[1:]]
    return [*rows, *(row for child in node.children for row in _node(child, prefix, depth + 1))]


def _todo(state: str, sign: str, text: str, prefix: Prefix) -> Row:
    role = Role.GOOD if state == "completed" else Role.STRONG if state == "in_progress" else Role.PLAIN
    return Row(((role, f"{sign} "), (role, text)), 2, prefix=prefix)


def _field(block: Field, width: int, style: RowStyle, prefix: Prefix) -> list[Row]:
    """Return a field: on one line if its value needs no more."""
    rows = blocks_as_rows(block.blocks, max(1, width - 2), style)
    name = (Role.NAME, f"{block.name}: ")
    if len(rows) == 1 and not rows[0].lead:
        return [Row((name, *rows[0].spans), prefix=prefix)]
    return [Row((name,), prefix=prefix), *(_behind(row, (*prefix, (Role.PLAIN, "  "))) for row in rows)]
