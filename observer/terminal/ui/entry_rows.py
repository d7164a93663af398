"""Entries of a log as rows of a screen: in one line, or with what belongs to it below. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from observer.runs.rows.highlight import IsLate, highlight_blocks
from observer.runs.rows.row_types import Row as EventRow
from observer.runs.rows.row_types import Span as TreeSpan
from observer.runs.rows.row_types import Tone, text_of
from observer.terminal.markdown_rows import markdown_rows
from observer.terminal.row import Row, Span
from observer.terminal.run_end import SAYS_NOTHING
from observer.terminal.theme import Role, RowStyle
from observer.terminal.ui.block_rows import TONES, blocks_as_rows, lines_of, spans_of
from observer.terminal.ui.entries import Entry

INDENT = 2
"""Cells before what is below the first line of an entry."""
_ENDS = frozenset({"session_end", "complete"})
"""Kinds whose titles say how it ended."""
_SAYING = _ENDS | {"run_start", "session_start", "api_retry", "rate_limit", "compaction", "info"}
"""Kinds whose titles say what it is."""
_REST = "Enter"
"""The key that shows what is left out."""
_TOTALS = 2
"""Facts of the end of a run before which nothing of its session stands: its time and its cost."""
_BELOW: tuple[Span, ...] = ((Role.PLAIN, " " * INDENT),)


class Drawing(Struct, frozen=True):
    """How entries are drawn: for how many cells, with which glyphs, and whether texts are drawn as Markdown."""

    width: int
    style: RowStyle
    draws_markdown: bool
    is_late: IsLate


def entry_rows(entry: Entry, drawing: Drawing, *, is_open: bool) -> list[Row]:
    """Return the rows of an entry; those below the first one only if it `is_open`."""
    if entry.kind == "text":
        return text_rows(entry.text, Role.PLAIN, drawing) or [head_row(entry, drawing.style)]
    if entry.kind == "thinking":
        return _thinking(entry, drawing, is_open=is_open)
    head = head_row(entry, drawing.style)
    if not is_open:
        return [_cut(head)]
    blocks = entry.blocks
    highlight_blocks(blocks, drawing.is_late)
    style = replace(drawing.style, rest=_REST)
    if entry.kind == "message" and not entry.row.title:
        return blocks_as_rows(blocks, drawing.width, style)
    return [head, *blocks_as_rows(blocks, drawing.width - INDENT, style, _BELOW)]


def text_rows(text: str, role: Role, drawing: Drawing) -> list[Row]:
    """Return a text as Markdown; as it was written if the screen has no colours to tell one from the other."""
    text = text.strip("\n")
    if not text:
        return []
    if drawing.draws_markdown:
        return markdown_rows(text, drawing.width, drawing.style, drawing.is_late, role)
    return [Row(line, 0) for line in lines_of([text], drawing.style, role)]


def _thinking(entry: Entry, drawing: Drawing, *, is_open: bool) -> list[Row]:
    sign: Span = (Role.THINKING, f"{drawing.style.thinking} ")
    text = entry.text
    if not text:
        return [Row((sign, *spans_of(entry.row.title or ["thinking"], drawing.style, Role.THINKING)))]
    if not is_open:
        return [Row((sign, (Role.THINKING, " ".join(text[:400].split()))), truncate=True)]
    rows = text_rows(text, Role.THINKING, drawing)
    return [_with_lead(rows[0], sign), *(_indented(row) for row in rows[1:])]


def _with_lead(row: Row, sign: Span) -> Row:
    return Row(row.spans, row.hang, row.truncate, (*_BELOW, *row.prefix), (sign, *(row.lead or row.prefix)), row.wide)


def _indented(row: Row) -> Row:
    return Row(row.spans, row.hang, row.truncate, (*_BELOW, *row.prefix), (*_BELOW, *row.lead) if row.lead else (),
               row.wide)  # fmt: skip


def head_row(entry: Entry, style: RowStyle) -> Row:
    """Return the first line of an entry: what it is, what it is about, how it ended, and figures."""
    row, last = entry.row, entry.parts[-1].row
    if row.kind == "complete" and row.tone is Tone.GOOD:
        return _success(entry, style)
    is_call, says_itself = entry.kind == "call", row.kind in _SAYING and bool(row.title)
    role = Role.TOOL if is_call else Role.LABEL if row.kind == "prompt" else TONES[row.tone]
    if row.kind == "session_start":
        role = Role.RULE
    sign = _sign(entry, style)
    spans: list[Span] = [(role, sign if says_itself else f"{sign} {row.label}".rstrip())]
    title = _behind_gap(row.title, style, Role.INPUT if is_call else Role.PLAIN)
    spans += [(title[0][0], " "), *title[1:]] if says_itself else title
    if row.kind not in _ENDS:
        spans += _behind_gap(entry.status, style, Role.PLAIN)
    if last.took:
        spans.append((Role.DIM, f" {last.took}"))
    spans += _facts([fact for part in _telling(entry) for fact in part.facts], style)
    return Row(tuple(spans), 4)


def _success(entry: Entry, style: RowStyle) -> Row:
    """Return the line that says that a run succeeded, with its totals, as the other views have it."""
    row = entry.row
    said = "".join(text_of(span) for span in row.title[1:]).removeprefix(": ")
    turns: list[TreeSpan] = [said_turns] if (said_turns := entry.parts[0].only_session) else []
    facts = [fact for fact in (*row.facts[:_TOTALS], turns, *row.facts[_TOTALS:]) if fact]
    words: list[Span] = [] if said.strip() in SAYS_NOTHING else [(Role.PLAIN, f"  {said}")]
    return Row(((Role.GOOD, f"{style.good} {row.label}"), *words, *_facts(facts, style)), 4)


def _facts(facts: list[list[TreeSpan]], style: RowStyle) -> list[Span]:
    if not facts:
        return []
    dot = f" {style.dot} "
    return [(Role.DIM, "  " + dot.join("".join(map(text_of, _in_zone(fact, style))) for fact in facts))]


def _sign(entry: Entry, style: RowStyle) -> str:
    row = entry.row
    if entry.kind == "call":
        return style.tool
    if row.kind == "prompt":
        return style.prompt
    if row.kind == "session_start":
        return style.rule * 2
    if row.tone is Tone.BAD:
        return style.bad
    return style.retry if row.trouble else style.dot


def _telling(entry: Entry) -> list[EventRow]:
    """Return the first and the last row of an entry: those between are about its progress."""
    rows = [part.row for part in entry.parts]
    return rows if len(rows) < 2 else [rows[0], rows[-1]]  # noqa: PLR2004 - the first and the last


def _in_zone(fact: list[TreeSpan], style: RowStyle) -> list[TreeSpan]:
    return [text for _, text in spans_of(fact, style)]


def _behind_gap(title: list[TreeSpan], style: RowStyle, base: str) -> list[Span]:
    """Return spans with two blanks before them, their lines joined."""
    spans = [(role, " ".join(text.split("\n"))) for role, text in spans_of(title, style, base)]
    return [(Role.PLAIN, "  "), *spans] if spans else []


def _cut(row: Row) -> Row:
    return Row(row.spans, row.hang, truncate=True)
