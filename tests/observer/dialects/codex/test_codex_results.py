"""How calls of Codex end, as its versions write it."""

from typing import Any

import pytest

from observer.dialects.codex.codex_results import STOPPED, Ending, image_of, read_ending
from observer.format.fields import Fields


def output(value: Any, **more: Any) -> Fields:
    return Fields({"type": "function_call_output", "call_id": "c", "output": value, **more})


NEW = "Chunk ID: 4f3780\nWall time: 1.2500 seconds\nProcess exited with code 0\nOriginal token count: 3\nOutput:\nhi\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NEW, Ending("success", "hi\n", 1250)),
        (NEW.replace("code 0", "code 3"), Ending("error", "hi\n", 1250)),
        ("Exit code: 0\nWall time: 0.1 seconds\nOutput:\nhi", Ending("success", "hi", 100)),
        ("Exit code: 1\nWall time: 2 seconds\nTotal output lines: 9\nOutput:\nno", Ending("error", "no", 2000)),
        ('{"output":"hi","metadata":{"exit_code":0,"duration_seconds":0.5}}', Ending("success", "hi", 500)),
        ('{"output":"no","metadata":{"exit_code":2}}', Ending("error", "no")),
        ('{"agent_id":"a"}', Ending("success", '{"agent_id":"a"}')),
        ({"content": "no", "success": False}, Ending("error", "no")),
        ({"content": [{"type": "input_text", "text": "hi"}], "success": True}, Ending("success", "hi")),
        ("Plan updated", Ending("success", "Plan updated")),
        ("unsupported call: x", Ending("error", "unsupported call: x")),
        ("apply_patch verification failed: no", Ending("error", "apply_patch verification failed: no")),
        ("failed to parse function arguments: e", Ending("error", "failed to parse function arguments: e")),
        (None, Ending("success", "")),
        (7, Ending("success", "7")),
    ],
)  # fmt: skip
def test_an_output_tells_how_its_call_ended(value: Any, expected: Ending) -> None:
    assert read_ending(output(value), None) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            'exec_command failed: CreateProcess { message: "Rejected(\\"`rm x` rejected: forbidden\\")" }',
            "`rm x` rejected: forbidden",
        ),
        (
            'exec_command failed for `rm x`: CreateProcess { message: "Rejected(\\"approval required\\")" }',
            "approval required",
        ),
        ("patch rejected: writing is blocked", "patch rejected: writing is blocked"),
        ("approval policy is Never; reject command", "approval policy is Never; reject command"),
        ("exec command rejected by user", "exec command rejected by user"),
    ],
)
def test_a_refused_call_is_blocked_and_says_why(value: str, reason: str) -> None:
    assert read_ending(output(value), None) == Ending("blocked", "", reason=reason)


def test_what_a_command_prints_is_no_refusal() -> None:
    printed = NEW.replace("hi\n", "patch rejected: by the printer")
    assert read_ending(output(printed), None).status == "success"
    assert read_ending(output("Wall time: 1 seconds\nOutput:\nunsupported call: x"), None).status == "success"


@pytest.mark.parametrize("value", ["aborted", "aborted by user after 3s", "Wall time: 1.4 seconds\naborted by user"])
def test_a_call_that_was_stopped_says_so(value: str) -> None:
    ending = read_ending(output(value), None)
    assert (ending.status, ending.output, ending.reason) == ("error", "", STOPPED)


def test_a_command_in_the_background_names_its_process() -> None:
    text = "Wall time: 0.3 seconds\nProcess running with session ID 615\nOriginal token count: 0\nOutput:\nso far"
    assert read_ending(output(text), None) == Ending("success", "so far", 300, session="615")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            {"type": "CommandExecution", "status": "failed", "exit_code": 3, "aggregated_output": "no\n",
             "duration": {"secs": 2, "nanos": 500_000_000}},
            Ending("error", "no\n", 2500),
        ),
        (
            {"type": "CommandExecution", "status": "completed", "exit_code": 0, "aggregated_output": ""},
            Ending("success", "hi\n", 1250),
        ),
        ({"status": "completed", "stdout": "Success", "stderr": ""}, Ending("success", "Success", 1250)),
        (
            {"type": "McpToolCall", "status": "failed", "result": {"content": [{"type": "text", "text": "bad"}]}},
            Ending("error", "bad", 1250),
        ),
        ({"type": "McpToolCall", "status": "failed", "error": {"message": "gone"}}, Ending("error", "gone", 1250)),
        ({"result": {"Ok": {"content": [{"type": "text", "text": "3"}]}}}, Ending("success", "3", 1250)),
        ({"result": {"Err": "no server"}, "success": False}, Ending("error", "no server", 1250)),
        ({"type": "CommandExecution", "status": "declined"}, Ending("blocked", "", 1250, "hi\n")),
    ],
)  # fmt: skip
def test_an_item_knows_more_than_the_output(item: dict[str, Any], expected: Ending) -> None:
    assert read_ending(output(NEW), Fields(item)) == expected


def test_an_item_is_enough() -> None:
    item = Fields({"status": "failed", "exit_code": 1, "aggregated_output": "no"})
    assert read_ending(None, item) == Ending("error", "no")


def test_an_item_does_not_undo_that_a_call_was_refused_or_stopped() -> None:
    item = Fields({"status": "completed", "aggregated_output": "x"})
    assert read_ending(output("patch rejected: no"), item).status == "blocked"
    stopped = read_ending(output("Wall time: 1.4 seconds\naborted by user"), item)
    assert (stopped.status, stopped.reason) == ("error", STOPPED)


@pytest.mark.parametrize(
    ("text", "item", "truncated"),
    [
        (NEW, None, False),
        (NEW.replace("hi", "Warning: truncated output (original token count: 9)"), None, True),
        (NEW.replace("hi", "a\n…317 tokens truncated…\nb"), None, True),
        (NEW, {"aggregated_output": "x" * 65_536}, True),
        (NEW, {"aggregated_output": "x" * 65_535}, False),
        ("Output:\nWarning: truncated output", {"aggregated_output": "all of it, which is not much more"}, False),
        ("Output:\nWarning: truncated output", {"aggregated_output": ""}, True),
    ],
)
def test_an_output_of_which_a_part_is_missing_says_so(text: str, item: dict[str, Any] | None, truncated: bool) -> None:
    assert read_ending(output(text), Fields(item) if item else None).truncated is truncated


def test_images_are_counted_and_not_kept() -> None:
    content = [
        {"type": "input_image", "image_url": "data:image/png;base64,aGVsbG8="},
        {"type": "input_text", "text": "x"},
    ]
    ending = read_ending(output(content), None)
    assert (ending.output, ending.images) == ("x", ({"media_type": "image/png", "bytes": 5, "file": None},))
    assert image_of("https://example.org/a.png") is None
    assert image_of("data:image/png") is None


def test_the_tools_that_a_search_found_are_its_output() -> None:
    payload = Fields({"type": "tool_search_output", "tools": [{"name": "a"}, {"name": "b"}]})
    assert read_ending(payload, None).output == "a\nb"
