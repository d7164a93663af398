"""The change a tool call makes, as a small diff."""

import pytest

from observer.format.fields import Fields
from observer.terminal.diff import diff_spans
from observer.terminal.theme import ASCII, UNICODE, Role


def texts(tool: str, **tool_input: object) -> list[str]:
    spans, missing = diff_spans(tool, Fields(tool_input), UNICODE)
    return [text for _, text in spans] + ([missing] if missing else [])


def test_an_edit_shows_what_it_changes_with_a_line_of_context() -> None:
    old, new = "# top\ndef f():\n    return 1\nend\n# bottom", "# top\ndef f():\n    x = 2\n    return x\nend\n# bottom"
    assert texts("Edit", old_string=old, new_string=new) == [
        "      def f():",
        "    \u2212     return 1",
        "    +     x = 2",
        "    +     return x",
        "      end",
    ]


def test_a_line_added_to_equal_ones_is_shown_once() -> None:
    assert texts("Edit", old_string="a\na", new_string="a\na\na") == ["      a", "    + a"]


def test_each_edit_of_several_is_shown_and_malformed_ones_are_skipped() -> None:
    edits = [{"old_string": "a", "new_string": "b"}, 7, {"old_string": "c", "new_string": "d"}]
    assert texts("MultiEdit", edits=edits) == ["    \u2212 a", "    + b", "    …", "    \u2212 c", "    + d"]


@pytest.mark.parametrize(("tool", "key"), [("Write", "content"), ("NotebookEdit", "new_source")])
def test_new_text_is_shown_as_added(tool: str, key: str) -> None:
    assert diff_spans(tool, Fields({key: "x\n"}), ASCII) == ([(Role.ADDED, "    + x")], "")


def test_a_long_change_shows_its_first_lines_and_how_many_are_missing() -> None:
    content = "\n".join(str(n) for n in range(20))
    assert texts("Write", content=content)[-2:] == ["    + 7", "    … 12 more lines (--full)"]
    assert len(diff_spans("Write", Fields({"content": content}), UNICODE.unlimited())[0]) == 20


def test_one_line_more_than_the_limit_is_shown_rather_than_counted() -> None:
    assert texts("Write", content="\n".join("abcdefghi"))[-1] == "    + i"


@pytest.mark.parametrize("tool_input", [{}, {"command": "ls"}, {"content": 7}, {"edits": 7}, {"old_string": None}])
@pytest.mark.parametrize("tool", ["Bash", "Write", "Edit", "MultiEdit", "NotebookEdit"])
def test_a_call_that_changes_nothing_has_no_diff(tool: str, tool_input: dict[str, object]) -> None:
    assert diff_spans(tool, Fields(tool_input), UNICODE) == ([], "")


def test_a_line_that_stays_is_neither_removed_nor_added() -> None:
    old, new = "a\nx = 1\nsame\ny = 2\nz", "a\nx = 3\nsame\ny = 4\nz"
    assert texts("Edit", old_string=old, new_string=new) == [
        "      a",
        "    \u2212 x = 1",
        "    + x = 3",
        "      same",
        "    \u2212 y = 2",
        "    + y = 4",
        "      z",
    ]


def test_lines_between_two_changes_are_left_out_with_a_sign() -> None:
    old = ["1", "a", "b", "c", "d", "2"]
    assert texts("Edit", old_string="\n".join(old), new_string="\n".join(["I", *old[1:-1], "II"])) == [
        "    \u2212 1",
        "    + I",
        "      a",
        "    …",
        "      d",
        "    \u2212 2",
        "    + II",
    ]
