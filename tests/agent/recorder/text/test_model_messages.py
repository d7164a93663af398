"""Each message of the model leaves one `message`, with its figures and its text, however it arrives and ends.

Tests agent.recorder.text.model_messages, agent.recorder.text.conversations and agent.recorder.text.prompt_sources
through the translator.
"""

from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ResultMessage,
    StreamEvent,
    SystemMessage,
    TaskNotificationMessage,
    TaskStartedMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.events import AgentType, Error, Message, Outcome, Prompt, Thinking, Thought, Tokens
from agent.recorder.translator import SessionTranslator
from tests.agent.runlog.redaction.pieces import HOLDING_NOTHING

USAGE = {"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 3}
FIRST_COUNT = Tokens(input=10, output=None, cache_read=4, cache_write=3)
LAST_COUNT = Tokens(input=10, output=44, cache_read=4, cache_write=3)
INIT = SystemMessage("init", {"session_id": "s1"})
RESULT = ResultMessage("success", 5, 4, False, 1, "s1")


@pytest.fixture
def translator() -> SessionTranslator:
    return SessionTranslator(AgentType.SINGLE, 1, HOLDING_NOTHING, now=0.0)


def entries(translator: SessionTranslator, *messages: Any) -> list[tuple[Any, str | None]]:
    return [tuple(entry)[:2] for message in messages for entry in translator.message(message, 0.0)]


def ends(translator: SessionTranslator, *messages: Any) -> list[tuple[Any, str | None]]:
    return [(event, parent) for event, parent in entries(translator, *messages) if isinstance(event, Message)]


def stream(*events: dict[str, Any]) -> list[StreamEvent]:
    return [StreamEvent("u", "s1", event) for event in events]


def start(id_: str) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": id_, "model": "claude-x", "usage": USAGE}}


def text(piece: str, index: int = 0) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": piece}},
    ]


