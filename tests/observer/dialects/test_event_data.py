"""The data of the events of dialects (observer.dialects.event_data), as the protocol observer.dialects.dialect has it:
each builder gives the fields of runtail's own writer, with its defaults."""

from typing import Any

import msgspec
import pytest

from agent import events
from observer.dialects import event_data
from observer.format.fields import Fields

BUILT: dict[type[events.Event], dict[str, Any]] = {
    events.RunStart: event_data.run_start("codex exec", project_dir="/p", about="Fix it"),
    events.SessionStart: event_data.session_start("s1"),
    events.Prompt: event_data.prompt("Hi", "user", [event_data.image("image/png", 12)]),
    events.Thought: event_data.thought("Hello", "m1", 0),
    events.Thinking: event_data.thinking("Hm", "m1", 1),
    events.Message: event_data.message("m1", "Hello", tokens=event_data.tokens(input_=3, thinking=1)),
    events.ToolUse: event_data.tool_use("t1", "Bash", {"command": "ls"}),
    events.ToolResult: event_data.tool_result("t1", "Bash", "success", "a.txt"),
    events.Error: event_data.error("no", "api"),
    events.Info: event_data.info("over", "turn_end"),
    events.Complete: event_data.complete("success", "done"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BUILT, ids=lambda kind: kind.type)
def test_a_builder_gives_exactly_the_fields_of_the_writer(kind: type[events.Event]) -> None:
    built = BUILT[kind]
    assert msgspec.to_builtins(msgspec.convert(built, kind)) == built
    assert built.keys() == {field.name for field in msgspec.structs.fields(kind) if field.default is not msgspec.UNSET}


def test_the_purpose_of_a_run_is_one_short_line() -> None:
    assert event_data.run_start("codex", about="Fix\n  the  bug\n")["about"] == "Fix the bug"
    assert event_data.run_start("codex", about="x" * 5000)["about"] == "x" * event_data.MAX_ABOUT
    assert event_data.run_start("codex", about="")["about"] is None


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-11-29T07:59:14.592Z", "2026-11-29T07:59:14.592000Z"),
        ("2026-11-29T07:59:14Z", "2026-11-29T07:59:14.000000Z"),
        ("2026-11-29T07:59:14.1234567+00:00", "2026-11-29T07:59:14.123456Z"),
        ("2026-11-29T01:00:00+02:00", "2026-11-28T23:00:00.000000Z"),
        ("2026-11-29T07:59:14", "2026-11-29T07:59:14.000000Z"),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1795939154, None),
    ],
)
def test_a_timestamp_is_in_utc_with_six_digits(stamp: object, expected: str | None) -> None:
    assert event_data.utc_timestamp(stamp) == expected


def test_the_size_of_an_output_is_in_bytes_unless_it_is_given() -> None:
    assert event_data.tool_result("t", "Bash", "success", "ä\ud800")["output_bytes"] == 3
    assert event_data.tool_result("t", "Bash", "success", "head", output_bytes=900)["output_bytes"] == 900


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("plain", "plain"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, "b", 3, {"text": 4}], "a\nb"),
        ({"error": 1}, '{"error": 1}'),
        (None, ""),
        (0, "0"),
    ],
)
def test_content_of_any_shape_has_a_text(content: object, expected: str) -> None:
    assert event_data.joined_text(Fields({"content": content}), "content") == expected
