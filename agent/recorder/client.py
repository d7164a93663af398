"""A client of the Claude Agent SDK, observed: its messages and hook calls become events of a run file.

    async with RunLog.open("runs") as log, record(ClaudeSDKClient(options), log) as client:
        ...

Needs the extra `agent`.
"""

import logging
import time
import traceback
import warnings
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from claude_agent_sdk import (
    CanUseToolShadowedWarning,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ClaudeSDKError,
    HookMatcher,
    Message,
    PermissionResultAllow,
    PermissionResultDeny,
    ProcessError,
    ToolPermissionContext,
)
from claude_agent_sdk.types import HookEvent, ThinkingConfigAdaptive

from agent.events import AgentType, Error, Info, Outcome, SessionStart
from agent.recorder import Entry, Recorder, Refusal, Sandbox, Stuck, TurnResult
from agent.runlog.runlog import RunLog
from agent.safety.commands import Denial, ToolCall

ToolGuard = Callable[[ToolCall], Denial | None]
"""Looks at a tool call before it runs, and may refuse it."""

_logger = logging.getLogger(__name__)

_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""A message above the SDK's default of 1 MiB kills its reader, and a tool's output alone can be larger."""
_SHOWN_THINKING: ThinkingConfigAdaptive = {"type": "adaptive", "display": "summarized"}
"""The model thinks as much as it would; without `display` its thinking arrives empty."""
_LAST_WORDS = 20
"""Lines of the CLI's standard error that are kept for the case that it dies."""
_NOBODY_TO_ASK = Refusal(
    "nobody is there to allow it; allow the tool with --allow-tools, or stay inside the project folder", "permission"
)
_STOPPING = Refusal("the run is being stopped", "stopping")


