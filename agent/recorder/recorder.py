"""The recorder: every message and hook call of the Claude Agent SDK in, the events of a run file out.

It does no I/O; the time is an argument (seconds of a monotonic clock). What arrives when, and what the names hide, was
measured with SDK 0.2.187: text comes twice, the announcement of a tool is not its start, a refusal by the API is a
"success" with `is_error` set.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
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
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)
from msgspec import Struct

from agent.events import (
    AgentType,
    ApiRetry,
    Compaction,
    Error,
    Info,
    Outcome,
    RateLimit,
    SessionEnd,
    SessionStart,
    Thinking,
    Thought,
)
from agent.recorder.entry import Entry, Refusal
from agent.recorder.subagents import Subagents
from agent.recorder.text import HoldBack, Speaker
from agent.recorder.tools import Tools

_SYNTHETIC = "<synthetic>"
"""The model's name on messages that the CLI wrote itself, to tell of an API error."""
_CHATTER = frozenset(
    {"status", "hook_started", "hook_response", "hook_progress", "thinking_tokens", "background_tasks_changed"}
)
"""System messages that say nothing but "I am alive"."""
_TASKS = frozenset({"task_started", "task_progress", "task_updated", "task_notification"})
_LONGEST_UNKNOWN = 2000
_USD_DIGITS = 6


class TurnResult(Struct, frozen=True):
    """How a turn ended. `message` is the API's or the CLI's own word when it is not a success; `resets_at` is when
    the rate limit that ended it is over."""

    outcome: Outcome
    message: str
    resets_at: datetime | None = None