def block_stop(index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def end(stop_reason: str | None) -> list[dict[str, Any]]:
    delta = {"stop_reason": stop_reason}
    return [{"type": "message_delta", "delta": delta, "usage": {"output_tokens": 44}}, {"type": "message_stop"}]


def part(id_: str, *blocks: Any, parent: str | None = None, **changes: Any) -> AssistantMessage:
    return AssistantMessage(list(blocks), "claude-x", parent, message_id=id_, usage=USAGE, **changes)


def message(id_: str, text: str, stop_reason: str | None = None, tokens: Tokens | None = FIRST_COUNT) -> Message:
    return Message(id=id_, model="claude-x", stop_reason=stop_reason, tokens=tokens, text=text)


def test_a_streamed_message_ends_with_its_stream(translator: SessionTranslator) -> None:
    received = [
        *stream(start("m1"), *text("A fresh ")),
        part("m1", TextBlock("A fresh pair.")),
        *stream(block_stop()),
        part("m1", ToolUseBlock("t1", "Bash", {})),
    ]
    assert ends(translator, *received) == []
    assert ends(translator, *stream(*end("tool_use"))) == [
        (message("m1", "A fresh pair.", "tool_use", LAST_COUNT), None)
    ]


def test_a_message_is_written_behind_its_text_and_only_once(translator: SessionTranslator) -> None:
    received = [*stream(start("m1"), *text("Done.")), part("m1", TextBlock("Done.")), *stream(block_stop(), *end("x"))]
    written = entries(translator, *received, RESULT)
    assert [type(event) for event, _ in written] == [Thought, Message]
    assert list(translator.close(Outcome.SUCCESS, "", 0.0)) == []


def test_a_part_that_comes_too_late_does_not_end_its_message_again(translator: SessionTranslator) -> None:
    received = [*stream(start("m1"), *text("Done.")), part("m1", TextBlock("Done.")), *stream(block_stop(), *end("x"))]
    entries(translator, *received)
    assert ends(translator, part("m1", ToolUseBlock("t1", "Bash", {})), RESULT) == []


def test_what_broke_keeps_its_figures_and_the_text_goes_to_the_message_that_repeats_it(
    translator: SessionTranslator,
) -> None:
    received = [*stream(start("m1"), *text("Hello wo"), block_stop(), {"type": "message_stop"})]
    again = [*stream(start("m2"), *text("Hello world"), block_stop(), *end("end_turn"))]
    assert ends(translator, *received) == []
    assert ends(translator, *again) == [
        (message("m1", ""), None),
        (message("m2", "Hello world", "end_turn", LAST_COUNT), None),
    ]


def test_no_text_of_a_message_follows_its_end_though_its_stream_broke(translator: SessionTranslator) -> None:
    received = [
        *stream(start("m1"), *text("Hello wo"), block_stop(), {"type": "message_stop"}),
        *stream(start("m2"), *text("Hell"), block_stop(), {"type": "message_stop"}),
        *stream(start("m3"), *text("Hello world"), block_stop(), *end("end_turn")),
    ]
    assert [(type(event), event.text) for event, _ in entries(translator, *received)] == [
        (Thought, "Hello wo"),
        (Thought, "rld"),
        (Message, ""),
        (Message, ""),
        (Message, "Hello world"),
    ]


def test_what_a_message_does_not_repeat_is_void_before_its_end(translator: SessionTranslator) -> None:
    received = [
        *stream(start("m1"), *text("Hello wo"), block_stop(), {"type": "message_stop"}, start("m2")),
        part("m2", ToolUseBlock("t1", "Bash", {})),
        *stream(*end("tool_use")),
    ]
    assert entries(translator, *received)[2:] == [
        (Thought(text="", message="m2", block=0, replaces="m1"), None),
        (message("m1", ""), None),
        (message("m2", "", "tool_use", LAST_COUNT), None),
    ]


def test_what_broke_and_was_not_repeated_keeps_its_text(translator: SessionTranslator) -> None:
    received = stream(start("m1"), *text("Hello wo"), block_stop(), {"type": "message_stop"})
    assert ends(translator, *received, RESULT) == [(message("m1", "Hello wo"), None)]
    later = entries(translator, part("m2", TextBlock("Something else.")))
    assert later == [(Thought(text="Something else.", message="m2", block=0), None)]


def test_the_parts_of_a_subagents_message_are_one_that_ends_with_the_next_or_with_the_subagent(
    translator: SessionTranslator,
) -> None:
    started = TaskStartedMessage("task_started", {}, "a1", "Look", "u", "s1", "t1", "local_agent")
    stopped = TaskNotificationMessage("task_notification", {}, "a1", "completed", "", "Fine", "u", "s1", "t1")
    received = [
        started,
        part("m1", ThinkingBlock("Hm.", ""), parent="t1"),
        part("m1", TextBlock("I look."), parent="t1"),
        part("m1", ToolUseBlock("t2", "Read", {}), parent="t1"),
        UserMessage([ToolResultBlock("t2", "x")], parent_tool_use_id="t1"),
        part("m1", TextBlock("I look again."), parent="t1"),
    ]
    assert ends(translator, *received) == []
    assert ends(translator, part("m2", TextBlock("Fine."), parent="t1")) == [
        (message("m1", "I look.\n\nI look again."), "t1")
    ]
    written = entries(translator, stopped)
    assert written[0] == (message("m2", "Fine."), "t1")
    assert len(written) == 2


def test_messages_of_two_subagents_and_of_the_main_agent_do_not_end_each_other(translator: SessionTranslator) -> None:
    received = [
        *stream(start("m1"), *text("Main.")),
        part("m2", TextBlock("One."), parent="t1"),
        part("m3", TextBlock("Two."), parent="t2"),
    ]
    assert ends(translator, *received) == []
    closing = [(event, parent) for event, parent in translator.close(Outcome.INTERRUPTED, "", 0.0)]
    assert [(event.text, parent) for event, parent in closing if isinstance(event, Message)] == [
        ("Main.", None), ("One.", "t1"), ("Two.", "t2"),
    ]  # fmt: skip


def test_a_message_that_is_cut_off_has_no_stop_reason(translator: SessionTranslator) -> None:
    entries(translator, *stream(start("m1"), *text("Hello wo")))
    closing = [event for event, _ in translator.close(Outcome.INTERRUPTED, "", 0.0)]
    assert closing == [Thought(text="Hello wo", message="m1", block=0), message("m1", "Hello wo")]


def test_an_error_of_the_api_is_no_message_of_the_model(translator: SessionTranslator) -> None:
    refusal = AssistantMessage([TextBlock("API Error")], "<synthetic>", error="unknown", message_id="m1")
    assert [event for event, _ in entries(translator, refusal, RESULT)] == [
        Error(message="API Error", kind="api:unknown")
    ]


def test_what_the_cli_writes_as_the_model_is_a_message_without_tokens(translator: SessionTranslator) -> None:
    synthetic = AssistantMessage([TextBlock("No response.")], "<synthetic>", message_id="m1", usage=USAGE)
    expected = Message(id="m1", model="<synthetic>", stop_reason=None, tokens=None, text="No response.")
    assert ends(translator, synthetic, RESULT) == [(expected, None)]


def prompts(translator: SessionTranslator, *messages: Any) -> list[tuple[str, str, str | None]]:
    written = entries(translator, *messages)
    return [(event.source, event.text, parent) for event, parent in written if isinstance(event, Prompt)]


def test_a_prompt_is_written_behind_the_start_of_its_session(translator: SessionTranslator) -> None:
    assert list(translator.prompt(Prompt(text="one", source="user"))) == []
    written = entries(translator, INIT, INIT)
    assert [event.type for event, _ in written] == ["session_start", "prompt"]


def test_a_prompt_that_no_session_follows_is_written_at_the_end(translator: SessionTranslator) -> None:
    list(translator.prompt(Prompt(text="one", source="user")))
    assert list(translator.close(Outcome.FAILED, "", 0.0)) == [(Prompt(text="one", source="user"), None)]


def test_a_prompt_while_a_turn_is_running_is_queued(translator: SessionTranslator) -> None:
    def send(text: str) -> str:
        (entry,) = translator.prompt(Prompt(text=text, source="user"))
        assert isinstance(entry.event, Prompt)
        return entry.event.source

    entries(translator, INIT, RESULT)
    assert (send("one"), send("two")) == ("user", "queued")
    entries(translator, RESULT, INIT)  # the turn of the second one
    assert send("three") == "queued"
    entries(translator, RESULT)
    assert send("four") == "user"


def test_a_text_that_nobody_sent_comes_from_the_cli(translator: SessionTranslator) -> None:
    assert prompts(
        translator,
        UserMessage("This session is being continued"),
        UserMessage([TextBlock("[Request interrupted by user]")]),
        UserMessage([TextBlock("<task-notification>")], origin={"kind": "task-notification"}),
    ) == [
        ("cli", "This session is being continued", None),
        ("cli", "[Request interrupted by user]", None),
        ("cli", "<task-notification>", None),
    ]


def test_a_prompt_that_the_cli_repeats_is_written_once(translator: SessionTranslator) -> None:
    list(translator.prompt(Prompt(text="Do it.", source="harness")))
    assert prompts(translator, UserMessage("Do it.")) == []
    assert prompts(translator, UserMessage("Do it.", origin={"kind": "human"})) == [("user", "Do it.", None)]


def test_the_first_text_to_a_subagent_is_its_prompt(translator: SessionTranslator) -> None:
    first, second = (UserMessage([TextBlock(said)], parent_tool_use_id="t1") for said in ("Look.", "Hook says no."))
    assert prompts(translator, first, second) == [("subagent", "Look.", "t1"), ("cli", "Hook says no.", "t1")]


def test_the_prompt_of_a_subagent_is_written_once_also_where_only_its_start_has_it(
    translator: SessionTranslator,
) -> None:
    started = TaskStartedMessage("task_started", {"prompt": "Look."}, "a1", "Look", "u", "s1", "t1", "local_agent")
    repeated = UserMessage([TextBlock("Look.")], parent_tool_use_id="t1")
    assert prompts(translator, started, repeated, started) == [("subagent", "Look.", "t1")]
    assert prompts(translator, repeated) == [("cli", "Look.", "t1")]


def test_text_is_written_before_what_came_after_it(translator: SessionTranslator) -> None:
    entries(translator, *stream(start("m1"), *text("One moment")))
    written = entries(translator, SystemMessage("api_retry", {}))
    assert [event.type for event, _ in written] == ["thought", "api_retry"]


def test_text_that_waits_is_written_before_what_a_subagent_does_then(translator: SessionTranslator) -> None:
    entries(translator, *stream(start("m1"), *text("One moment")))
    written = entries(translator, part("m2", ToolUseBlock("t2", "Read", {}), parent="t1"))
    assert [(event.type, parent) for event, parent in written] == [("thought", None), ("tool_use", "t1")]


def test_encrypted_thinking_leaves_a_thinking_without_text(translator: SessionTranslator) -> None:
    assert (Thinking(text="", message="m1", block=0, redacted=True), "t1") in entries(
        translator, part("m1", parent="t1")
    )
