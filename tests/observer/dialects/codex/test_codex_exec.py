"""The output of `codex exec --json`, which has no times, no prompt and no model."""

from typing import Any

import pytest

from observer.dialects.codex.codex_dialects import CodexExec
from observer.dialects.codex.codex_exec import ExecConverter
from tests.observer.dialects.feeding import feed, kinds, line, of_type, problems

Record = dict[str, Any]
THREAD: Record = {"type": "thread.started", "thread_id": "t1"}
TURN: Record = {"type": "turn.started"}
USAGE = {"input_tokens": 500, "cached_input_tokens": 400, "output_tokens": 50, "reasoning_output_tokens": 20}
TOKENS = {"input": 100, "output": 50, "cache_read": 400, "cache_write": 0, "thinking": 20}
DONE: Record = {"type": "turn.completed", "usage": USAGE}


def item(phase: str, id_: str, kind: str, /, **fields: Any) -> Record:
    return {"type": f"item.{phase}", "item": {"id": id_, "type": kind, **fields}}


def command(phase: str, id_: str = "item_1", **fields: Any) -> Record:
    return item(phase, id_, "command_execution", command="/bin/bash -lc 'ls -la'", **fields)


SAID = item("completed", "item_0", "agent_message", text="Done.")
SESSION: list[Record] = [
    THREAD, TURN, item("completed", "item_0", "reasoning", text="**Look**"),
    item("completed", "item_1", "agent_message", text="Looking."), command("started", "item_2", status="in_progress"),
    command("completed", "item_2", aggregated_output="a.txt\n", exit_code=0, status="completed"),
    item("completed", "item_3", "agent_message", text="Done."), DONE,
]  # fmt: skip


@pytest.fixture
def converter() -> ExecConverter:
    return CodexExec().converter()


def test_a_session_is_a_run_without_times(converter: ExecConverter) -> None:
    events = feed(converter, SESSION)
    assert kinds(events) == [
        "run_start", "session_start", "thinking", "thought", "tool_use", "tool_result", "thought", "message", "info",
    ]  # fmt: skip
    (complete,) = converter.end()
    assert problems([*events, complete]) == []
    assert {event.timestamp for event in events} == {None}
    assert (events[0].data["command"], events[0].data["session"]) == ("codex exec", "t1")
    assert (complete.data["outcome"], complete.data["tokens"]) == ("success", TOKENS)
    assert converter.end() == []


def test_the_run_begins_with_the_thread(converter: ExecConverter) -> None:
    assert kinds(feed(converter, [THREAD])) == ["run_start", "session_start"]


def test_a_turn_is_one_message(converter: ExecConverter) -> None:
    events = feed(converter, SESSION)
    pieces = [(data["message"], data["block"]) for data in of_type(events, "thought", "thinking")]
    assert pieces == [("turn-1", 0), ("turn-1", 1), ("turn-1", 2)]
    (message,) = of_type(events, "message")
    assert (message["id"], message["text"], message["tokens"]) == ("turn-1", "Looking.\nDone.", TOKENS)


