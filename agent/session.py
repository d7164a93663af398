"""One conversation with the Claude Agent SDK, from prompt to result, recorded as it happens."""

import asyncio
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from claude_agent_sdk import (
    CanUseToolShadowedWarning,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ClaudeSDKError,
    HookMatcher,
    PermissionResultAllow,
    PermissionResultDeny,
    ProcessError,
    ResultMessage,
    ToolPermissionContext,
)
from claude_agent_sdk.types import HookEvent, ThinkingConfigAdaptive

from agent.cancellation import uninterrupted
from agent.events import AgentType, Error, Info, Outcome
from agent.recorder import Entry, Recorder, Turn
from agent.runlog import RunLog

Guard = Callable[[str, dict[str, Any]], str | None]
"""Looks at a tool's name and input before it runs; a text refuses the call and says why."""

SILENCE_TIMEOUT_S = 600.0
_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""A message above the SDK's default of 1 MiB kills its reader, and a tool's output alone can be larger."""
_SHOWN_THINKING: ThinkingConfigAdaptive = {"type": "adaptive", "display": "summarized"}
"""The model thinks as much as it would; without `display` its thinking arrives empty."""
_INTERRUPT_S = 2.0
_LAST_WORDS = 20
"""Lines of the CLI's standard error that are kept for the case that it dies."""
_NOBODY_TO_ASK = "nobody is there to allow it; allow the tool with --allow-tools, or stay inside the project folder"


class Session:
    """Runs one prompt to its end and writes everything that happens to `log`.

    `options` are the caller's; what recording needs (partial messages, subagents' text, hooks) is added to them.
    `silence_timeout_s` ends the session as failed when the model says nothing for that long while no tool runs.
    """

    def __init__(
        self,
        log: RunLog,
        options: ClaudeAgentOptions,
        *,
        agent_type: AgentType = AgentType.SINGLE,
        iteration: int = 1,
        guard: Guard | None = None,
        silence_timeout_s: float = SILENCE_TIMEOUT_S,
    ) -> None:
        self._log = log
        self._guard = guard
        self._silence_timeout_s = silence_timeout_s
        self._recorder = Recorder(agent_type, iteration, log.hold_back, time.monotonic())
        self._reachable = True
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._client = ClaudeSDKClient(self._observed(options))

    async def run(self, prompt: str) -> Turn:
        """Send `prompt` and record until the agent is done. Returns how the last turn ended.

        A CLI that dies, a refusing API and a silence are outcomes, with an `error` event each; only cancellation and
        a failing log raise.
        """
        turn = Turn(Outcome.INTERRUPTED, "interrupted before the agent was done")
        try:
            turn = await self._converse(prompt)
        except ClaudeSDKError as error:
            turn = Turn(Outcome.FAILED, self._told(error))
            self._reachable = False
            await self._log.emit(Error(message=turn.message, kind=type(error).__name__))
        finally:
            await uninterrupted(self._end(turn))
        return turn

    async def _converse(self, prompt: str) -> Turn:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CanUseToolShadowedWarning)  # the tools allowed outright are meant to be
            await self._client.connect()
        await self._client.query(prompt)
        try:
            async with asyncio.timeout(self._silence_timeout_s) as silence:
                async for message in self._client.receive_messages():
                    await self._write(self._recorder.message(message, time.monotonic()))
                    self._log.touch()
                    silence.reschedule(self._deadline())
                    if isinstance(message, ResultMessage) and not self._recorder.work_pending:
                        break
        except TimeoutError:
            said = f"nothing came from the model for {self._silence_timeout_s:g} s while no tool was running"
            await self._log.emit(Error(message=said, kind="silence"))
            return Turn(Outcome.FAILED, said)
        if self._recorder.turn is None:
            said = "the agent's process ended without a result"
            await self._log.emit(Error(message=said, kind="no_result"))
            return Turn(Outcome.FAILED, said)
        return self._recorder.turn

    def _deadline(self) -> float | None:
        if self._recorder.tool_running:
            return None
        return asyncio.get_running_loop().time() + self._silence_timeout_s

    async def _end(self, turn: Turn) -> None:
        if self._recorder.turn is None and self._reachable:
            await self._stop_working()
        await self._client.disconnect()
        await self._write(self._recorder.close(turn.outcome, turn.message, time.monotonic()))

    async def _stop_working(self) -> None:
        """Ask the CLI to drop what it is doing, so that it ends its tools itself. It may be gone already."""
        try:
            async with asyncio.timeout(_INTERRUPT_S):
                await self._client.interrupt()
        except TimeoutError:
            said = f"the agent did not answer within {_INTERRUPT_S:g} s when asked to stop, and is ended"
            await self._log.emit(Info(message=said, kind="interrupt"))
        except ClaudeSDKError as error:
            await self._log.emit(Info(message=f"the agent could not be asked to stop: {error}", kind="interrupt"))

    def _told(self, error: ClaudeSDKError) -> str:
        """The error in a sentence, with what the agent's process said last."""
        said = str(error)
        if isinstance(error, ProcessError):
            said = f"the agent's process ended with exit code {error.exit_code}"
        return "\n".join([said, *self._last_words])

    async def _write(self, entries: Iterable[Entry]) -> None:
        for event, parent in entries:
            await self._log.emit(event, parent=parent)

    def _observed(self, options: ClaudeAgentOptions) -> ClaudeAgentOptions:
        hooks = {event: list(matchers) for event, matchers in (options.hooks or {}).items()}
        for event, hook in self._hooks().items():
            hooks.setdefault(event, []).append(HookMatcher(hooks=[hook]))
        return replace(
            options,
            hooks=hooks,
            include_partial_messages=True,
            thinking=options.thinking or _SHOWN_THINKING,
            forward_subagent_text=True,
            max_buffer_size=options.max_buffer_size or _MAX_MESSAGE_BYTES,
            can_use_tool=options.can_use_tool or self._refuse,
            stderr=options.stderr or self._last_words.append,
        )

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
        self._recorder.pre_tool_use(id_, time.monotonic())
        self._log.tool_started(id_, name)
        reason = self._guard(name, input_["tool_input"]) if self._guard else None
        if reason is None:
            return {}
        self._recorder.denied(id_, reason)
        return {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": reason,
            }
        }

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
        reason = context.decision_reason or _NOBODY_TO_ASK
        if context.tool_use_id:
            self._recorder.denied(context.tool_use_id, reason)
        return PermissionResultDeny(message=reason)
