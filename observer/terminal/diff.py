"""The change a tool call makes to a file, as a small diff. Pure.

Lines that the old and the new text share at the start and at the end are left out; everything between them is shown as
removed and added. Edits are small and local, so a real diff algorithm would rarely find more and would take longer.
"""

from observer.format.fields import Fields
from observer.terminal.row import Row, Span
from observer.terminal.theme import Role, RowStyle

CONTEXT_LINES = 1
"""Unchanged lines shown before and after a change."""


def diff_rows(tool: str, arguments: Fields, style: RowStyle) -> list[Row]:
    """Return rows that show what a tool call is about to change; none for a tool that changes no file."""
    match tool:
        case "Write":
            lines = _added(arguments.text("content"))
        case "Edit":
            lines = _edit(arguments)
        case "MultiEdit":
            lines = [line for edit in arguments.items("edits") for line in _edit(edit)]
        case "NotebookEdit":
            lines = _added(arguments.text("new_source"))
        case _:
            lines = []
    return _rows(lines, style)


def _added(text: str) -> list[Span]:
    return [(Role.ADDED, line) for line in _lines(text)]


def _edit(edit: Fields) -> list[Span]:
    return _diff(_lines(edit.text("old_string")), _lines(edit.text("new_string")))


def _diff(old: list[str], new: list[str]) -> list[Span]:
    shorter = min(len(old), len(new))
    prefix = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    shorter -= prefix  # the suffix must not overlap the prefix
    suffix = next((n for n in range(shorter) if old[-1 - n] != new[-1 - n]), shorter)
    parts = (
        (Role.DIM, old[max(0, prefix - CONTEXT_LINES) : prefix]),
        (Role.REMOVED, old[prefix : len(old) - suffix]),
        (Role.ADDED, new[prefix : len(new) - suffix]),
        (Role.DIM, old[len(old) - suffix :][:CONTEXT_LINES]),
    )
    return [(role, line) for role, lines in parts for line in lines]


def _rows(lines: list[Span], style: RowStyle) -> list[Row]:
    limit = style.diff_lines
    # A line that says that one more is missing would take as much room as that line.
    shown = lines if limit is None or len(lines) <= limit + 1 else lines[:limit]
    signs = {Role.ADDED: f"    {style.plus} ", Role.REMOVED: f"    {style.minus} ", Role.DIM: "      "}
    rows = [Row(((role, signs[role] + line),), 6, truncate=limit is not None) for role, line in shown]
    if len(shown) < len(lines):
        rows.append(Row(((Role.DIM, f"    {style.ellipsis} {len(lines) - len(shown):,} more lines"),), 4))
    return rows


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []
