"""Patches of Codex as edits of files."""

import pytest

from observer.dialects.codex.codex_patch import FileChange, file_changes


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch", ""])


def test_a_new_file_is_written() -> None:
    change = FileChange("Write", {"file_path": "a b.txt", "content": "one\n\ntwo\n"})
    assert file_changes(patch("*** Add File: a b.txt", "+one", "+", "+two")) == [change]


def test_a_change_in_one_place_is_an_edit_with_what_surrounds_it() -> None:
    changes = file_changes(patch("*** Update File: a.py", "@@ def main", " keep", "-old", "+new", "+more", "", " end"))
    edit = {"file_path": "a.py", "old_string": "keep\nold\n\nend", "new_string": "keep\nnew\nmore\n\nend"}
    assert changes == [FileChange("Edit", edit)]


def test_changes_in_several_places_are_several_edits() -> None:
    changes = file_changes(patch("*** Update File: a.py", "@@", "-a", "+b", "@@ class C", "-c", "*** End of File"))
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "c", "new_string": ""}]
    assert changes == [FileChange("MultiEdit", {"file_path": "a.py", "edits": edits})]


def test_a_change_needs_no_marker() -> None:
    (change,) = file_changes(patch("*** Update File: a.py", "-a", "+b"))
    assert change.name == "Edit"


def test_a_file_that_is_moved_is_named_by_both_paths() -> None:
    (change,) = file_changes(patch("*** Update File: a.py", "*** Move to: b.py", "@@", "-a", "+b"))
    assert (change.input["file_path"], change.input["move_to"]) == ("a.py", "b.py")
    (moved,) = file_changes(patch("*** Update File: a.py", "*** Move to: b.py"))
    assert moved == FileChange("MultiEdit", {"file_path": "a.py", "move_to": "b.py", "edits": []})


def test_a_patch_of_several_files_keeps_their_order() -> None:
    changes = file_changes(patch("*** Add File: a", "+x", "*** Delete File: b", "*** Update File: c", "@@", "-y", "+z"))
    assert [(change.name, change.input["file_path"]) for change in changes] == [
        ("Write", "a"), ("Delete", "b"), ("Edit", "c"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "no patch", "*** Begin Patch\n*** End Patch", "+a\n-b"])
def test_what_is_no_patch_changes_nothing(text: str) -> None:
    assert file_changes(text) == []
