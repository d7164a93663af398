"""Fields of unexpected types cost the record these fields, and nothing else.

Tests agent.recorder.sdk.typed_messages and agent.recorder.sdk.field_values.
"""

import math
from copy import deepcopy
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    RateLimitEvent,
    RateLimitInfo,
    ResultMessage,
    ServerToolResultBlock,
    ServerToolUseBlock,
    StreamEvent,
    SystemMessage,
    TaskNotificationMessage,
    TaskProgressMessage,
    TaskStartedMessage,
    TaskUpdatedMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)
from hypothesis import given
from hypothesis import strategies as st

from agent.events import AgentType, Event, Outcome, RateLimit, SessionStart, ToolUse
from agent.recorder.observing.harness_messages import HarnessMessages
from agent.recorder.sdk.field_values import count_of, dict_of, int_or_none, number_or_none, text_of, text_or_none, texts
from agent.recorder.sdk.sent_prompts import sent_prompt
from agent.recorder.sdk.typed_messages import well_typed
from agent.recorder.translator import SessionTranslator
from tests.agent.runlog.redaction.pieces import HOLDING_NOTHING

_TASK = {"data": {"prompt": "Look."}, "task_id": "a1", "uuid": "u", "session_id": "s1", "tool_use_id": "t1"}
_USAGE = {"total_tokens": 1, "tool_uses": 1, "duration_ms": 1}
_COUNTS = {"input_tokens": 1, "output_tokens_details": {"thinking_tokens": 1}}
MESSAGES: list[Any] = [
    SystemMessage("init", {
        "session_id": "s1", "model": "m", "tools": ["Bash"], "mcp_servers": [{"name": "n", "status": "ok"}],
        "memory_paths": {"auto": "/m"}, "claude_code_version": "2", "permissionMode": "default", "cwd": "/p",
    }),
    SystemMessage("api_retry", {"attempt": 1, "max_retries": 9, "retry_delay_ms": 1.5, "error_status": 529}),
    SystemMessage("compact_boundary", {"compact_metadata": {"trigger": "auto", "pre_tokens": 9}}),
    SystemMessage("permission_denied", {"tool_use_id": "t1", "message": "no", "decision_reason_type": "rule"}),
    StreamEvent("u", "s1", {"type": "message_start", "message": {"id": "m1", "model": "m", "usage": _COUNTS}}),
    StreamEvent("u", "s1", {"type": "content_block_start", "index": 0, "content_block": {
        "type": "web_search_tool_result", "tool_use_id": "w1", "content": [{"error_code": "x"}], "id": "i", "name": "n",
    }}),
    StreamEvent("u", "s1", {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}}),
    StreamEvent("u", "s1", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": _COUNTS}),
    AssistantMessage(
        [TextBlock("a"), ThinkingBlock("b", "s"), ToolUseBlock("t1", "Agent", {"subagent_type": "x"}),
         ToolUseBlock("t2", "TodoWrite", {"todos": [{"content": "c", "status": "d"}]}),
         ServerToolUseBlock("w1", "web_search", {"query": "q"}), ServerToolResultBlock("w1", {"type": "x"})],
        "m", usage=_COUNTS, message_id="m1", stop_reason="end_turn", uuid="u",
    ),
    AssistantMessage([TextBlock("it failed")], "<synthetic>", error="unknown"),
    TaskStartedMessage("task_started", **_TASK, description="d", task_type="local_agent"),
    TaskProgressMessage("task_progress", **_TASK, description="d", usage=_USAGE, last_tool_name="Bash"),
    TaskUpdatedMessage("task_updated", {}, "a1", {"status": "completed", "error": "e"}),
    TaskNotificationMessage("task_notification", **_TASK, status="completed", output_file="/o", summary="s",
                            usage=_USAGE),
    UserMessage([ToolResultBlock("t1", "ok"), ToolResultBlock("t2", [{"type": "text", "text": "a"}]), TextBlock("b")],
                parent_tool_use_id="t1", tool_use_result={"stdout": "a"}, origin={"kind": "human"}),
    RateLimitEvent(RateLimitInfo("rejected", 1, "five_hour", 0.5), "u", "s1"),
    ResultMessage("success", 1, 1, False, 1, "s1", "end_turn", 0.5, {"input_tokens": 1}, "ok",
                  model_usage={"m": {"inputTokens": 1, "costUSD": 0.5}}, permission_denials=[{"tool_use_id": "t1"}],
                  errors=["e"], terminal_reason="completed"),
]  # fmt: skip
"""One message of each kind, with every field that is recorded."""


