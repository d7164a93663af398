"""The output of `gemini --output-format stream-json`."""

from typing import Any

import pytest

from observer.dialects.gemini_stream import GeminiConverter, GeminiStream
from tests.observer.dialects.feeding import feed, kinds, line, of_type, problems

Record = dict[str, Any]


def at(second: float, kind: str, /, **fields: Any) -> Record:
    return {"type": kind, "timestamp": f"2026-11-23T01:12:{second:06.3f}Z", **fields}


INIT = at(0, "init", session_id="s1", model="auto")
ASKED = at(0, "message", role="user", content="Do it")
STATS = {"input_tokens": 500, "cached": 400, "output_tokens": 50, "duration_ms": 4000, "tool_calls": 1, "models": {}}
RESULT = at(9, "result", status="success", stats=STATS)
TOKENS = {"input": 100, "output": 50, "cache_read": 400, "cache_write": 0, "thinking": None}


def says(second: float, text: str) -> Record:
    return at(second, "message", role="assistant", content=text, delta=True)


def calls(second: float, name: str, id_: str, **parameters: Any) -> Record:
    return at(second, "tool_use", tool_name=name, tool_id=id_, parameters=parameters)


SESSION = [INIT, ASKED, says(1, "I will "), says(2, "look."), calls(3, "run_shell_command", "t1", command="ls"),
           at(4, "tool_result", tool_id="t1", status="success", output="a"), says(5, "Done."), RESULT]  # fmt: skip


@pytest.fixture
def converter() -> GeminiConverter:
    return GeminiStream().converter()


def test_a_session_is_a_run(converter: GeminiConverter) -> None:
    events = feed(converter, SESSION)
    assert kinds(events) == [
        "run_start", "session_start", "prompt", "thought", "thought", "message", "tool_use", "tool_result", "thought",
        "message", "info",
    ]  # fmt: skip
    (complete,) = converter.end()
    assert problems([*events, complete]) == []
    assert (events[0].data["about"], events[0].data["session"], events[1].data["model"]) == ("Do it", "s1", "auto")
    assert (complete.data["outcome"], complete.data["duration_ms"], complete.data["tokens"]) == (
        "success",
        4000,
        TOKENS,
    )
    assert converter.end() == []


def test_the_pieces_of_a_message_belong_together(converter: GeminiConverter) -> None:
    events = feed(converter, SESSION)
    assert [data["message"] for data in of_type(events, "thought")] == ["message-1", "message-1", "message-2"]
    messages = [(data["id"], data["text"], data["tokens"]) for data in of_type(events, "message")]
    assert messages == [("message-1", "I will look.", None), ("message-2", "Done.", TOKENS)]


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("run_shell_command", {"command": "ls"}, "Bash"), ("write_file", {"file_path": "a", "content": "x"}, "Write"),
        ("replace", {"file_path": "a", "old_string": "x", "new_string": "y"}, "Edit"),
        ("read_file", {"file_path": "a"}, "Read"), ("google_web_search", {"query": "cats"}, "google_web_search"),
    ],
)  # fmt: skip
def test_tools_have_the_names_that_views_know(
    converter: GeminiConverter, name: str, parameters: Record, expected: str
) -> None:
    events = feed(converter, [calls(1, name, "t1", **parameters)])
    assert of_type(events, "tool_use") == [{"id": "t1", "name": expected, "input": parameters}]


@pytest.mark.parametrize(
    ("fields", "status", "output"),
    [
        ({"status": "success"}, "success", ""),
        ({"status": "success", "output": "FAIL"}, "success", "FAIL"),
        ({"status": "error", "error": {"type": "x", "message": "no such file"}}, "error", "no such file"),
        ({"status": "error", "output": "no"}, "error", "no"),
    ],
)
def test_a_result_has_what_the_tool_said(converter: GeminiConverter, fields: Record, status: str, output: str) -> None:
    events = feed(converter, [calls(1, "read_file", "t1"), at(1.5, "tool_result", tool_id="t1", **fields)])
    (result,) = of_type(events, "tool_result")
    assert (result["status"], result["output"], result["duration_ms"]) == (status, output, 500)


def test_a_result_without_a_call_says_nothing(converter: GeminiConverter) -> None:
    assert feed(converter, [at(1, "tool_result", tool_id="t1", status="success")]) == []


def test_a_warning_is_no_error(converter: GeminiConverter) -> None:
    events = feed(
        converter, [at(1, "error", severity="warning", message="w"), at(1, "error", severity="error", message="e")]
    )
    assert of_type(events, "info") == [{"message": "w", "kind": "warning"}]
    assert [data["message"] for data in of_type(events, "error")] == ["e"]


def test_a_failed_result_fails_the_run(converter: GeminiConverter) -> None:
    events = feed(
        converter, [at(1, "result", status="error", error={"type": "Quota", "message": "no quota"}, stats={})]
    )
    assert of_type(events, "error") == [{"message": "no quota", "kind": "Quota", "traceback": None}]
    (complete,) = of_type(converter.end(), "complete")
    assert (complete["outcome"], complete["message"], complete["tokens"]) == ("failed", "no quota", None)


def test_without_a_result_it_has_not_ended(converter: GeminiConverter) -> None:
    feed(converter, SESSION[:-1])
    assert converter.end() == []


def test_unknown_records_are_counted(converter: GeminiConverter) -> None:
    assert feed(converter, [at(1, "dream"), {}]) == []
    assert converter.unknown == {"dream": 1, "no type": 1}


def test_what_is_no_record_or_of_another_file_says_nothing(converter: GeminiConverter) -> None:
    assert converter.feed(b"not-json") == []
    assert converter.feed(line(ASKED), "other.jsonl") == []


@pytest.mark.parametrize(
    ("record", "vote"),
    [
        *[(record, 1) for record in SESSION], (at(1, "error", message="x"), 0), ({}, 0), ({"type": 7}, 0),
        ({"type": "system", "subtype": "init", "session_id": "s"}, -1), ({"type": "result", "is_error": False}, -1),
        ({"seq": 1, "timestamp": "t", "type": "tool_use", "tool_id": "x", "data": {}}, -1),
        ({"type": "message", "timestamp": "t", "role": "user", "content": []}, -1), ({"type": "event_msg"}, -1),
    ],
)  # fmt: skip
def test_a_record_votes_for_or_against_the_dialect(record: Record, vote: int) -> None:
    assert GeminiStream().vote(record) == vote
