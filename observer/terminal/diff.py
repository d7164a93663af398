"""The change a tool call makes to a file: the lines of `observer.runs.line_diff` with signs and colours. Pure."""

from observer.format.fields import Fields
from observer.runs.line_diff import ADDED, GAP, REMOVED, SAME, WRITING_TOOLS, Part, changed_parts
from observer.terminal.row import SEE_ALL, Span
from observer.terminal.theme import Role, RowStyle

# To look up a role costs as much as to make a row.
_ROLES = {ADDED: Role.ADDED, REMOVED: Role.REMOVED, SAME: Role.DIM, GAP: Role.DIM}


def diff_spans(tool: str, arguments: Fields, style: RowStyle) -> tuple[list[Span], str]:
    """Return the lines that a tool call is about to change, and a line that says how many are left out, if any are."""
    match tool:
        case "Write":
            return _added(arguments.text("content"), style)
        case "NotebookEdit":
            return _added(arguments.text("new_source"), style)
    return _shown(changed_parts(tool, arguments), style) if tool in WRITING_TOOLS else ([], "")


def _added(text: str, style: RowStyle) -> tuple[list[Span], str]:
    """Return a text that is added, without splitting more of it than is shown."""
    if not text:
        return [], ""
    text = text.removesuffix("\n")
    count = text.count("\n") + 1
    shown = _number_shown(count, style)
    sign = f"    {style.plus} "
    lines = text.split("\n", shown)
    return [(_ROLES[ADDED], sign + line) for line in lines[:shown]], _missing(count - shown, style)


def _shown(parts: list[Part], style: RowStyle) -> tuple[list[Span], str]:
    gap = [f"    {style.ellipsis}"]
    count = sum([len(lines) or 1 for _, lines in parts])
    shown = _number_shown(count, style)
    signs = {ADDED: f"    {style.plus} ", REMOVED: f"    {style.minus} ", SAME: "      ", GAP: ""}
    spans: list[Span] = []
    for sign, lines in parts:
        role, prefix = _ROLES[sign], signs[sign]
        spans += [(role, prefix + line) for line in (lines or gap)[: shown - len(spans)]]
    return spans, _missing(count - shown, style)


def _number_shown(count: int, style: RowStyle) -> int:
    """Return how many of so many lines are shown."""
    limit = style.diff_lines
    # A line that says that one more is missing would take as much room as that line.
    return count if limit is None or count <= limit + 1 else limit


def _missing(count: int, style: RowStyle) -> str:
    return f"    {style.ellipsis} {count:,} more lines {SEE_ALL}" if count else ""