def translator() -> SessionTranslator:
    return SessionTranslator(AgentType.SINGLE, 1, HOLDING_NOTHING, now=0.0)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every field, item and value within a message, each as its container and its key."""
    if is_dataclass(value):
        keys = [each.name for each in fields(value)]
        return [place for key in keys for place in [(value, key), *places(getattr(value, key))]]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in [(value, key), *places(item)]]


def put(container: Any, key: Any, value: Any) -> None:
    if is_dataclass(container):
        setattr(container, key, value)
    else:
        container[key] = value


def record(messages: list[Any]) -> None:
    """Record the messages, and check that each event is as the schema says."""
    session, harness_messages = translator(), HarnessMessages(ClaudeAgentOptions())
    for message in messages:
        harness_messages.includes(message)
        check([entry.event for entry in session.message(message, 1.0)])
    check([entry.event for entry in session.close(Outcome.SUCCESS, "done", 2.0)])


def check(events: list[Event]) -> None:
    """Check that each event is as the schema says."""
    for event in events:
        kind = type(event)
        plain = msgspec.json.decode(msgspec.json.encode(event))
        msgspec.convert({name: value for name, value in plain.items() if name in kind.__struct_fields__}, kind)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(st.integers(0, len(MESSAGES) - 1), st.lists(st.tuples(st.integers(0, 99), JSON), min_size=1, max_size=2))
def test_a_message_with_any_json_in_its_fields_is_recorded(number: int, changes: list[tuple[int, Any]]) -> None:
    message = deepcopy(MESSAGES[number])
    for index, value in changes:
        keys = places(message)
        put(*keys[index % len(keys)], value)
    record([*MESSAGES[:number], message])


@pytest.mark.parametrize("value", [None, True, 2**70, math.inf, -1, 0.5, "soon", [], ["a", 1], {}, {"a": "b"}])
def test_each_field_may_have_any_value(value: Any) -> None:
    for number, original in enumerate(MESSAGES):
        for index in range(len(places(original))):
            message = deepcopy(original)
            put(*places(message)[index], value)
            record([*MESSAGES[:number], message])


@given(JSON | st.fixed_dictionaries({"message": JSON | st.fixed_dictionaries({"content": JSON | st.lists(JSON)})}))
def test_a_prompt_of_any_form_is_no_error(prompt: Any) -> None:
    sent_prompt(prompt, "harness")


def test_a_field_of_another_type_counts_as_missing() -> None:
    session = translator()
    init, call = SystemMessage("init", {"session_id": "s1", "tools": None}), ToolUseBlock("t1", "Bash", "ls")  # type: ignore[arg-type]
    limit = RateLimitEvent(RateLimitInfo("rejected", resets_at="soon"), "u", "s1")  # type: ignore[arg-type]
    messages = [init, AssistantMessage([call], "m", message_id="m1"), limit]
    events = [entry.event for each in messages for entry in session.message(each, 1.0)]
    assert [event.tools for event in events if isinstance(event, SessionStart)] == [[]]
    assert [event.input for event in events if isinstance(event, ToolUse)] == [{"malformed": "ls"}]
    assert [event.resets_at for event in events if isinstance(event, RateLimit)] == [None]


def test_a_message_with_the_right_types_stays_as_it_is() -> None:
    for message in MESSAGES:
        assert well_typed(message) == message


def test_values_of_another_type_are_read_as_missing() -> None:
    assert [read(7) for read in (text_or_none, text_of, texts, dict_of)] == [None, "", [], {}]
    assert [read("7") for read in (number_or_none, int_or_none, count_of)] == [None, None, 0]
    assert [read(value) for read in (number_or_none, int_or_none) for value in (True, math.nan, 2**60)] == [None] * 6
    assert [read(7.0) for read in (number_or_none, int_or_none, count_of)] == [7, 7, 7]
    assert texts(["a", 1, "b"]) == ["a", "b"]
