"""What a call changes in a file, as a small diff. Pure.

Lines that old and new text have in common at the beginning and the end are left out. What is between them is removed
and added: an edit names the place it is about, so there is hardly ever more to find, and it takes no time.
"""

from typing import Any

from observer.terminal.row import Row, Span
from observer.terminal.theme import Glyphs, Role

_CONTEXT = 1
"""Lines around a change."""


def change(name: str, given: dict[str, Any], glyphs: Glyphs) -> list[Row]:
    """Return the rows that show what a tool is about to change, none for a tool that changes no file."""
    match name:
        case "Write":
            return _shown(_added(_text(given, "content")), glyphs)
        case "Edit":
            return _shown(_diff(_text(given, "old_string"), _text(given, "new_string")), glyphs)
        case "MultiEdit":
            edits = given.get("edits")
            pairs = [edit for edit in edits if isinstance(edit, dict)] if isinstance(edits, list) else []
            return _shown(
                [line for edit in pairs for line in _diff(_text(edit, "old_string"), _text(edit, "new_string"))], glyphs
            )
        case "NotebookEdit":
            return _shown(_added(_text(given, "new_source")), glyphs)
    return []


def _added(text: str) -> list[Span]:
    return [(Role.ADDED, line) for line in _lines(text)]


def _diff(old: str, new: str) -> list[Span]:
    before, after = _lines(old), _lines(new)
    least = min(len(before), len(after))
    same = next((n for n in range(least) if before[n] != after[n]), least)
    least -= same
    alike = next((n for n in range(least) if before[-1 - n] != after[-1 - n]), least)
    parts = (
        (Role.DIM, before[max(0, same - _CONTEXT) : same]),
        (Role.REMOVED, before[same : len(before) - alike]),
        (Role.ADDED, after[same : len(after) - alike]),
        (Role.DIM, before[len(before) - alike :][:_CONTEXT]),
    )
    return [(role, line) for role, lines in parts for line in lines]


def _shown(lines: list[Span], glyphs: Glyphs) -> list[Row]:
    most = glyphs.diff_lines
    cut = most is not None
    kept = lines if most is None or len(lines) <= most + 1 else lines[:most]
    signs = {Role.ADDED: f"    {glyphs.plus} ", Role.REMOVED: f"    {glyphs.minus} ", Role.DIM: "      "}
    rows = [Row(((role, signs[role] + line),), 6, cut) for role, line in kept]
    if len(kept) < len(lines):
        rows.append(Row(((Role.DIM, f"    {glyphs.ellipsis} {len(lines) - len(kept):,} more lines"),), 4))
    return rows


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _text(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""
