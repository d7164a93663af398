"""The subagents of Codex, each a thread with a rollout of its own."""

import json
from typing import Any

import pytest

from observer.dialects.codex.codex_dialects import CodexRollout
from observer.dialects.codex.codex_rollout import RolloutConverter
from tests.observer.dialects.codex.rollouts import (
    EARLIER_SESSION,
    EARLIER_TURN,
    SESSION,
    TOKENS,
    TURN,
    Record,
    answers,
    asks,
    begins,
    calls,
    completed,
    context,
    ends,
    item,
    meta,
    says,
    used,
)
from tests.observer.dialects.feeding import feed, kinds, of_type, problems

CHILD = "01a22ad9-3000-7a82-9d07-b3aaeb604624"
GRANDCHILD = "01a22ad9-4000-7a82-9d07-b3aaeb604624"
SPAWN = calls(1, "spawn_agent", "c1", message="Count", agent_type="scout")
STARTED = completed(
    1, "CollabAgentToolCall", id="c1", tool="spawn_agent", status="completed", prompt="Count",
    receiver_thread_ids=[CHILD], receiver_agents=[{"thread_id": CHILD, "agent_role": "scout"}],
    agents_states={CHILD: "pending_init"},
)  # fmt: skip
SPAWNED = answers(1, "c1", f'{{"agent_id":"{CHILD}","nickname":"Pauli"}}')
START = {"id": CHILD, "tool_use_id": "c1", "agent_type": "scout", "description": "Count"}


def ending(status: str, summary: str = "", thread: str = CHILD, call: str = "c1") -> dict[str, Any]:
    unknown = {"duration_ms": None, "tool_uses": None, "tokens": None}
    return {"id": thread, "tool_use_id": call, "status": status, "summary": summary, **unknown}


def of_child(second: float, thread: str = CHILD, **more: Any) -> Record:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": SESSION, "depth": 1}}}
    return meta(second, id=thread, parent_thread_id=SESSION, source=source, **more)


@pytest.fixture
def converter() -> RolloutConverter:
    converter = CodexRollout().converter()
    feed(converter, [meta(), context(), begins(0), asks(0, "Go", ["user.text"])])
    return converter


def test_a_subagent_begins_with_the_item_of_its_call(converter: RolloutConverter) -> None:
    events = feed(converter, [SPAWN, STARTED, SPAWNED])
    assert kinds(events) == ["tool_use", "subagent_start", "tool_result"]
    assert of_type(events, "subagent_start") == [START]
    assert of_type(events, "tool_use")[0]["name"] == "Agent"


def test_without_the_item_it_begins_with_the_output(converter: RolloutConverter) -> None:
    assert of_type(feed(converter, [SPAWN, SPAWNED]), "subagent_start") == [START]


def test_newer_versions_have_activities_instead(converter: RolloutConverter) -> None:
    known = {"agent_thread_id": CHILD, "agent_path": "/root/count"}
    events = feed(converter, [
        calls(1, "spawn_agent", "c1", message="Count", task_name="count"),
        completed(1, "SubAgentActivity", id="c1", kind="started", **known),
        answers(1, "c1", '{"task_name":"/root/count"}'),
        completed(2, "SubAgentActivity", id="subagent-completed-x", kind="completed", **known),
        completed(2, "SubAgentActivity", id="subagent-completed-x", kind="completed", **known),
    ])  # fmt: skip
    start = {"id": CHILD, "tool_use_id": "c1", "agent_type": None, "description": "count"}
    assert of_type(events, "subagent_start") == [start]
    assert of_type(events, "subagent_complete") == [ending("completed")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"completed": "done"}, [ending("completed", "done")]),
        ({"completed": None}, [ending("completed")]),
        ({"errored": "no"}, [ending("failed", "no")]),
        ("shutdown", [ending("stopped")]),
        ("interrupted", [ending("stopped")]),
        ("running", []),
        ("pending_init", []),
        (7, []),
    ],
)
@pytest.mark.parametrize("by", ["item", "output", "notification"])
def test_a_subagent_ends_where_that_is_said_first(
    converter: RolloutConverter, by: str, state: Any, expected: list[dict[str, Any]]
) -> None:
    feed(converter, [SPAWN, STARTED, SPAWNED])
    wait = calls(2, "wait_agent", "c2", targets=[CHILD])
    told = json.dumps({"agent_path": CHILD, "status": state})
    saying = {
        "item": completed(3, "CollabAgentToolCall", id="c2", tool="wait", agents_states={CHILD: state}),
        "output": answers(3, "c2", json.dumps({"status": {CHILD: state}, "timed_out": False})),
        "notification": asks(
            3,
            f"<subagent_notification>\n{told}\n</subagent_notification>",
        ),
    }
    events = feed(converter, [wait, saying[by], *saying.values()])
    assert of_type(events, "subagent_complete") == expected
    assert of_type(events, "prompt") == []


