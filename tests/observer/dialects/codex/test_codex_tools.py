"""The tool calls of rollouts of Codex: one `tool_use` and one `tool_result` each, whatever the file says how often."""

from typing import Any

import pytest

from observer.dialects.codex.codex_dialects import CodexRollout
from observer.dialects.codex.codex_rollout import RolloutConverter
from tests.observer.dialects.codex.rollouts import (
    NEW_SESSION,
    PATCH,
    Record,
    answers,
    calls,
    completed,
    context,
    ends,
    event,
    item,
    meta,
)
from tests.observer.dialects.feeding import feed, kinds, of_type, problems

RAN = {"status": "completed", "exit_code": 0, "aggregated_output": "hi\n", "duration": {"secs": 1, "nanos": 0}}


@pytest.fixture
def converter() -> RolloutConverter:
    return CodexRollout().converter()


def results(converter: RolloutConverter, *records: Record) -> list[dict[str, Any]]:
    """Return the results of calls, and hold that each call has one."""
    events = feed(converter, [meta(), context(), *records])
    assert problems(events) == []
    used = [data["id"] for data in of_type(events, "tool_use")]
    ended = of_type(events, "tool_result")
    assert sorted(used) == sorted(data["tool_use_id"] for data in ended)
    return ended


def test_a_result_has_what_the_item_before_it_says(converter: RolloutConverter) -> None:
    (result,) = results(
        converter,
        calls(1, "exec_command", "c1", cmd="echo hi"),
        completed(2, "CommandExecution", id="c1", **RAN),
        answers(4, "c1", "Wall time: 3 seconds\nProcess exited with code 0\nOutput:\nhi\n"),
    )
    wanted = {"tool_use_id": "c1", "name": "Bash", "status": "success", "output": "hi\n", "duration_ms": 1000}
    assert {key: result[key] for key in wanted} == wanted


def test_a_result_without_an_item_has_what_its_text_says(converter: RolloutConverter) -> None:
    (result,) = results(
        converter,
        calls(1, "exec_command", "c1", cmd="x"),
        answers(4, "c1", "Wall time: 3 seconds\nProcess exited with code 9\nOutput:\nno"),
    )
    assert (result["status"], result["output"], result["duration_ms"]) == ("error", "no", 3000)


def test_a_result_that_says_no_time_took_until_it_came(converter: RolloutConverter) -> None:
    (result,) = results(converter, calls(1, "view_image", "c1", path="/x.png"), answers(1.25, "c1", "ok"))
    assert result["duration_ms"] == 250


@pytest.mark.parametrize("kind", ["exec_command_end", "patch_apply_end", "mcp_tool_call_end"])
def test_some_versions_have_an_event_instead_of_an_item(converter: RolloutConverter, kind: str) -> None:
    (result,) = results(
        converter,
        calls(1, "exec_command", "c1", cmd="x"),
        event(2, kind, call_id="c1", exit_code=2, aggregated_output="no", duration={"secs": 1, "nanos": 0}),
        answers(2, "c1", "whatever"),
    )
    assert (result["status"], result["output"], result["duration_ms"]) == ("error", "no", 1000)


def test_an_item_may_stand_before_the_call(converter: RolloutConverter) -> None:
    (result,) = results(
        converter,
        completed(1, "CommandExecution", id="c1", **RAN),
        calls(1, "exec_command", "c1", cmd="x"),
        answers(2, "c1", "whatever"),
    )
    assert result["output"] == "hi\n"


def test_a_patch_has_a_result_for_each_file(converter: RolloutConverter) -> None:
    first, second = results(
        converter,
        item(1, "custom_tool_call", name="apply_patch", call_id="c1", input=PATCH),
        completed(2, "FileChange", id="c1", status="completed", stdout="Success", stderr=""),
        item(2, "custom_tool_call_output", call_id="c1", output="Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess"),
    )
    assert [(data["tool_use_id"], data["name"], data["output"]) for data in (first, second)] == [
        ("c1", "Edit", "Success"), ("c1.1", "Delete", ""),
    ]  # fmt: skip
    assert second["duration_ms"] is None


def test_a_patch_that_fails_fails_for_each_file(converter: RolloutConverter) -> None:
    failed = "apply_patch verification failed: no such line"
    both = results(
        converter,
        item(1, "custom_tool_call", name="apply_patch", call_id="c1", input=PATCH),
        item(2, "custom_tool_call_output", call_id="c1", output=failed),
    )
    assert [(data["status"], data["output"]) for data in both] == [("error", failed)] * 2


