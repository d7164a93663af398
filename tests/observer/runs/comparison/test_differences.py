"""Two steps in words, from where they differ."""

from observer.format.event import Event
from observer.format.line import Line
from observer.runs.comparison.differences import MAX_EXCERPT, StepContent, describe_difference, excerpts

NOWHERE = Line(b"", 0)


def call(name: str = "Bash", **arguments: object) -> StepContent:
    return StepContent(Event(NOWHERE, "tool_use", {"name": name, "input": arguments}))


def text(words: str) -> StepContent:
    return StepContent(Event(NOWHERE, "thought", {"text": words}), words)


def said(first: StepContent | None, second: StepContent | None) -> tuple[str, str]:
    return describe_difference(first, second, ("/p", "/q"))


def test_calls_of_a_tool_say_what_they_are_about_if_that_differs() -> None:
    assert said(call(command="make test"), call(command="make all")) == ("make test", "make all")
    first, second = call("Read", file_path="/p/a.py"), call("Read", file_path="/q/b.py")
    assert said(first, second) == ("a.py", "b.py")


def test_else_they_say_which_other_fields_of_the_input_differ() -> None:
    first = call("Edit", file_path="/p/a.py", old_string="x = 1", new_string="x = 2")
    second = call("Edit", file_path="/q/a.py", old_string="x = 1", new_string="x = 3", replace_all=True)
    assert said(first, second) == (
        "a.py · new_string: x = 2; no replace_all", "a.py · new_string: x = 3; replace_all: true"
    )  # fmt: skip


def test_different_tools_and_a_call_and_a_text_are_said_as_they_begin() -> None:
    assert said(call(command="ls"), call("Grep", pattern="def ")) == ("ls", "def")
    assert said(text("Done.\nAll of it."), call(command="ls")) == ("Done. All of it.", "ls")
    assert said(None, call(command="ls")) == ("", "ls")


def test_long_texts_are_quoted_around_their_first_difference() -> None:
    same = "word " * 100
    first, second = said(text(f"{same}one" + " and so on" * 100), text(f"{same}two"))
    assert first.startswith("…")
    assert first.endswith("…")
    assert len(first) == MAX_EXCERPT + 2
    assert second.endswith("word word two")
    assert len(second) < 60


def test_texts_that_differ_early_are_quoted_from_their_beginning() -> None:
    assert excerpts("a b c", "a b d") == ("a b c", "a b d")
    assert excerpts("", "a") == ("", "a")