class Recorder:
    """Records one session. Feed it with `message` and the hook methods; `close` when the session is over."""

    def __init__(self, agent_type: AgentType, iteration: int, hold_back: HoldBack, now: float) -> None:
        self._agent_type = agent_type
        self._iteration = iteration
        self._hold_back = hold_back
        self._began = now
        self._speakers: dict[str | None, Speaker] = {}
        self._tools = Tools()
        self._subagents = Subagents(self._tools.is_open)
        self._spawned: dict[str, tuple[str | None, str | None]] = {}
        self._model_error: str | None = None
        self._result: ResultMessage | None = None
        self._resets_at: datetime | None = None
        self._turns = 0
        self._session_id: str | None = None
        self.turn: TurnResult | None = None

    @property
    def tool_running(self) -> bool:
        """Whether a tool or a subagent is at work, so that silence is no bad sign."""
        return self._tools.running or self._subagents.running

    @property
    def tool_in_hand(self) -> bool:
        """Whether a tool itself is at work, not only a subagent that may go on to the next one."""
        return self._tools.in_hand

    @property
    def work_pending(self) -> bool:
        """Whether something in the background will wake the agent for another turn, or may."""
        return self._subagents.running or self._subagents.commands_running

    def message(self, message: Any, now: float) -> Iterator[Entry]:
        """One message of the SDK, of any type. Yields the events it stands for; types unknown here become `info`."""
        match message:
            case StreamEvent(event=event, parent_tool_use_id=parent):
                yield from (Entry(piece, parent) for piece in self._speaker(parent).stream(event))
                yield from (Entry(piece, parent) for piece in self._tools.stream(event, parent, now))
            case AssistantMessage():
                yield from self._assistant(message, now)
            case UserMessage():
                yield from self._user(message, now)
            case SystemMessage(subtype=subtype) if subtype in _TASKS:
                parent, agent_type = self._spawned.get(getattr(message, "tool_use_id", None) or "", (None, None))
                yield from self._subagents.message(message, parent, agent_type, now)
            case SystemMessage():
                yield from self._system(message)
            case RateLimitEvent():
                yield from self._rate_limit(message)
            case ResultMessage():
                yield from self._end_of_turn(message, now)
            case _:
                yield Entry(Info(message=_short(vars(message)), kind=type(message).__name__))

    def pre_tool_use(self, tool_use_id: str, name: str, now: float) -> None:
        """Hook: the tool is about to run. It may come before the message that announces the call."""
        self._tools.started(tool_use_id, name, now)

    def post_tool_use(self, tool_use_id: str, duration_ms: int | None) -> None:
        """Hook: the tool ran, well or not."""
        self._tools.ended(tool_use_id, duration_ms)

    def denied(self, tool_use_id: str, refusal: Refusal) -> None:
        """We refused a call ourselves."""
        self._tools.denied(tool_use_id, refusal)

    def subagent_started(self, agent_id: str, agent_type: str) -> None:
        """Hook: a subagent was spawned."""
        self._subagents.typed(agent_id, agent_type)

    def close(self, outcome: Outcome, reason: str, now: float) -> Iterator[Entry]:
        """The session is over: nothing stays open, and `session_end` is its last event."""
        yield from self._subagents.close(reason, now)
        yield from self._tools.close(reason, now)
        if self._session_id is None:
            return
        result = self._result
        yield Entry(
            SessionEnd(
                outcome=outcome,
                turns=self._turns,
                duration_ms=round((now - self._began) * 1000),
                cost_usd=_usd(result.total_cost_usd) if result else None,
                usage=result.usage if result else None,
                model_usage=dict(result.model_usage) if result and result.model_usage else None,
                result=result.result if result else None,
            )
        )

    def _speaker(self, parent: str | None) -> Speaker:
        return self._speakers.setdefault(parent, Speaker(self._hold_back))

    def _assistant(self, message: AssistantMessage, now: float) -> Iterator[Entry]:
        parent = message.parent_tool_use_id
        if message.model == _SYNTHETIC and message.error:
            text = "\n".join(block.text for block in message.content if isinstance(block, TextBlock))
            self._model_error = text
            yield Entry(Error(message=text, kind=f"api:{message.error}"), parent)
            return
        name = message.message_id or message.uuid or ""
        speaker = self._speaker(parent)
        for block in message.content:
            match block:
                case TextBlock(text=text):
                    yield from (Entry(piece, parent) for piece in speaker.whole(name, Thought, text))
                case ThinkingBlock(thinking=text):
                    yield from (Entry(piece, parent) for piece in speaker.whole(name, Thinking, text))
                case ToolUseBlock() | ServerToolUseBlock():
                    self._spawned[block.id] = parent, _subagent_type(block.input)
                    yield from self._tools.use(block.id, block.name, block.input, parent, now)
                case ServerToolResultBlock():
                    error = "error" in str(block.content.get("type", ""))
                    yield from self._tools.result(block.tool_use_id, block.content, parent, now, is_error=error)

    def _user(self, message: UserMessage, now: float) -> Iterator[Entry]:
        parent = message.parent_tool_use_id
        blocks = [TextBlock(message.content)] if isinstance(message.content, str) else message.content
        for block in blocks:
            if isinstance(block, ToolResultBlock):
                yield from self._tools.result(
                    block.tool_use_id, block.content, parent, now, is_error=bool(block.is_error)
                )
            elif isinstance(block, TextBlock) and parent is None:  # a subagent's is its prompt, which tool_use has
                yield Entry(Info(message=block.text, kind="user_message"))

    def _system(self, message: SystemMessage) -> Iterator[Entry]:
        data = message.data
        match message.subtype:
            case "init" if self._session_id is None:
                self._session_id = str(data.get("session_id"))
                yield Entry(
                    SessionStart(
                        iteration=self._iteration,
                        agent_type=self._agent_type,
                        session_id=self._session_id,
                        model=data.get("model"),
                        tools=list(data.get("tools", [])),
                    )
                )
            case "api_retry":
                yield Entry(_api_retry(data))
            case "compact_boundary":
                about = data.get("compact_metadata") or {}
                yield Entry(
                    Compaction(trigger=str(about.get("trigger", "unknown")), tokens_before=about.get("pre_tokens"))
                )
            case "permission_denied" if id_ := data.get("tool_use_id"):
                self._tools.denied(str(id_), Refusal(str(data.get("message")), "permission"))
            case subtype if subtype != "init" and subtype not in _CHATTER:
                yield Entry(Info(message=_short(data), kind=f"system:{subtype}"))

    def _rate_limit(self, message: RateLimitEvent) -> Iterator[Entry]:
        info = message.rate_limit_info
        resets_at = _time(info.resets_at)
        self._resets_at = resets_at if info.status == "rejected" else None
        yield Entry(
            RateLimit(
                status=info.status,
                resets_at=resets_at.isoformat().replace("+00:00", "Z") if resets_at else None,
                limit=info.rate_limit_type,
                utilization=info.utilization,
            )
        )

    def _end_of_turn(self, message: ResultMessage, now: float) -> Iterator[Entry]:
        yield from self._subagents.settle(now)
        self._result = message
        self._turns += message.num_turns
        outcome = _outcome(message)
        said = self._model_error or message.result or message.subtype
        self.turn = TurnResult(outcome, said, self._resets_at if outcome is Outcome.FAILED else None)
        self._model_error = None


def _outcome(message: ResultMessage) -> Outcome:
    if message.subtype == "error_max_budget_usd":
        return Outcome.BUDGET
    return Outcome.FAILED if message.is_error or message.subtype != "success" else Outcome.SUCCESS


def _time(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as a time; None for what is none."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def _usd(cost: float | None) -> float | None:
    return None if cost is None else round(cost, _USD_DIGITS)


def _api_retry(data: dict[str, Any]) -> ApiRetry:
    return ApiRetry(
        attempt=int(data.get("attempt") or 0),
        max_retries=int(data.get("max_retries") or 0),
        delay_ms=float(data.get("retry_delay_ms") or 0),
        status=data.get("error_status"),
        error=str(data.get("error") or "unknown"),
    )


def _subagent_type(input_: dict[str, Any]) -> str | None:
    kind = input_.get("subagent_type")
    return kind if isinstance(kind, str) else None


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _LONGEST_UNKNOWN:
        return text
    return f"{text[:_LONGEST_UNKNOWN]} [... {len(text) - _LONGEST_UNKNOWN} characters left out]"
