"""Messages and hook calls of the SDK become events. The messages are the SDK's own classes, as the CLI fills them.

Tests agent.recorder.translator, agent.recorder.entry, agent.recorder.sdk.cli_events, agent.recorder.calls.open_calls
and agent.recorder.calls.subagents.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    RateLimitEvent,
    RateLimitInfo,
    ResultMessage,
    ServerToolUseBlock,
    StreamEvent,
    SystemMessage,
    TaskNotificationMessage,
    TaskProgressMessage,
    TaskStartedMessage,
    TaskUpdatedMessage,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.events import (
    AgentType,
    ApiRetry,
    Compaction,
    Error,
    Event,
    Info,
    McpServer,
    Message,
    Outcome,
    Prompt,
    RateLimit,
    SessionEnd,
    SessionStart,
    SubagentComplete,
    SubagentProgress,
    SubagentStart,
    Thought,
    ToolInput,
    ToolResult,
    ToolStatus,
    ToolUse,
)
from agent.recorder.calls.hook_calls import HookResult
from agent.recorder.translator import SessionTranslator
from agent.runlog.attachments import UnsavedImage
from agent.safety.commands.denial import Denial
from tests.agent.runlog.redaction.pieces import HOLDING_NOTHING

NO_RESULT = HookResult(None, None, is_error=False)
INIT = SystemMessage(
    "init",
    {
        "session_id": "s1",
        "model": "claude-x",
        "tools": ["Bash"],
        "claude_code_version": "2.1.332",
        "permissionMode": "acceptEdits",
        "mcp_servers": [{"name": "tickets", "status": "failed", "source": "project"}],
        "cwd": "/p",
    },
)
BASH = AssistantMessage([ToolUseBlock("t1", "Bash", {"command": "ls"})], "claude-x", message_id="m1")


@pytest.fixture
def translator() -> SessionTranslator:
    return SessionTranslator(AgentType.CODING, 3, HOLDING_NOTHING, now=100.0)


def events(translator: SessionTranslator, messages: Iterable[Any], now: float = 100.0) -> list[Event]:
    return [entry.event for message in messages for entry in translator.message(message, now)]


def result(**changes: Any) -> ResultMessage:
    fields: dict[str, Any] = {
        "subtype": "success", "duration_ms": 5, "duration_api_ms": 4, "is_error": False, "num_turns": 2,
        "session_id": "s1", "total_cost_usd": 0.25, "result": "All done.",
    }  # fmt: skip
    return ResultMessage(**(fields | changes))


def tool_result(content: Any, *, is_error: bool = False, id_: str = "t1") -> UserMessage:
    return UserMessage([ToolResultBlock(id_, content, is_error)])


def test_the_session_starts_once_although_init_comes_with_every_turn(translator: SessionTranslator) -> None:
    assert events(translator, [INIT, INIT]) == [
        SessionStart(
            iteration=3, agent_type=AgentType.CODING, session_id="s1", model="claude-x", tools=["Bash"],
            cli_version="2.1.332", permission_mode="acceptEdits",
            mcp_servers=[McpServer(name="tickets", status="failed")], cwd="/p",
        )
    ]  # fmt: skip


def test_a_cli_that_says_less_of_itself_starts_a_session_all_the_same(translator: SessionTranslator) -> None:
    (start,) = events(translator, [SystemMessage("init", {"session_id": "s1"})])
    assert start == SessionStart(iteration=3, agent_type=AgentType.CODING, session_id="s1")


def test_a_tool_call_and_its_result_with_the_tools_own_time(translator: SessionTranslator) -> None:
    called = events(translator, [BASH])
    translator.calls.pre_tool_use("t1", "Bash", 101.0)
    translator.calls.post_tool_use("t1", 1234, NO_RESULT)
    ended = events(translator, [tool_result("a\nb")], now=109.0)

    assert called == [ToolUse(id="t1", name="Bash", input={"command": "ls"})]
    assert ended == [
        ToolResult(
            tool_use_id="t1", name="Bash", status=ToolStatus.SUCCESS, duration_ms=1234, output="a\nb", output_bytes=3
        )
    ]


def test_a_hook_may_arrive_before_the_announcement_of_its_call(translator: SessionTranslator) -> None:
    translator.calls.pre_tool_use("t1", "Bash", 101.0)
    assert translator.work_running
    assert translator.tool_running

    called = events(translator, [BASH], now=103.0)
    assert translator.tool_running
    (ended,) = events(translator, [tool_result("")], now=104.5)

    assert called == [ToolUse(id="t1", name="Bash", input={"command": "ls"})]
    assert isinstance(ended, ToolResult)
    assert (ended.name, ended.duration_ms) == ("Bash", 3500)
    assert not translator.work_running


def test_a_tool_without_hooks_is_timed_from_its_announcement(translator: SessionTranslator) -> None:
    events(translator, [BASH], now=100.0)
    (ended,) = events(translator, [tool_result("")], now=102.5)
    assert isinstance(ended, ToolResult)
    assert ended.duration_ms == 2500


def test_a_denied_call_is_blocked_and_a_failed_one_is_an_error(translator: SessionTranslator) -> None:
    events(translator, [BASH])
    translator.calls.denied("t1", Denial("not on the list", "allowlist", "curl x"))
    (blocked,) = events(translator, [tool_result("PreToolUse:Bash hook error: not on the list", is_error=True)])
    events(translator, [AssistantMessage([ToolUseBlock("t2", "Bash", {})], "claude-x", message_id="m2")])
    (failed,) = events(translator, [tool_result("hook error: blocked, says the output", is_error=True, id_="t2")])

    assert isinstance(blocked, ToolResult)
    assert (blocked.status, blocked.reason, blocked.duration_ms) == (ToolStatus.BLOCKED, "not on the list", None)
    assert (blocked.rule, blocked.command) == ("allowlist", "curl x")
    assert isinstance(failed, ToolResult)
    assert (failed.status, failed.reason) == (ToolStatus.ERROR, None)


def test_a_call_that_the_settings_deny_is_blocked_although_no_hook_says_so(translator: SessionTranslator) -> None:
    said = "Permission to use Bash with command ls has been denied."
    events(translator, [BASH])
    translator.calls.pre_tool_use("t1", "Bash", 101.0)
    told = {"subtype": "permission_denied", "tool_use_id": "t1", "message": said}
    assert events(translator, [SystemMessage("permission_denied", told)]) == []
    (denied,) = events(translator, [tool_result(said, is_error=True)])

    assert isinstance(denied, ToolResult)
    assert (denied.status, denied.reason, denied.rule) == (ToolStatus.BLOCKED, said, "permission")


def test_a_protected_file_is_known_by_the_answer_unless_the_tool_itself_says_so(translator: SessionTranslator) -> None:
    said = "<tool_use_error>File is in a directory that is denied by your permission settings.</tool_use_error>"
    events(translator, [BASH])
    translator.calls.pre_tool_use("t1", "Bash", 101.0)
    (denied,) = events(translator, [tool_result(said, is_error=True)])
    events(translator, [AssistantMessage([ToolUseBlock("t2", "Bash", {})], "claude-x", message_id="m2")])
    translator.calls.post_tool_use("t2", 5, NO_RESULT)
    (failed,) = events(translator, [tool_result(said, is_error=True, id_="t2")])

    assert isinstance(denied, ToolResult)
    assert denied.status is ToolStatus.BLOCKED
    assert isinstance(failed, ToolResult)
    assert failed.status is ToolStatus.ERROR


def test_a_long_input_is_reported_once_a_second_while_it_is_written(translator: SessionTranslator) -> None:
    def stream(event: dict[str, Any], now: float) -> list[Event]:
        return events(translator, [StreamEvent("u", "s1", event)], now)

    piece = {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "x" * 10}}
    stream(
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "t1", "name": "Write", "input": {}},
        },
        100.0,
    )
    told = [event for tick in range(25) for event in stream(piece, 100.1 + tick / 10)]

    assert told == [ToolInput(id="t1", name="Write", bytes=100), ToolInput(id="t1", name="Write", bytes=200)]


def test_a_subagent_from_start_to_end_with_what_happens_inside(translator: SessionTranslator) -> None:
    spawn = AssistantMessage(
        [ToolUseBlock("t1", "Agent", {"subagent_type": "reviewer", "prompt": "Look."})], "claude-x", message_id="m1"
    )
    usage = {"total_tokens": 90, "tool_uses": 1, "duration_ms": 700}
    messages = [
        TaskStartedMessage("task_started", {}, "a1", "Review it", "u", "s1", "t1", "local_agent"),
        UserMessage("Look.", parent_tool_use_id="t1"),
        AssistantMessage([ToolUseBlock("t2", "Read", {})], "claude-x", parent_tool_use_id="t1", message_id="m2"),
        TaskProgressMessage("task_progress", {}, "a1", "Review it", usage, "u", "s1", "t1", "Read"),
        AssistantMessage([TextBlock("Fine.")], "claude-x", parent_tool_use_id="t1", message_id="m3"),
        TaskUpdatedMessage("task_updated", {}, "a1", {"status": "completed"}),
        TaskNotificationMessage("task_notification", {}, "a1", "completed", "", "Looks fine", "u", "s1", "t1", usage),
    ]
    events(translator, [spawn])

    entries = [entry for message in messages for entry in translator.message(message, 101.0)]

    assert [(entry.event, entry.parent) for entry in entries] == [
        (SubagentStart(id="a1", tool_use_id="t1", agent_type="reviewer", description="Review it"), None),
        (Prompt(text="Look.", source="subagent"), "t1"),
        (ToolUse(id="t2", name="Read", input={}), "t1"),
        (
            SubagentProgress(id="a1", tool_use_id="t1", tool_uses=1, tokens=90, last_tool="Read", duration_ms=700),
            None,
        ),
        (Message(id="m2", model="claude-x", stop_reason=None, tokens=None, text=""), "t1"),
        (Thought(text="Fine.", message="m3", block=0), "t1"),
        (Message(id="m3", model="claude-x", stop_reason=None, tokens=None, text="Fine."), "t1"),
        (
            SubagentComplete(
                id="a1",
                tool_use_id="t1",
                status="completed",
                duration_ms=700,
                tool_uses=1,
                tokens=90,
                summary="Looks fine",
            ),
            None,
        ),
    ]


@pytest.mark.parametrize(("status", "when"), [("killed", "at once"), ("completed", "with the turn")])
def test_a_subagent_that_ends_without_a_notification_ends_once(
    translator: SessionTranslator, status: str, when: str
) -> None:
    events(translator, [TaskStartedMessage("task_started", {}, "a1", "Review", "u", "s1", "t1", "local_agent")])
    at_once = events(translator, [TaskUpdatedMessage("task_updated", {}, "a1", {"status": status})])
    with_turn = events(translator, [result()])

    ends = at_once if when == "at once" else with_turn
    assert [end.status for end in ends if isinstance(end, SubagentComplete)] == [status]
    assert len(at_once + with_turn) == 1


def test_only_a_command_in_the_background_is_reported(translator: SessionTranslator) -> None:
    started = TaskStartedMessage("task_started", {}, "b1", "make all", "u", "s1", "t1", "local_bash")
    ended = TaskUpdatedMessage("task_updated", {}, "b1", {"status": "killed"})

    events(translator, [BASH])
    waited_for = events(translator, [started, ended])
    events(translator, [tool_result("")])
    in_the_background = events(
        translator,
        [
            TaskStartedMessage("task_started", {}, "b2", "make all", "u", "s1", "t1", "local_bash"),
            TaskUpdatedMessage("task_updated", {}, "b2", {"status": "killed"}),
        ],
    )

    assert waited_for == []
    assert in_the_background == [Info(message="background command killed: make all", kind="background")]


def test_an_error_of_the_api_is_a_failure_although_the_sdk_calls_it_success(translator: SessionTranslator) -> None:
    refusal = AssistantMessage([TextBlock("API Error: 400 no")], "<synthetic>", error="unknown", message_id="m1")

    written = events(translator, [INIT, refusal, result(is_error=True, result="API Error: 400 no")])

    assert written[1] == Error(message="API Error: 400 no", kind="api:unknown")
    assert translator.turn is not None
    assert (translator.turn.outcome, translator.turn.message) == (Outcome.FAILED, "API Error: 400 no")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.SUCCESS),
        ({"is_error": True}, Outcome.FAILED),
        ({"subtype": "error_max_turns"}, Outcome.FAILED),
        ({"subtype": "error_max_budget_usd", "is_error": True}, Outcome.BUDGET),
    ],
)
def test_the_outcome_of_a_turn(translator: SessionTranslator, changes: dict[str, Any], outcome: Outcome) -> None:
    events(translator, [result(**changes)])
    assert translator.turn is not None
    assert translator.turn.outcome is outcome


def test_retries_rate_limits_and_compaction(translator: SessionTranslator) -> None:
    written = events(
        translator,
        [
            SystemMessage(
                "api_retry",
                {"attempt": 1, "max_retries": 10, "retry_delay_ms": 500.5, "error_status": 529, "error": "overloaded"},
            ),
            RateLimitEvent(RateLimitInfo("rejected", resets_at=1_800_000_000, rate_limit_type="five_hour"), "u", "s1"),
            SystemMessage("compact_boundary", {"compact_metadata": {"trigger": "auto", "pre_tokens": 150_000}}),
        ],
    )
    assert written == [
        ApiRetry(attempt=1, max_retries=10, delay_ms=500.5, status=529, error="overloaded"),
        RateLimit(status="rejected", resets_at="2027-01-15T08:00:00Z", limit="five_hour", utilization=None),
        Compaction(trigger="auto", tokens_before=150_000),
    ]


def test_a_message_of_an_unknown_type_becomes_info(translator: SessionTranslator) -> None:
    class TomorrowsMessage:
        def __init__(self) -> None:
            self.hello = "world"

    assert events(translator, [TomorrowsMessage(), SystemMessage("tomorrow", {"a": 1})]) == [
        Info(message='{"hello": "world"}', kind="TomorrowsMessage"),
        Info(message='{"a": 1}', kind="system:tomorrow"),
    ]


def test_an_image_in_a_result_is_named_in_its_text_and_apart_from_it(translator: SessionTranslator) -> None:
    events(translator, [BASH])
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 400}}
    (ended,) = events(translator, [tool_result([{"type": "text", "text": "a picture:"}, image])])
    assert isinstance(ended, ToolResult)
    assert ended.output == "a picture:\n[image image/png, 300 bytes]"
    assert ended.images == [UnsavedImage(media_type="image/png", bytes=300, data="A" * 400)]


def server_call(id_: str = "s1", message_id: str = "m1") -> AssistantMessage:
    return AssistantMessage([ServerToolUseBlock(id_, "web_search", {"query": "x"})], "claude-x", message_id=message_id)


def server_result(id_: str = "s1") -> StreamEvent:
    block = {"type": "web_search_tool_result", "tool_use_id": id_, "content": [{"type": "text", "text": "found"}]}
    return StreamEvent("u", "s1", {"type": "content_block_start", "index": 1, "content_block": block})


def begin(message_id: str = "m1") -> StreamEvent:
    return StreamEvent("u", "s1", {"type": "message_start", "message": {"id": message_id, "usage": {}}})


DROPPED = AssistantMessage([], "claude-x", message_id="m1")
"""What the SDK makes of the result of a server tool."""


def test_the_result_of_a_server_tool_is_in_the_stream(translator: SessionTranslator) -> None:
    (call,) = events(translator, [INIT, begin(), server_call()])[1:]
    assert (call, translator.work_running) == (ToolUse(id="s1", name="web_search", input={"query": "x"}), False)
    (ended,) = events(translator, [server_result(), DROPPED, DROPPED], now=102.0)
    assert ended == ToolResult(
        tool_use_id="s1", name="web_search", status=ToolStatus.SUCCESS, duration_ms=2000, output="found", output_bytes=5
    )


def test_server_tools_that_run_at_the_same_time_each_have_their_result(translator: SessionTranslator) -> None:
    written = events(translator, [begin(), server_call("s1"), server_call("s2"), server_result("s1"), DROPPED,
                                server_result("s2"), DROPPED])  # fmt: skip
    assert [event.tool_use_id for event in written if isinstance(event, ToolResult)] == ["s1", "s2"]


def test_a_result_that_is_not_in_a_stream_is_unknown_and_not_an_error(translator: SessionTranslator) -> None:
    """A message that arrives in one piece, after its stream broke or from a subagent."""
    (_, ended) = events(translator, [server_call(), DROPPED])
    assert isinstance(ended, ToolResult)
    assert (ended.status, ended.truncated, ended.output) == (ToolStatus.SUCCESS, True, "")
    assert "did not pass on" in (ended.reason or "")


def test_a_server_tool_that_the_model_does_not_wait_for_ends_with_the_turn(translator: SessionTranslator) -> None:
    events(translator, [begin(), server_call()])
    _message, ended = events(translator, [result(stop_reason="pause_turn")])
    assert isinstance(ended, ToolResult)
    assert (ended.status, "turn ended" in (ended.reason or "")) == (ToolStatus.ERROR, True)
    assert translator.turn is not None
    assert translator.turn.outcome is Outcome.FAILED


def test_a_call_that_no_hook_announced_did_not_run(translator: SessionTranslator) -> None:
    translator.calls.expect_hooks()
    events(translator, [BASH])
    (ended,) = events(
        translator, [tool_result("<tool_use_error>Error: No such tool available</tool_use_error>", is_error=True)]
    )
    assert isinstance(ended, ToolResult)
    assert (ended.status, ended.duration_ms) == (ToolStatus.ERROR, None)
    assert ended.reason == "did not run: No such tool available"


def test_a_call_that_ran_was_not_refused_whatever_a_hook_said(translator: SessionTranslator) -> None:
    """A hook that answers `continue: false` does not keep the call from running (CLI 2.1.332)."""
    translator.calls.expect_hooks()
    events(translator, [BASH])
    translator.calls.denied("t1", Denial("stop", "hook"))
    translator.calls.pre_tool_use("t1", "Bash", 100.0)
    translator.calls.post_tool_use("t1", 12, NO_RESULT)
    (ended,) = events(translator, [tool_result("Exit code 1", is_error=True)])
    assert isinstance(ended, ToolResult)
    assert (ended.status, ended.duration_ms, ended.reason) == (ToolStatus.ERROR, 12, None)


def test_the_result_of_a_turn_names_calls_that_were_refused_without_an_answer(translator: SessionTranslator) -> None:
    translator.calls.expect_hooks()
    events(
        translator, [BASH, result(permission_denials=[{"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {}}])]
    )
    (ended,) = [entry.event for entry in translator.close(Outcome.SUCCESS, "All done.", 101.0)]
    assert isinstance(ended, ToolResult)
    assert (ended.status, ended.rule) == (ToolStatus.BLOCKED, "permission")


def test_what_the_model_said_last_does_not_describe_what_was_cut(translator: SessionTranslator) -> None:
    translator.calls.expect_hooks()
    second = AssistantMessage([ToolUseBlock("t2", "Bash", {"command": "ls"})], "claude-x", message_id="m1")
    events(translator, [INIT, BASH, second, started()])
    translator.calls.pre_tool_use("t1", "Bash", 100.0)
    events(translator, [result(result="I fixed the bug.")])
    closing = [entry.event for entry in translator.close(Outcome.SUCCESS, "I fixed the bug.", 101.0)]
    (cut,) = [event for event in closing if isinstance(event, SubagentComplete)]
    running, waiting = [event for event in closing if isinstance(event, ToolResult)]
    assert (cut.status, cut.summary) == ("stopped", "")
    assert (running.reason, running.duration_ms) == ("the session ended while it was running", 1000)
    assert (waiting.reason, waiting.duration_ms) == ("did not run: the session ended before it started", None)


def started() -> TaskStartedMessage:
    return TaskStartedMessage("task_started", {}, "a1", "Review", "u", "s1", "t9", "local_agent")


def test_the_totals_of_a_subagent_are_those_of_its_end(translator: SessionTranslator) -> None:
    usage: Any = {"total_tokens": 1001, "tool_uses": 1, "duration_ms": 350}
    call = AssistantMessage(
        [ToolUseBlock("t1", "Bash", {}), ToolUseBlock("t2", "Read", {})], "claude-x", parent_tool_use_id="t9"
    )
    progress = TaskProgressMessage("task_progress", {}, "a1", "Review", usage, "u", "s1", "t9", "Bash")
    failed = TaskNotificationMessage("task_notification", {}, "a1", "failed", "", "API Error: 400", "u", "s1", "t9")
    events(translator, [started(), call, progress], now=100.0)
    _message, end = events(translator, [failed], now=107.0)
    assert end == SubagentComplete(
        id="a1", tool_use_id="t9", status="failed", duration_ms=7000, tool_uses=2, tokens=None, summary="API Error: 400"
    )


def test_an_error_of_the_api_in_a_subagent_is_not_why_the_turn_failed(translator: SessionTranslator) -> None:
    refusal = AssistantMessage(
        [TextBlock("API Error: 400 no")], "<synthetic>", error="unknown", message_id="m1", parent_tool_use_id="t9"
    )
    events(translator, [refusal, result(is_error=True, subtype="error_max_turns", result=None, errors=["too many"])])
    assert translator.turn is not None
    assert translator.turn.message == "too many"


def test_closing_ends_everything_that_is_open(translator: SessionTranslator) -> None:
    events(translator, [INIT, BASH])
    events(translator, [TaskStartedMessage("task_started", {}, "a1", "Review", "u", "s1", "t9", "local_agent")])

    closing = [entry.event for entry in translator.close(Outcome.INTERRUPTED, "stopped", 130.0)]

    assert [type(event) for event in closing] == [Message, SubagentComplete, ToolResult, SessionEnd]
    assert isinstance(closing[2], ToolResult)
    assert (closing[2].status, closing[2].reason) == (ToolStatus.ERROR, "stopped")
    assert isinstance(closing[3], SessionEnd)
    assert (closing[3].outcome, closing[3].duration_ms) == (Outcome.INTERRUPTED, 30_000)


def test_cost_and_turns_of_a_session_with_background_work(translator: SessionTranslator) -> None:
    events(translator, [INIT, result(total_cost_usd=0.25), result(total_cost_usd=0.75)])
    (end,) = [entry.event for entry in translator.close(Outcome.SUCCESS, "done", 130.0)]
    assert isinstance(end, SessionEnd)
    assert (end.turns, end.cost_usd, end.result) == (4, 0.75, "All done.")
