"""What a harness gets is what it would get without `record`: of subagents, it depends on how they were started."""

from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    Message,
    StreamEvent,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.recorder.observing.harness_messages import HarnessMessages


def said(parent: str | None, text: str = "a") -> AssistantMessage:
    return AssistantMessage([TextBlock(text)], "claude-x", parent_tool_use_id=parent)


def called(id_: str, parent: str | None = None, name: str = "Agent") -> AssistantMessage:
    return AssistantMessage([ToolUseBlock(id_, name, {})], "claude-x", parent_tool_use_id=parent)


def answered(id_: str, parent: str | None = None) -> UserMessage:
    return UserMessage([ToolResultBlock(id_, "ok")], parent_tool_use_id=parent)


def prompted(parent: str) -> UserMessage:
    return UserMessage([TextBlock("Look around.")], parent_tool_use_id=parent)


def withheld(messages: list[Message], **given: Any) -> list[Message]:
    harness_messages = HarnessMessages(ClaudeAgentOptions(**given))
    return [message for message in messages if not harness_messages.includes(message)]


THOUGHT = AssistantMessage([ThinkingBlock("hm", "s")], "claude-x", parent_tool_use_id="one")
IN_FOREGROUND = [
    called("one"), prompted("one"), THOUGHT, said("one"), called("t1", "one", "Bash"), answered("t1", "one"),
    answered("one"), said(None),
]  # fmt: skip
NESTED = [prompted("two"), said("two"), called("t2", "two", "Bash"), answered("t2", "two")]


def test_everything_of_a_subagent_in_the_background_arrives_anyway() -> None:
    for inner in (said("one"), THOUGHT, called("t1", "one", "Bash"), answered("t1", "one")):
        assert withheld([called("one"), inner, said("one"), answered("one"), inner]) == []


def test_text_of_a_subagent_in_the_foreground_arrives_only_when_it_is_forwarded() -> None:
    assert withheld(IN_FOREGROUND) == [THOUGHT, said("one")]


def test_nothing_arrives_of_a_subagent_in_the_foreground_that_a_subagent_started() -> None:
    for started in ([called("one")], [called("one"), prompted("one")]):
        assert withheld([*started, called("two", "one"), *NESTED, answered("two", "one")]) == NESTED


def test_a_subagent_that_goes_on_in_the_background_sends_all_from_then_on() -> None:
    assert withheld([called("one"), prompted("one"), answered("one"), said("one")]) == []


@pytest.mark.parametrize("given", [{"forward_subagent_text": True}, {"extra_args": {"forward-subagent-text": None}}])
def test_a_harness_that_has_text_forwarded_gets_all(given: dict[str, Any]) -> None:
    assert withheld([*IN_FOREGROUND, called("one"), called("two", "one"), *NESTED], **given) == []


@pytest.mark.parametrize(
    "given", [{"include_partial_messages": True}, {"extra_args": {"include-partial-messages": None}}]
)
def test_a_harness_that_asked_for_partial_messages_gets_them(given: dict[str, Any]) -> None:
    partial: list[Message] = [StreamEvent("u", "s1", {"type": "message_start"})]
    assert withheld(partial) == partial
    assert withheld(partial, **given) == []