def record(
    client: ClaudeSDKClient, log: RunLog, *, agent_type: AgentType = AgentType.SINGLE, iteration: int = 1
) -> ClaudeSDKClient:
    """Write everything that `client` says and does to `log`. Returns the same client. Raises RuntimeError when it is
    connected already.

    Call it before `connect`: the hooks that tell when tools begin and end cannot be added later. What you do with the
    client stays as it is, and events appear as you receive its messages; `session_end` comes with `disconnect`.
    `agent_type` and `iteration` are for harnesses that open one client after another.
    """
    if getattr(client, "_transport", None) is not None:  # nothing public says so; without it nothing is checked
        raise RuntimeError("the client is connected already; call record() before connect()")
    recording = Recording(log, agent_type=agent_type, iteration=iteration)
    client.options = recording.observed(client.options)
    connect, receive, query, disconnect = client.connect, client.receive_messages, client.query, client.disconnect

    async def connect_quietly(prompt: Any = None, *args: Any, **options: Any) -> None:
        if isinstance(prompt, str):
            await log.emit(Info(message=prompt, kind="user_message"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CanUseToolShadowedWarning)  # it is we who look at what is not allowed
            await connect(prompt, *args, **options)

    async def receive_messages() -> AsyncIterator[Message]:
        try:
            async for message in receive():
                await recording.message(message)
                yield message
        except ClaudeSDKError as error:
            await recording.failed(error)
            raise

    async def query_recorded(prompt: Any, *args: Any, **options: Any) -> None:
        if isinstance(prompt, str):
            await log.emit(Info(message=prompt, kind="user_message"))
        await query(prompt, *args, **options)

    async def disconnect_recorded() -> None:
        try:
            await disconnect()
        finally:
            await recording.close(
                recording.turn or TurnResult(Outcome.INTERRUPTED, "disconnected before the agent was done")
            )

    # On the client itself, so that its other methods, which call these, are recorded as well; mypy knows no such thing.
    for name, method in (
        ("connect", connect_quietly),
        ("receive_messages", receive_messages),
        ("query", query_recorded),
        ("disconnect", disconnect_recorded),
    ):
        setattr(client, name, method)
    return client


class Recording:
    """What one client says, on its way to `log`. `guard` may refuse tool calls.

    `begun` says whether the conversation has begun. Once `stopping` is set, no further tool is allowed to start.
    """

    def __init__(
        self,
        log: RunLog,
        *,
        agent_type: AgentType,
        iteration: int,
        guard: ToolGuard | None = None,
    ) -> None:
        self._log = log
        self._guard = guard
        self._recorder = Recorder(agent_type, iteration, log.hold_back, time.monotonic())
        self._stuck = Stuck()
        self._sandbox = Sandbox()
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._ended = False
        self.begun = False
        self.stopping = False

    @property
    def turn(self) -> TurnResult | None:
        """How the last turn ended; None before its end. Whoever could not run commands has not done the work."""
        turn = self._recorder.turn
        if turn and turn.outcome is Outcome.SUCCESS and self._sandbox.trouble:
            return TurnResult(Outcome.FAILED, self._sandbox.trouble)
        return turn

    @property
    def tool_running(self) -> bool:
        """Whether a tool or a subagent is at work, so that silence is no bad sign."""
        return self._recorder.tool_running

    @property
    def tool_in_hand(self) -> bool:
        """Whether a tool itself is at work, which a clean end waits for."""
        return self._recorder.tool_in_hand

    @property
    def work_pending(self) -> bool:
        """Whether something in the background will wake the agent for another turn, or may."""
        return self._recorder.work_pending

    async def message(self, message: Message) -> None:
        """Record one message of the client."""
        await self._write(self._recorder.message(message, time.monotonic()))
        self._log.touch()

    async def failed(self, error: ClaudeSDKError) -> TurnResult:
        """Record an error that the client raised, with what its process said last. Returns how the session ended."""
        said = str(error)
        if isinstance(error, ProcessError):
            said = f"the agent's process ended with exit code {error.exit_code}"
        turn = TurnResult(Outcome.FAILED, "\n".join([said, *self._last_words]))
        await self._log.emit(Error(message=turn.message, kind=type(error).__name__))
        return turn

    async def close(self, turn: TurnResult) -> None:
        """The client is gone: whatever is open ends, and the session with it. A second call does nothing."""
        if not self._ended:
            self._ended = True
            await self._write(self._recorder.close(turn.outcome, turn.message, time.monotonic()))

    def observed(self, options: ClaudeAgentOptions) -> ClaudeAgentOptions:
        """The caller's options, with what recording needs: partial messages, subagents' text, hooks."""
        hooks = {event: list(matchers) for event, matchers in (options.hooks or {}).items()}
        for event, hook in self._hooks().items():
            hooks.setdefault(event, []).append(HookMatcher(hooks=[hook]))
        asks = options.can_use_tool or options.permission_prompt_tool_name
        return replace(
            options,
            hooks=hooks,
            include_partial_messages=True,
            thinking=options.thinking or _SHOWN_THINKING,
            forward_subagent_text=True,
            max_buffer_size=options.max_buffer_size or _MAX_MESSAGE_BYTES,
            can_use_tool=options.can_use_tool if asks else self._refuse,
            stderr=options.stderr or self._hear,
        )

    def _hear(self, line: str) -> None:
        """A line of the CLI's standard error."""
        self._last_words.append(line)
        _logger.info("the CLI says: %s", line)

    async def _write(self, entries: Iterable[Entry]) -> None:
        for event, parent in entries:
            await self._log.emit(event, parent=parent)
            self.begun |= isinstance(event, SessionStart)
            for news in (self._sandbox.note(event), self._stuck.note(event, parent)):
                if news:
                    await self._log.emit(news, parent=parent)

    def _hooks(self) -> dict[HookEvent, Any]:
        return {
            "PreToolUse": self._pre_tool_use,
            "PostToolUse": self._post_tool_use,
            "PostToolUseFailure": self._post_tool_use,
            "SubagentStart": self._subagent_start,
            "SubagentStop": self._sign_of_life,
            "PreCompact": self._pre_compact,
        }

    async def _pre_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        id_, name = tool_use_id or input_["tool_use_id"], input_["tool_name"]
        try:
            refusal = self._judged(name, input_)
        except Exception as error:  # noqa: BLE001 - the CLI lets a tool run when its hook fails; we do not
            refusal = Refusal(f"the guard failed, so nothing is allowed: {error!r}", "guard_failed")
            trace = "".join(traceback.format_exception(error))
            await self._log.emit(Error(message=refusal.reason, kind=type(error).__name__, traceback=trace))
        _logger.debug("%s %s", name, "may run" if refusal is None else f"is refused by the rule {refusal.rule}")
        if refusal is None:
            self._recorder.pre_tool_use(id_, name, time.monotonic())
            self._log.tool_started(id_, name)
            return {}
        self._recorder.denied(id_, refusal)
        return {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": refusal.reason,
            }
        }

    def _judged(self, name: str, input_: dict[str, Any]) -> Refusal | None:
        if self.stopping:
            return _STOPPING
        denial = self._guard(ToolCall(name, input_["tool_input"], Path(input_["cwd"]))) if self._guard else None
        return Refusal(denial.reason, denial.rule, denial.command) if denial else None

    async def _post_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._recorder.post_tool_use(tool_use_id or input_["tool_use_id"], input_.get("duration_ms"))
        return await self._sign_of_life(input_, tool_use_id, _context)

    async def _subagent_start(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._recorder.subagent_started(input_["agent_id"], input_["agent_type"])
        return await self._sign_of_life(input_, tool_use_id, _context)

    async def _pre_compact(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        await self._log.emit(Info(message=f"compacting the conversation ({input_['trigger']})", kind="compaction"))
        return await self._sign_of_life(input_, tool_use_id, _context)

    async def _sign_of_life(self, _input: Any, _tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._log.touch()
        return {}

    async def _refuse(
        self, _name: str, _input: dict[str, Any], context: ToolPermissionContext
    ) -> PermissionResultAllow | PermissionResultDeny:
        refusal = _NOBODY_TO_ASK
        if context.decision_reason:
            refusal = refusal._replace(reason=context.decision_reason)
        if context.tool_use_id:
            self._recorder.denied(context.tool_use_id, refusal)
        return PermissionResultDeny(message=refusal.reason)
