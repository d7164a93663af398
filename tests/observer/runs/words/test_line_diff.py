"""The lines that a call adds to a file and removes from it."""

import pytest

from observer.format.fields import Fields
from observer.runs.words.line_diff import LineCounts, changed_parts, count_changed_lines


def edit(old: str, new: str) -> dict[str, object]:
    return {"file_path": "/p/a", "old_string": old, "new_string": new}


@pytest.mark.parametrize(
    ("old", "new", "added", "removed"),
    [
        ("a\nb\nc", "a\nB\nc", 1, 1),
        ("a\nb", "a\nnew\nb", 1, 0),
        ("a\nb\n", "", 0, 2),
        ("one\nsame\nthree", "1\nsame\n3", 2, 2),
        ("a\nb", "b\na", 1, 1),
        ("x\nx\nx", "x\nx", 0, 1),
        ("same", "same\n", 0, 0),
    ],
)
def test_lines_that_an_edit_keeps_count_neither_as_added_nor_as_removed(
    old: str, new: str, added: int, removed: int
) -> None:
    assert count_changed_lines("Edit", Fields(edit(old, new))) == LineCounts(added, removed)


def test_a_large_edit_counts_the_lines_that_both_texts_have_as_kept() -> None:
    old = [f"line {number}" for number in range(3000)]
    counts = count_changed_lines("Edit", Fields(edit("\n".join(["first", *old]), "\n".join([*old, "last"]))))
    assert counts == LineCounts(1, 1)


def test_several_edits_of_a_call_add_up() -> None:
    edits = [edit("a", "b\nc"), edit("d", "")]
    assert count_changed_lines("MultiEdit", Fields({"edits": edits})) == LineCounts(2, 2)


def test_a_write_adds_all_of_its_lines() -> None:
    assert count_changed_lines("Write", Fields({"content": "a\nb\n"})) == LineCounts(2)
    assert count_changed_lines("NotebookEdit", Fields({"new_source": "x"})) == LineCounts(1)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("Write", {}),
        ("Write", {"content": "[120 bytes]"}),
        ("Edit", {"old_string": "a"}),
        ("Edit", {"old_string": 1, "new_string": "b"}),
        ("MultiEdit", {"edits": []}),
        ("MultiEdit", {"edits": [{"old_string": "a", "new_string": "b"}, {}]}),
        ("Bash", {"command": "rm a"}),
    ],
)
def test_an_input_that_does_not_tell_is_not_guessed(tool: str, arguments: dict[str, object]) -> None:
    assert count_changed_lines(tool, Fields(arguments)) is None


def test_the_lines_of_a_diff_make_both_texts() -> None:
    old = "a\nb\nb\nc\nd"
    new = "b\nc\nx\nd\ne"
    parts = changed_parts("Edit", Fields(edit(old, new)))
    assert "\n".join(line for sign, lines in parts if sign in " -" for line in lines) == old
    assert "\n".join(line for sign, lines in parts if sign in " +" for line in lines) == new


def test_texts_of_the_same_line_over_and_over_are_compared_in_time() -> None:
    counts = count_changed_lines("Edit", Fields(edit("\n" * 50_000 + "a", "b\n" + "\n" * 50_000)))
    assert counts == LineCounts(50_001, 50_001)
