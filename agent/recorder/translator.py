"""Translates every message and hook call of the Claude Agent SDK into the events of a run file.

Does no I/O; the time is an argument (seconds of a monotonic clock). The order and the meaning of messages were observed
with SDK 0.2.187: text arrives twice, the announcement of a tool is not its start, an API error is a "success".
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    RateLimitEvent,
    ResultMessage,
    ServerToolResultBlock,
    ServerToolUseBlock,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from agent.events import (
    AgentType,
    Error,
    Outcome,
    Prompt,
    SessionEnd,
    SubagentComplete,
)
from agent.recorder.calls.calls import Calls
from agent.recorder.calls.failures import denial_of_message
from agent.recorder.calls.server_tools import McpCalls, ServerResult, result_in, server_result
from agent.recorder.costs.message_tokens import SYNTHETIC, MessageTokens
from agent.recorder.costs.spending import Spending
from agent.recorder.entry import Entry
from agent.recorder.sdk.cli_events import api_retry, compaction, rate_limit, reset_time, session_start, unknown
from agent.recorder.sdk.typed_messages import well_typed
from agent.recorder.text.conversations import Conversations
from agent.recorder.text.prompt_sources import PromptSources
from agent.recorder.turns import TurnResult, prompt_refusal, refused_calls, turn_result
from agent.runlog.redaction.text_pieces import RedactPiece

_IGNORED = frozenset(
    {"status", "hook_started", "hook_response", "hook_progress", "thinking_tokens", "background_tasks_changed"}
)
"""System messages that are only signs of life."""
_TASKS = frozenset({"task_started", "task_progress", "task_updated", "task_notification"})


class SessionTranslator:
    """Translates one session: call `message` and `prompt` as things happen, and `close` at the end.

    What hooks report goes to `calls`. `call_uses` counts the IDs of calls in all sessions of the run.
    """

    def __init__(
        self, agent_type: AgentType, iteration: int, redact_piece: RedactPiece, now: float,
        call_uses: dict[str, int] | None = None,
    ) -> None:  # fmt: skip
        self._agent_type = agent_type
        self._iteration = iteration
        self._started = now
        self._tokens = MessageTokens()
        self._conversations = Conversations(self._tokens, redact_piece)
        self._prompts = PromptSources()
        self._early_prompts: list[Entry] = []
        self.calls = Calls(call_uses)
        self._tools, self._subagents = self.calls.tools, self.calls.subagents
        self._mcp_calls = McpCalls()
        self._spending = Spending(self._tokens)
        self._model_error: str | None = None
        self._prompt_refusal: str | None = None
        self._result: ResultMessage | None = None
        self._resets_at: datetime | None = None
        self._turns = 0
        self._session_id: str | None = None
        self.turn: TurnResult | None = None

    @property
    def work_running(self) -> bool:
        """Whether a tool or a subagent is running, so that silence is normal."""
        return self._tools.running or self._subagents.running

    @property
    def tool_running(self) -> bool:
        """Whether a tool itself is running, not only a subagent that may call others."""
        return self._tools.tool_running

    @property
    def work_pending(self) -> bool:
        """Whether something in the background will, or may, wake the agent for another turn."""
        return self._subagents.running or self._subagents.commands_running or self._subagents.will_wake

    @property
    def command_running(self) -> bool:
        """Whether a background command is running."""
        return self._subagents.commands_running

    @property
    def waiting_since(self) -> float | None:
        """The time since which a piece of text, or a call, waits to be written; `flush` writes it."""
        times = (self._conversations.waiting_since, self.calls.of_hooks.waiting_since)
        return min((time for time in times if time is not None), default=None)

    def flush(self, now: float) -> Iterator[Entry]:
        """Yield the pieces of text that wait for more, and the calls that only hooks report."""
        yield from self._conversations.flush()
        yield from self.calls.of_hooks.write(now)

    def message(self, message: Any, now: float) -> Iterator[Entry]:
        """Yield the events of one message of the SDK, of any type; a message of an unknown type becomes `info`."""
        if not isinstance(message, StreamEvent | AssistantMessage):  # these may be more of the same text
            yield from self.flush(now)
        message = self.calls.ids.message(well_typed(message))
        match message:
            case StreamEvent(event=event, parent_tool_use_id=parent):
                self._tokens.stream(event, parent)
                if parent is None and event.get("type") == "message_start":
                    self._subagents.main_message_began()
                yield from self._conversations.stream(event, parent, now)
                yield from (Entry(piece, parent) for piece in self._tools.stream(event, parent, now))
                if call := self._mcp_calls.stream(event, parent):
                    yield from self._tools.use(*call, parent, now, of_server=True)
                if result := result_in(event):
                    yield from self._server_result(result, parent, now)
            case AssistantMessage():
                yield from self._assistant(message, now)
            case UserMessage():
                yield from self._user(message, now)
            case SystemMessage(subtype=subtype) if subtype in _TASKS:
                parent, agent_type = self.calls.origin(getattr(message, "tool_use_id", None))
                yield from self._with_messages(self._subagents.message(message, parent, agent_type, now), now)
                yield from self._prompts.of_subagent(message)
            case SystemMessage():
                yield from self._system(message)
            case RateLimitEvent():
                yield from self._rate_limit(message)
            case ResultMessage():
                yield from self._end_of_turn(message, now)
            case _:
                yield Entry(unknown(vars(message), type(message).__name__))

    @property
    def session_id(self) -> str | None:
        """The ID of the session; None before it has started."""
        return self._session_id

    @property
    def spending(self) -> Spending:
        """What the session has cost so far, and the tokens that it has used."""
        return self._spending

    def prompt(self, prompt: Prompt) -> Iterator[Entry]:
        """Yield the event of a prompt that is about to be sent. Before the session starts, it waits for that."""
        self._prompts.send(prompt)
        if self._session_id is None:
            self._early_prompts.append(Entry(prompt))
        else:
            yield from self._conversations.flush()
            yield Entry(prompt)

    def close(self, outcome: Outcome, reason: str, now: float) -> Iterator[Entry]:
        """End the session: end everything that is still open, and yield `session_end` as the last event."""
        yield from self._conversations.close()
        yield from self._with_messages(self._subagents.close(now), now)
        yield from self.calls.of_hooks.close(now)
        yield from self._tools.close(None if outcome is Outcome.SUCCESS else reason, now)
        if self._session_id is None:
            yield from self._early_prompts
            return
        result = self._result
        last = result if self.turn else None
        yield Entry(
            SessionEnd(
                outcome=outcome,
                turns=self._turns,
                duration_ms=round((now - self._started) * 1000),
                cost_usd=self._spending.cost_usd,
                usage=result.usage if result else None,
                model_usage=dict(result.model_usage) if result and result.model_usage else None,
                result=last.result if last else None,
                tokens=self._spending.tokens,
                terminal_reason=last.terminal_reason if last else None,
                errors=list(last.errors or []) if last else [],
                session_id=self._session_id,
                message=None if outcome is Outcome.SUCCESS else reason,
            )
        )

    def _with_messages(self, entries: Iterator[Entry], now: float) -> Iterator[Entry]:
        """Yield `entries`, and before the end of a subagent that of its last message and of its calls."""
        for entry in entries:
            if isinstance(entry.event, SubagentComplete):
                if entry.event.tool_use_id:
                    yield from self._conversations.end(entry.event.tool_use_id)
                yield from self.calls.of_hooks.end(entry.event.id, now)
            yield entry

    def _assistant(self, message: AssistantMessage, now: float) -> Iterator[Entry]:
        parent = message.parent_tool_use_id
        if message.model == SYNTHETIC and message.error:
            text = "\n".join(block.text for block in message.content if isinstance(block, TextBlock))
            self._model_error = text if parent is None else self._model_error  # a subagent's is that of its own end
            yield Entry(Error(message=text, kind=f"api:{message.error}"), parent)
            return
        self._tokens.message(message)
        message_id = message.message_id or message.uuid or ""
        if not self._tokens.is_streamed(message_id, parent):
            yield from self._tools.server_results_dropped(parent, now)
        yield from self._conversations.part(message, message_id)
        for block in message.content:
            yield from self._conversations.block(block, message_id, parent)
            match block:
                case ToolUseBlock() | ServerToolUseBlock():
                    of_server = isinstance(block, ServerToolUseBlock)
                    yield from self.calls.use(block.id, block.name, block.input, parent, now, of_server=of_server)
                case ServerToolResultBlock():
                    yield from self._server_result(server_result(block.tool_use_id, block.content), parent, now)

    def _server_result(self, result: ServerResult, parent: str | None, now: float) -> Iterator[Entry]:
        yield from self._tools.result(result.tool_use_id, result.output, parent, now, is_error=result.is_error)

    def _user(self, message: UserMessage, now: float) -> Iterator[Entry]:
        parent = message.parent_tool_use_id
        for block in message.content if isinstance(message.content, list) else []:
            if isinstance(block, ToolResultBlock):
                is_error = bool(block.is_error)
                response = message.tool_use_result
                yield from self.calls.result(
                    block.tool_use_id, block.content, parent, now, is_error=is_error, response=response
                )
        yield from self._prompts.receive(message)

    def _system(self, message: SystemMessage) -> Iterator[Entry]:
        data = message.data
        if message.subtype == "init":
            self._prompts.begin_turn()
            self.calls.shortened.begin_turn(data)
            self.turn = None
        self._prompt_refusal = prompt_refusal(data) or self._prompt_refusal
        match message.subtype:
            case "init" if self._session_id is None:
                self._session_id = str(data.get("session_id"))
                yield Entry(session_start(data, self._agent_type, self._iteration))
                yield from self._early_prompts
            case "api_retry":
                yield Entry(api_retry(data))
            case "compact_boundary":
                yield Entry(compaction(data))
            case "permission_denied" if id_ := data.get("tool_use_id"):
                self._tools.denied(str(id_), denial_of_message(data))
            case subtype if subtype != "init" and subtype not in _IGNORED:
                yield Entry(unknown(data, f"system:{subtype}"))

    def _rate_limit(self, message: RateLimitEvent) -> Iterator[Entry]:
        info = message.rate_limit_info
        self._resets_at = reset_time(info) if info.status == "rejected" else None
        yield Entry(rate_limit(info))

    def _end_of_turn(self, message: ResultMessage, now: float) -> Iterator[Entry]:
        self._prompts.end_turn()
        yield from self._conversations.end(None)
        yield from self._with_messages(self._subagents.end_turn(now), now)
        yield from self._tools.end_turn(refused_calls(message), now)
        yield from self.calls.of_hooks.end_turn(now)
        self._result = message
        self._turns += message.num_turns
        self._spending.result(message)
        self.turn = turn_result(message, self._model_error, self._resets_at, self._prompt_refusal)
        self._model_error = self._prompt_refusal = None
