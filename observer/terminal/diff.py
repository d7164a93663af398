"""The change a tool call makes to a file: the lines of `observer.runs.words.line_diff` with signs and colours. Pure."""

from observer.format.fields import Fields
from observer.runs.words.line_diff import ADDED, GAP, REMOVED, SAME, WRITING_TOOLS, Part, changed_parts
from observer.terminal.row import Span, see_all
from observer.terminal.theme import Role, RowStyle

# To look up a role costs as much as to make a row.
_ROLES = {ADDED: Role.ADDED, REMOVED: Role.REMOVED, SAME: Role.DIM, GAP: Role.DIM}


def diff_spans(tool: str, arguments: Fields, style: RowStyle, seq: int | None = None) -> tuple[list[Span], str]:
    """Return the lines that a tool call is about to change, and a line that says how many are left out, if any are.

    `seq` is the number of the call's event.
    """
    match tool:
        case "Write":
            spans, missing = _added(arguments.text("content"), style)
        case "NotebookEdit":
            spans, missing = _added(arguments.text("new_source"), style)
        case _:
            spans, missing = _shown(changed_parts(tool, arguments), style) if tool in WRITING_TOOLS else ([], 0)
    return spans, f"    {style.ellipsis} {missing:,} more lines ({see_all(seq, style.run)})" if missing else ""


def _added(text: str, style: RowStyle) -> tuple[list[Span], int]:
    """Return a text that is added, without splitting more of it than is shown, and how many lines are left out."""
    if not text:
        return [], 0
    text = text.removesuffix("\n")
    count = text.count("\n") + 1
    shown = _number_shown(count, style)
    sign = f"    {style.plus} "
    lines = text.split("\n", shown)
    return [(_ROLES[ADDED], sign + line) for line in lines[:shown]], count - shown


def _shown(parts: list[Part], style: RowStyle) -> tuple[list[Span], int]:
    gap = [f"    {style.ellipsis}"]
    count = sum([len(lines) or 1 for _, lines in parts])
    shown = _number_shown(count, style)
    signs = {ADDED: f"    {style.plus} ", REMOVED: f"    {style.minus} ", SAME: "      ", GAP: ""}
    spans: list[Span] = []
    for sign, lines in parts:
        role, prefix = _ROLES[sign], signs[sign]
        spans += [(role, prefix + line) for line in (lines or gap)[: shown - len(spans)]]
    return spans, count - shown


def _number_shown(count: int, style: RowStyle) -> int:
    """Return how many of so many lines are shown."""
    limit = style.diff_lines
    # A line that says that one more is missing would take as much room as that line.
    return count if limit is None or count <= limit + 1 else limit