@pytest.mark.parametrize(
    ("fields", "name", "arguments", "status", "output"),
    [
        (
            {"type": "command_execution", "command": "/bin/bash -lc 'exit 3'", "status": "failed", "exit_code": 3,
             "aggregated_output": "no"},
            "Bash", {"command": "exit 3"}, "error", "no",
        ),
        (
            {"type": "command_execution", "command": "rm x", "status": "declined", "aggregated_output": ""},
            "Bash", {"command": "rm x"}, "blocked", "",
        ),
        (
            {"type": "mcp_tool_call", "server": "sums", "tool": "add", "arguments": {"a": 1}, "status": "completed",
             "result": {"content": [{"type": "text", "text": "3"}], "structured_content": None}, "error": None},
            "mcp__sums__add", {"a": 1}, "success", "3",
        ),
        (
            {"type": "mcp_tool_call", "server": "sums", "tool": "add", "status": "failed", "result": None,
             "error": {"message": "no server"}},
            "mcp__sums__add", {}, "error", "no server",
        ),
        (
            {"type": "web_search", "query": "cats", "action": {"type": "search", "query": "cats"}},
            "WebSearch", {"query": "cats"}, "success", "",
        ),
        (
            {"type": "file_change", "changes": [{"path": "/p/a", "kind": "add"}], "status": "completed"},
            "Write", {"file_path": "/p/a"}, "success", "",
        ),
        ({"type": "file_change", "status": "failed"}, "apply_patch", {}, "error", ""),
        (
            {"type": "collab_tool_call", "tool": "wait", "receiver_thread_ids": ["t2"], "status": "completed"},
            "wait", {"agents": ["t2"]}, "success", "",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_announced", [True, False])
def test_an_item_is_a_call_and_its_result(
    converter: ExecConverter, is_announced: Any, fields: Record, name: str, arguments: Record, status: str, output: str
) -> None:
    records = [{"type": "item.started", "item": {"id": "item_0", **fields}}] if is_announced else []
    events = feed(converter, [THREAD, *records, {"type": "item.completed", "item": {"id": "item_0", **fields}}])
    assert problems(events) == []
    assert of_type(events, "tool_use") == [{"id": "item_0", "name": name, "input": arguments}]
    (result,) = of_type(events, "tool_result")
    assert (result["tool_use_id"], result["name"], result["status"], result["output"]) == (
        "item_0",
        name,
        status,
        output,
    )


def test_a_change_of_several_files_is_several_calls(converter: ExecConverter) -> None:
    changes = [{"path": "a", "kind": "update"}, {"path": "b", "kind": "delete"}, {"path": "c", "kind": "news"}]
    events = feed(converter, [item("completed", "item_0", "file_change", changes=changes, status="completed")])
    assert [(data["id"], data["name"]) for data in of_type(events, "tool_use")] == [
        ("item_0", "Edit"), ("item_0.1", "Delete"), ("item_0.2", "Edit"),
    ]  # fmt: skip
    assert [data["tool_use_id"] for data in of_type(events, "tool_result")] == ["item_0", "item_0.1", "item_0.2"]


def test_a_blocked_call_is_listed_at_the_end(converter: ExecConverter) -> None:
    feed(converter, [THREAD, TURN, command("completed", status="declined"), DONE])
    (call,) = of_type(converter.end(), "complete")[0]["blocked"]
    assert (call["name"], call["command"], call["reason"]) == ("Bash", "ls -la", "declined")


def test_a_list_of_things_to_do_is_told_when_it_changes(converter: ExecConverter) -> None:
    first = [{"text": "a", "completed": False}]
    second = [{"text": "a", "completed": True}]
    phases = [("started", first), ("updated", first), ("updated", second), ("completed", second)]
    events = feed(converter, [item(phase, "item_0", "todo_list", items=items) for phase, items in phases])
    assert of_type(events, "todo") == [
        {"items": [{"text": "a", "status": "pending"}]}, {"items": [{"text": "a", "status": "completed"}]},
    ]  # fmt: skip


def test_an_item_that_warns_is_no_error(converter: ExecConverter) -> None:
    events = feed(converter, [item("completed", "item_0", "error", message="unknown model")])
    assert of_type(events, "info", "error") == [{"message": "unknown model", "kind": "warning"}]


def test_a_failed_turn_is_one_error(converter: ExecConverter) -> None:
    text = '{"error":{"message":"bad thing"}}'
    failed = [{"type": "error", "message": text}, {"type": "turn.failed", "error": {"message": text}}]
    events = feed(converter, [THREAD, TURN, *failed])
    assert of_type(events, "error") == [{"message": "bad thing", "kind": "api", "traceback": None}]
    (complete,) = of_type(converter.end(), "complete")
    assert (complete["outcome"], complete["message"], complete["tokens"]) == ("failed", "bad thing", None)


def test_a_request_that_is_repeated_is_no_error(converter: ExecConverter) -> None:
    events = feed(converter, [{"type": "error", "message": "Reconnecting... 1/5"}])
    retry = {"attempt": 1, "max_retries": 5, "delay_ms": 0.0, "status": None, "error": ""}
    assert of_type(events, "api_retry", "error") == [retry]


@pytest.mark.parametrize("records", [[], [THREAD], [THREAD, TURN], [THREAD, TURN, SAID, command("started")]])
def test_an_output_without_the_end_of_a_turn_has_not_ended(converter: ExecConverter, records: list[Record]) -> None:
    feed(converter, records)
    assert converter.end() == []


def test_a_turn_that_ends_ends_its_calls(converter: ExecConverter) -> None:
    (result,) = of_type(feed(converter, [THREAD, TURN, command("started"), DONE]), "tool_result")
    assert (result["status"], result["reason"]) == ("error", "the turn ended without the result of this call")


def test_outputs_of_one_thread_behind_one_another_are_one_run(converter: ExecConverter) -> None:
    twice = {"type": "turn.completed", "usage": {key: value * 2 for key, value in USAGE.items()}}
    once = [THREAD, TURN, command("started"), SAID]
    events = feed(converter, [*once, DONE, THREAD, TURN, command("completed", status="completed"), twice])
    assert problems(events) == []
    assert [data["id"] for data in of_type(events, "tool_use")] == ["item_1", "item_1#2"]
    assert [data["tokens"] for data in of_type(events, "message")] == [TOKENS, TOKENS]
    assert "resumed" in [data["kind"] for data in of_type(events, "info")]
    assert of_type(converter.end(), "complete")[0]["tokens"] == {key: value * 2 for key, value in TOKENS.items()}


def test_a_process_that_was_killed_leaves_calls_that_the_next_one_ends(converter: ExecConverter) -> None:
    events = feed(converter, [THREAD, TURN, command("started"), THREAD, TURN])
    (result,) = of_type(events, "tool_result")
    assert result["reason"] == "its process ended while it was running"


def test_a_subagent_begins_and_ends(converter: ExecConverter) -> None:
    agent = {"receiver_thread_ids": ["t2"], "status": "completed"}
    begun = {"t2": {"status": "pending_init", "message": None}}
    over = {"t2": {"status": "completed", "message": "Three."}}
    kind = "collab_tool_call"
    spawned = item("completed", "item_0", kind, tool="spawn_agent", prompt="Count", agents_states=begun, **agent)
    waited = item("completed", "item_1", kind, tool="wait", agents_states=over, **agent)
    events = feed(converter, [THREAD, spawned, waited])
    assert of_type(events, "tool_use")[0] == {"id": "item_0", "name": "Agent", "input": {"prompt": "Count"}}
    (start,) = of_type(events, "subagent_start")
    assert (start["id"], start["tool_use_id"], start["description"]) == ("t2", "item_0", "Count")
    (complete,) = of_type(events, "subagent_complete")
    assert (complete["status"], complete["summary"]) == ("completed", "Three.")


def test_a_subagent_that_still_runs_at_the_end_was_stopped(converter: ExecConverter) -> None:
    spawned = item("completed", "item_0", "collab_tool_call", tool="spawn_agent", receiver_thread_ids=["t2"])
    feed(converter, [THREAD, TURN, spawned, DONE])
    assert kinds(converter.end()) == ["subagent_complete", "complete"]


def test_unknown_records_are_counted_and_say_nothing(converter: ExecConverter) -> None:
    records: list[Record] = [item("completed", "x", "dream"), {"type": "turn.dreamt"}, {}, {"type": "item.completed"}]
    assert feed(converter, records) == []
    assert converter.unknown == {"item dream": 1, "turn.dreamt": 1, "no type": 1, "item.completed": 1}


@pytest.mark.parametrize("data", [b"", b"not-json", b"[]", b'{"type":'])
def test_a_line_that_is_no_record_says_nothing(converter: ExecConverter, data: bytes) -> None:
    assert converter.feed(data) == []


def test_an_output_has_no_companions(converter: ExecConverter) -> None:
    assert converter.feed(line(THREAD), "other.jsonl") == []


@pytest.mark.parametrize(
    ("record", "vote"),
    [
        (THREAD, 1), (TURN, 1), (SAID, 1), (DONE, 1), ({"type": "turn.failed"}, 1),
        ({"type": "item.completed"}, -1), ({"type": "error", "message": "x"}, 0), ({}, 0), ({"type": 7}, 0),
        ({"type": "event_msg", "payload": {}}, -1), ({"type": "tool_use", "data": {}}, -1),
    ],
)  # fmt: skip
def test_a_record_votes_for_or_against_the_dialect(record: Record, vote: int) -> None:
    assert CodexExec().vote(record) == vote