def test_a_list_of_agents_says_how_they_are(converter: RolloutConverter) -> None:
    started = completed(1, "SubAgentActivity", id="c1", kind="started", agent_thread_id=CHILD, agent_path="/root/a")
    agents = [
        {"agent_name": "/root", "agent_status": "running"},
        {"agent_name": "/root/a", "agent_status": {"completed": "ok"}},
    ]
    events = feed(
        converter, [SPAWN, started, calls(2, "list_agents", "c2"), answers(2, "c2", json.dumps({"agents": agents}))]
    )
    assert of_type(events, "subagent_complete") == [ending("completed", "ok")]


def test_the_json_of_other_tools_concerns_no_subagent(converter: RolloutConverter) -> None:
    feed(converter, [SPAWN, STARTED, SPAWNED])
    events = feed(
        converter,
        [calls(2, "exec_command", "c2", cmd="x"), answers(2, "c2", json.dumps({"status": {CHILD: "shutdown"}}))],
    )
    assert of_type(events, "subagent_complete") == []


def test_its_own_rollout_is_told_below_its_call(converter: RolloutConverter) -> None:
    feed(converter, [SPAWN, STARTED, SPAWNED])
    child = [
        of_child(2), begins(2), context(2), asks(2, "Count", ["user.text"]), calls(3, "exec_command", "k1", cmd="ls"),
        answers(4, "k1", "ok"), says(5, "Three."), used(5), ends(6),
    ]  # fmt: skip
    events = feed(converter, child, "rollout-child.jsonl")
    assert kinds(events) == ["prompt", "tool_use", "tool_result", "message", "thought", "message"]
    assert {event.parent for event in events} == {"c1"}
    assert of_type(events, "prompt")[0]["source"] == "subagent"


def test_a_rollout_that_comes_before_its_call_waits(converter: RolloutConverter) -> None:
    early = feed(converter, [of_child(2), says(2, "Three.")], "rollout-child.jsonl")
    assert early == []
    events = feed(converter, [SPAWN, STARTED])
    assert [(event.type, event.parent) for event in events[-2:]] == [("subagent_start", None), ("thought", "c1")]
    assert [event.parent for event in feed(converter, [says(3, "Four.")], "rollout-child.jsonl")] == ["c1"]


def test_subagents_have_subagents(converter: RolloutConverter) -> None:
    feed(converter, [SPAWN, STARTED, SPAWNED])
    started = completed(
        3, "CollabAgentToolCall", id="k1", tool="spawn_agent", receiver_thread_ids=[GRANDCHILD], prompt="x"
    )
    events = feed(converter, [of_child(2), calls(3, "spawn_agent", "k1", message="x"), started], "child.jsonl")
    assert [(event.type, event.parent) for event in events] == [("tool_use", "c1"), ("subagent_start", "c1")]
    assert [event.parent for event in feed(converter, [of_child(4, GRANDCHILD), says(4, "x")], "b.jsonl")] == ["k1"]


def test_a_subagent_that_was_forked_leaves_out_the_copy(converter: RolloutConverter) -> None:
    feed(converter, [SPAWN, STARTED, SPAWNED])
    copy = [meta(2, id=EARLIER_SESSION), begins(2, EARLIER_TURN), asks(2, "Go", ["user.text"]), SPAWN]
    task = item(
        3,
        "agent_message",
        author="/root",
        content=[{"type": "input_text", "text": "Message Type: NEW_TASK\nPayload:\nCount"}],
    )
    hidden = item(
        3,
        "agent_message",
        author="/root",
        content=[{"type": "input_text", "text": "Message Type: NEW_TASK\nPayload:\n"}],
    )
    child = [of_child(2, forked_from_id=EARLIER_SESSION), *copy, begins(3, TURN), task, hidden, says(4, "Three.")]
    events = feed(converter, child, "child.jsonl")
    assert [event.data["text"] for event in events] == ["Count", "Three."]


def test_the_end_counts_what_subagents_used_and_ends_those_that_still_run(converter: RolloutConverter) -> None:
    events = feed(converter, [SPAWN, STARTED, SPAWNED, used(2)])
    events += feed(converter, [of_child(2), calls(3, "exec_command", "k1", cmd="ls"), used(3)], "child.jsonl")
    events += feed(converter, [ends(9)])
    last = converter.end()
    assert kinds(last) == ["subagent_complete", "tool_result", "complete"]
    assert of_type(last, "subagent_complete") == [ending("stopped")]
    assert of_type(last, "complete")[0]["tokens"] == {key: value * 2 for key, value in TOKENS.items()}


def test_a_run_with_subagents_is_a_valid_run_file() -> None:
    converter = CodexRollout().converter()
    events = feed(
        converter, [meta(), context(), begins(0), asks(0, "Go", ["user.text"]), SPAWN, STARTED, SPAWNED, used(2)]
    )
    events += feed(converter, [of_child(2), calls(3, "exec_command", "k1", cmd="ls"), used(3)], "child.jsonl")
    events += feed(converter, [ends(9)])
    assert problems([*events, *converter.end()]) == []