def test_blocked_calls_are_listed_at_the_end(converter: RolloutConverter) -> None:
    refused = 'exec_command failed: CreateProcess { message: "Rejected(\\"forbidden\\")" }'
    ended = results(
        converter,
        calls(1, "exec_command", "c1", cmd="rm x"),
        answers(2, "c1", refused),
        item(3, "custom_tool_call", name="apply_patch", call_id="c2", input=PATCH),
        item(4, "custom_tool_call_output", call_id="c2", output="patch rejected: read-only"),
        ends(5),
    )
    assert [(data["status"], data["duration_ms"]) for data in ended] == [("blocked", None)] * 3
    (complete,) = of_type(converter.end(), "complete")
    assert [(call["name"], call["command"], call["reason"]) for call in complete["blocked"]] == [
        ("Bash", "rm x", "forbidden"), ("Edit", "a.txt", "patch rejected: read-only"),
        ("Delete", "b.txt", "patch rejected: read-only"),
    ]  # fmt: skip


def test_a_call_that_is_written_twice_is_one(converter: RolloutConverter) -> None:
    ended = results(
        converter,
        calls(1, "exec_command", "c1", cmd="a"),
        calls(1, "exec_command", "c1", cmd="b"),
        answers(2, "c1", "first"),
        answers(2, "c1", "second"),
        answers(2, "missing", "third"),
    )
    assert [data["output"] for data in ended] == ["first"]


def test_an_id_that_is_used_again_names_another_call(converter: RolloutConverter) -> None:
    once = [calls(1, "exec_command", "c1", cmd="a"), answers(2, "c1", "x")]
    assert [data["tool_use_id"] for data in results(converter, *once, *once)] == ["c1", "c1#2"]


def test_a_call_without_an_id_gets_one(converter: RolloutConverter) -> None:
    search = item(1, "web_search_call", status="completed", action={"type": "search", "query": "cats"})
    assert [data["tool_use_id"] for data in results(converter, search, search)] == ["call-1", "call-2"]


def test_what_the_api_runs_has_no_output(converter: RolloutConverter) -> None:
    searches = [
        item(1, "web_search_call", id=f"ws_{status}", status=status, action={}) for status in ("completed", "failed")
    ]
    assert [data["status"] for data in results(converter, *searches)] == ["success", "error"]


def test_a_search_for_tools_has_one(converter: RolloutConverter) -> None:
    (result,) = results(
        converter,
        item(1, "tool_search_call", call_id="c1", arguments={"query": "files"}),
        item(2, "tool_search_output", call_id="c1", status="completed", tools=[{"name": "read_file"}]),
    )
    assert (result["name"], result["output"]) == ("ToolSearch", "read_file")


def test_a_turn_that_ends_ends_its_calls(converter: RolloutConverter) -> None:
    unknown, reported = results(
        converter,
        calls(1, "exec_command", "c1", cmd="a"),
        calls(1, "exec_command", "c2", cmd="b"),
        completed(2, "CommandExecution", id="c2", **RAN),
        ends(3),
    )
    assert (unknown["status"], unknown["reason"]) == ("error", "the turn ended without the result of this call")
    assert (reported["status"], reported["output"]) == ("success", "hi\n")


def test_a_command_in_the_background_is_told_when_it_ends(converter: RolloutConverter) -> None:
    records = [
        calls(1, "exec_command", "c1", cmd="make", yield_time_ms=300),
        answers(1.3, "c1", "Wall time: 0.3 seconds\nProcess running with session ID 615\nOutput:\nso far"),
        completed(9, "CommandExecution", id="c1", status="failed", exit_code=2, duration={"secs": 8, "nanos": 0}),
        completed(9, "CommandExecution", id="c1", status="failed", exit_code=2),
    ]
    events = feed(converter, records)
    (result,) = of_type(events, "tool_result")
    assert (result["status"], result["output"], result["duration_ms"]) == ("success", "so far", 300)
    assert of_type(events, "info") == [{"message": "make ended with exit code 2 after 8.0s", "kind": "task"}]


def test_the_item_of_a_call_that_is_over_says_nothing(converter: RolloutConverter) -> None:
    """It comes so when a turn is interrupted."""
    records = [calls(1, "exec_command", "c1", cmd="sleep 9"), answers(2, "c1", "Wall time: 1 seconds\naborted by user"),
               completed(2, "CommandExecution", id="c1", status="failed", exit_code=-1)]  # fmt: skip
    events = feed(converter, records)
    assert kinds(events) == ["run_start", "session_start", "tool_use", "tool_result"]
    assert of_type(events, "tool_result")[0]["reason"] == "stopped while it was running"


def test_calls_of_a_whole_session_have_a_result_each(converter: RolloutConverter) -> None:
    assert [data["status"] for data in results(converter, *NEW_SESSION)] == ["success"] * 3
