r"""Reads the patches that Codex's tool `apply_patch` takes, as the edits of files that views show as diffs. Pure.

A patch has a section for each file, such as `*** Update File: src/app.py`, and in that the lines of each change: those
that stay, with a space in front, those that go, with a minus, and those that come, with a plus; `@@` separates changes.
"""

from typing import NamedTuple

from observer.dialects.event_data import Data

_ADD, _DELETE, _UPDATE, _MOVE = "*** Add File: ", "*** Delete File: ", "*** Update File: ", "*** Move to: "
_HUNK, _MARKER = "@@", "*** "
BEGIN = "*** Begin Patch"


class FileChange(NamedTuple):
    """The change of one file, as a call of the tool `name` that makes such a change."""

    name: str
    input: Data


def file_changes(patch: str) -> list[FileChange]:
    """Return the changes that a patch makes, in its order; none if it is not a patch."""
    sections: list[tuple[str, list[str]]] = []
    for line in patch.split("\n"):
        if line.startswith((_ADD, _DELETE, _UPDATE)):
            sections.append((line, []))
        elif sections and (line.startswith(_MOVE) or not line.startswith(_MARKER)):
            sections[-1][1].append(line)
    return [_change(head, body) for head, body in sections]


def _change(head: str, body: list[str]) -> FileChange:
    if head.startswith(_ADD):
        content = "".join(f"{line[1:]}\n" for line in body if line.startswith("+"))
        return FileChange("Write", {"file_path": head.removeprefix(_ADD), "content": content})
    if head.startswith(_DELETE):
        return FileChange("Delete", {"file_path": head.removeprefix(_DELETE)})
    path: Data = {"file_path": head.removeprefix(_UPDATE)}
    if body and body[0].startswith(_MOVE):
        path["move_to"] = body.pop(0).removeprefix(_MOVE)
    edits = [_edit(hunk) for hunk in _hunks(body)]
    if len(edits) == 1:
        return FileChange("Edit", path | edits[0])
    return FileChange("MultiEdit", path | {"edits": edits})


def _hunks(body: list[str]) -> list[list[str]]:
    hunks: list[list[str]] = [[]]
    for line in body:
        if line.startswith(_HUNK):
            hunks.append([])
        else:
            hunks[-1].append(line)
    return [hunk for hunk in hunks if any(hunk)]


def _edit(hunk: list[str]) -> Data:
    """Return the texts before and after; an empty line is an unchanged one that lost its space."""
    while hunk and not hunk[-1]:
        hunk.pop()
    old = [line[1:] for line in hunk if not line.startswith("+")]
    new = [line[1:] for line in hunk if not line.startswith("-")]
    return {"old_string": "\n".join(old), "new_string": "\n".join(new)}
