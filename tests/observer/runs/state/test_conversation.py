"""What the events of a conversation state, also those of other programs and of older versions."""

import pytest

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.state.conversation import (
    Image,
    Prompt,
    ShownPieces,
    describe_stop,
    failed_servers,
    images_of,
    prompt_of,
    todo_of,
)
from tests.helpers import event as line


def event(kind: str, parent: str | None = None, /, **data: object) -> Event:
    decoded = decode(Line(line(kind, parent, **data).rstrip(b"\n"), 0))
    assert isinstance(decoded, Event)
    return decoded


@pytest.mark.parametrize(
    ("source", "begins"),
    [("user", True), ("harness", True), ("queued", True), ("new", True), ("cli", False), ("subagent", False)],
)
def test_a_prompt_begins_a_turn_unless_it_comes_from_inside_of_one(source: str, begins: bool) -> None:
    prompt = prompt_of(event("prompt", text="go", source=source))
    assert prompt == Prompt("go", source)
    assert prompt.begins_turn is begins


def test_old_files_have_their_prompts_as_info() -> None:
    assert prompt_of(event("info", message="go", kind="user_message")) == Prompt("go", "user")
    assert prompt_of(event("info", message="go", kind="resumed")) is None


def test_images_and_things_to_do_that_are_malformed_do_no_harm() -> None:
    odd = [7, {}, {"media_type": 7, "bytes": "x", "file": []}, {"media_type": "image/png", "bytes": -3, "file": "a"}]
    assert images_of(event("tool_result", images=odd)) == [
        Image("image", 0, ""), Image("image", 0, ""), Image("image/png", 0, "a"),
    ]  # fmt: skip
    assert images_of(event("tool_result", images="x")) == todo_of(event("todo", items="x")) == []


@pytest.mark.parametrize("reason", ["", "end_turn", "tool_use", "stop_sequence", None, 7])
def test_the_usual_end_of_a_message_needs_no_words(reason: object) -> None:
    assert describe_stop(event("message", stop_reason=reason)) == ""


def test_an_mcp_server_that_works_or_is_switched_off_has_not_failed() -> None:
    states = ("connected", "pending", "disabled", "failed", "needs-auth", "", None)
    servers = [{"name": f"s-{state}", "status": state} for state in states]
    assert failed_servers(event("session_start", mcp_servers=servers)) == ["s-failed failed", "s-needs-auth needs auth"]


def test_the_text_of_a_message_is_missing_only_if_none_of_its_pieces_was_shown() -> None:
    shown = ShownPieces()
    shown.add(event("thought", text="It ", message="m1", block=0))
    shown.add(event("thought", text="", message="m2", block=0))
    assert shown.missing_text(event("message", id="m1", text="It works.")) == ""
    assert shown.missing_text(event("message", id="m2", text="It works.")) == "It works."
    assert shown.missing_text(event("message", "sub", id="m1", text="Of another agent.")) == "Of another agent."


def test_pieces_without_messages_are_forgotten_in_the_end() -> None:
    shown = ShownPieces()
    for number in range(2000):
        shown.add(event("thought", text="x", message=f"m{number}", block=0))
    assert shown.missing_text(event("message", id="m0", text="x")) == "x"
    for number in range(976, 2000):
        assert shown.missing_text(event("message", id=f"m{number}", text="x")) == ""
