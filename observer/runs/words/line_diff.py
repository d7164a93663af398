"""The lines that a tool call adds to a file and removes from it, as its input tells: a diff, and its counts. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from msgspec import Struct

from observer.format.fields import FieldAccess
from observer.format.glyphs import UNICODE, Glyphs

WRITING_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
"""The tools whose calls change a file."""
SAME, REMOVED, ADDED, GAP = " ", "-", "+", "@"
"""The signs of the parts of a diff; a gap is where unchanged lines are left out."""
CONTEXT_LINES = 1
"""Unchanged lines that are shown before and after a change."""
_MAX_PAIRS = 200_000
"""Pairs of equal lines, on which the time of a comparison depends; edits with more are shown as removed and added."""
_STRIPPED = re.compile(r"\[\d+ bytes\]")
"""What is left of a text that was removed."""
CHANGE_FIELDS = frozenset({"content", "old_string", "new_string", "edits", "new_source"})
"""Fields of the input of `WRITING_TOOLS` that the changed lines show already."""

Part = tuple[str, list[str]]
"""Lines that follow each other with the same sign; of a gap, none."""


class LineCounts(Struct, frozen=True):
    """Numbers of lines that were added and removed."""

    added: int = 0
    removed: int = 0

    def __add__(self, other: "LineCounts") -> "LineCounts":
        return LineCounts(self.added + other.added, self.removed + other.removed)


def changed_parts(tool: str, arguments: FieldAccess) -> list[Part]:
    r"""Return what a call changes; nothing if its input does not tell.

    What a `Write` replaces is not known: all of its lines are added.

    >>> from observer.format.fields import Fields
    >>> changed_parts("Edit", Fields({"old_string": "a\nb\nc", "new_string": "a\nB\nc"}))
    [(' ', ['a']), ('-', ['b']), ('+', ['B']), (' ', ['c'])]
    """
    match tool:
        case "Write":
            return _added_parts(arguments.text("content"))
        case "NotebookEdit":
            return _added_parts(arguments.text("new_source"))
        case "Edit":
            return _edited_parts(arguments)
        case "MultiEdit":
            parts = list[Part]()
            for edit in arguments.items("edits"):
                changed = _edited_parts(edit)
                parts += [(GAP, [])] if parts and changed else []
                parts += changed
            return parts
    return []


def count_changed_lines(tool: str, arguments: FieldAccess) -> LineCounts | None:
    r"""Return how many lines a call adds and removes; None if its input does not tell.

    >>> from observer.format.fields import Fields
    >>> count_changed_lines("Edit", Fields({"old_string": "a\nb\nc", "new_string": "a\nB\nBB\nc"}))
    LineCounts(added=2, removed=1)
    """
    match tool:
        case "Write":
            return _count_added(arguments, "content")
        case "NotebookEdit":
            return _count_added(arguments, "new_source")
        case "Edit":
            return _count_edited(arguments)
        case "MultiEdit":
            counts = [_count_edited(edit) for edit in arguments.items("edits")]
            known = [one for one in counts if one is not None]
            return sum(known, LineCounts()) if known and len(known) == len(counts) else None
    return None


def describe_counts(counts: LineCounts | None, glyphs: Glyphs = UNICODE) -> str:
    """Return numbers of lines as in a diff; empty if they are not known.

    >>> from observer.format.glyphs import ASCII
    >>> describe_counts(LineCounts(12, 3), ASCII), describe_counts(LineCounts(12), ASCII)
    ('+12 -3', '+12')
    """
    if counts is None:
        return ""
    removed = f" {glyphs.minus}{counts.removed:,}" if counts.removed else ""
    return f"{glyphs.plus}{counts.added:,}{removed}"


@lru_cache(maxsize=32)  # a call is counted, described and drawn, one after the other
def diff(old: str, new: str) -> tuple[Part, ...]:
    r"""Return the lines that turn a text into another one, with some unchanged lines around each change.

    >>> diff("a\nb\nc", "a\nc")
    ((' ', ['a']), ('-', ['b']), (' ', ['c']))
    """
    before, after = _lines(old), _lines(new)
    return tuple(_with_little_context(list(_parts(before, after))))


def _parts(before: Sequence[str], after: Sequence[str]) -> Iterator[Part]:
    """Yield all lines of both texts; equal ones at either end are found without comparing all with all."""
    shorter = min(len(before), len(after))
    prefix = next((index for index in range(shorter) if before[index] != after[index]), shorter)
    shorter -= prefix  # the suffix must not overlap the prefix
    suffix = next((index for index in range(shorter) if before[-1 - index] != after[-1 - index]), shorter)
    yield SAME, list(before[:prefix])
    yield from _middle(before[prefix : len(before) - suffix], after[prefix : len(after) - suffix])
    yield SAME, list(before[len(before) - suffix :])


def _middle(before: Sequence[str], after: Sequence[str]) -> Iterator[Part]:
    counts = Counter(after) if before else Counter[str]()
    pairs = sum(counts[line] for line in before if line in counts)
    if not 0 < pairs <= _MAX_PAIRS:
        yield REMOVED, list(before)
        yield ADDED, list(after)
        return
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after).get_opcodes():
        if kind == "equal":
            yield SAME, list(before[old_from:old_to])
        else:
            yield REMOVED, list(before[old_from:old_to])
            yield ADDED, list(after[new_from:new_to])


def _with_little_context(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the parts that are not empty, of unchanged lines only those next to a change."""
    last = len(parts) - 1
    for index, (sign, lines) in enumerate(parts):
        before, after = (CONTEXT_LINES if index else 0), (CONTEXT_LINES if index < last else 0)
        if not lines:
            continue
        if sign != SAME or len(lines) <= before + after:
            yield sign, lines
        else:
            if before:
                yield SAME, lines[:before]
            if before and after:
                yield GAP, []
            if after:
                yield SAME, lines[-after:]


def _added_parts(text: str) -> list[Part]:
    return [(ADDED, _lines(text))] if text else []


def _edited_parts(edit: FieldAccess) -> list[Part]:
    return list(diff(edit.text("old_string"), edit.text("new_string")))


def _count_added(arguments: FieldAccess, key: str) -> LineCounts | None:
    text = _known_text(arguments, key)
    return None if text is None else LineCounts(len(_lines(text)))


def _count_edited(edit: FieldAccess) -> LineCounts | None:
    old, new = _known_text(edit, "old_string"), _known_text(edit, "new_string")
    if old is None or new is None:
        return None
    parts = diff(old, new)
    return LineCounts(*(sum(len(lines) for sign, lines in parts if sign == counted) for counted in (ADDED, REMOVED)))


def _known_text(arguments: FieldAccess, key: str) -> str | None:
    text = arguments.value(key)
    return text if isinstance(text, str) and not _STRIPPED.fullmatch(text) else None


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []
