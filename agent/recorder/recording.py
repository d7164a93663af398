"""Writes what one client of the Claude Agent SDK receives and does: hooks and callbacks are added to its options."""

import logging
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from claude_agent_sdk import (
    ClaudeAgentOptions,
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
from agent.recorder.loop_detector import LoopDetector
from agent.recorder.recorder import Recorder, TurnResult
from agent.recorder.refusals import Refusals
from agent.recorder.sandbox_errors import SandboxErrors
from agent.recorder.tools import Entry
from agent.runlog.runlog import RunLog
from agent.safety.commands.denial import Denial, ToolCall

ToolGuard = Callable[[ToolCall], Denial | None]
"""Checks a tool call before it runs. Returns a denial, or None if it may run."""

_logger = logging.getLogger(__name__)

_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""The largest accepted message. One beyond the SDK's default of 1 MiB, as of a tool's output, would kill its reader."""
_VISIBLE_THINKING: ThinkingConfigAdaptive = {"type": "adaptive", "display": "summarized"}
"""The CLI's default amount of thinking; without `display` it arrives empty."""
_STDERR_LINES = 20
"""The number of last lines of the CLI's standard error that are kept for the error message if it dies."""
_NO_USER = Denial(
    "there is no user to ask for permission; allow the tool with --allow-tools, or stay in the project directory",
    "permission",
)
_STOPPING = Denial("the run is being stopped", "stopping")


class Recording:
    """Writes what one client receives and does to `log`. `guard` may deny tool calls.

    `credentials_work` says whether the API has accepted the credentials before. `started` is true once the conversation
    has started. While `stopping` is true, no tool may start. `clock` returns seconds; durations are its
    differences.
    """

    def __init__(
        self,
        log: RunLog,
        *,
        agent_type: AgentType,
        iteration: int,
        guard: ToolGuard | None = None,
        credentials_work: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._clock = clock
        self._guard = guard
        self._recorder = Recorder(agent_type, iteration, log.pending_secret_length, self._clock())
        self._loop_detector = LoopDetector()
        self._sandbox_errors = SandboxErrors()
        self._refusals = Refusals(credentials_work=credentials_work)
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._closed = False
        self.started = False
        self.stopping = False

    @property
    def turn(self) -> TurnResult | None:
        """The result of the last turn; None before its end. A turn whose commands could not run has failed."""
        turn = self._recorder.turn
        if turn and turn.outcome is Outcome.SUCCESS and self._sandbox_errors.last_error:
            return TurnResult(Outcome.FAILED, self._sandbox_errors.last_error)
        if turn and turn.outcome is Outcome.FAILED and self._refusals.refusal:
            return TurnResult(Outcome.FAILED, self._refusals.refusal, refused=True)
        return turn

    @property
    def credentials_work(self) -> bool:
        """Whether the API has accepted the credentials."""
        return self._refusals.credentials_work

    @property
    def vain_retries(self) -> str | None:
        """Why it is useless that the CLI tries again, and what to do; None while it is not."""
        return self._refusals.refusal if self._refusals.retries_are_useless else None

    @property
    def work_running(self) -> bool:
        """Whether a tool or a subagent is running, so that silence is normal."""
        return self._recorder.work_running

    @property
    def tool_running(self) -> bool:
        """Whether a tool itself is running; a clean stop waits for it."""
        return self._recorder.tool_running

    @property
    def work_pending(self) -> bool:
        """Whether something in the background will, or may, wake the agent for another turn."""
        return self._recorder.work_pending

    async def record(self, message: Message) -> None:
        """Write the events of one message of the client."""
        await self._write(self._recorder.message(message, self._clock()))
        self._log.touch()

    async def record_failure(self, error: ClaudeSDKError) -> TurnResult:
        """Write an error that the client raised, with the last output of its process. Returns how the session ended."""
        message = str(error)
        if isinstance(error, ProcessError):
            message = f"the agent's process ended with exit code {error.exit_code}"
        turn = TurnResult(Outcome.FAILED, "\n".join([message, *self._stderr]))
        await self._log.emit(Error(message=turn.message, kind=type(error).__name__))
        return turn

    async def close(self, turn: TurnResult) -> None:
        """End the session and everything that is still open in it. A second call does nothing."""
        if not self._closed:
            self._closed = True
            await self._write(self._recorder.close(turn.outcome, turn.message, self._clock()))

    def add_to_options(self, options: ClaudeAgentOptions) -> ClaudeAgentOptions:
        """Return the caller's options plus those that recording needs: partial messages, subagents' text, hooks."""
        hooks = {event: list(matchers) for event, matchers in (options.hooks or {}).items()}
        for event, hook in self._hooks().items():
            hooks.setdefault(event, []).append(HookMatcher(hooks=[hook]))
        asks = options.can_use_tool or options.permission_prompt_tool_name
        return replace(
            options,
            hooks=hooks,
            include_partial_messages=True,
            thinking=options.thinking or _VISIBLE_THINKING,
            forward_subagent_text=True,
            max_buffer_size=options.max_buffer_size or _MAX_MESSAGE_BYTES,
            can_use_tool=options.can_use_tool if asks else self._deny,
            stderr=options.stderr or self._keep_stderr,
        )

    def _keep_stderr(self, line: str) -> None:
        self._stderr.append(line)
        _logger.info("CLI: %s", line)

    async def _write(self, entries: Iterable[Entry]) -> None:
        for event, parent in entries:
            await self._log.emit(event, parent=parent)
            self.started |= isinstance(event, SessionStart)
            self._refusals.check(event, parent)
            for finding in (self._sandbox_errors.check(event), self._loop_detector.check(event, parent)):
                if finding:
                    await self._log.emit(finding, parent=parent)

    def _hooks(self) -> dict[HookEvent, Any]:
        return {
            "PreToolUse": self._pre_tool_use,
            "PostToolUse": self._post_tool_use,
            "PostToolUseFailure": self._post_tool_use,
            "SubagentStart": self._subagent_start,
            "SubagentStop": self._touch,
            "PreCompact": self._pre_compact,
        }

    async def _pre_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        id_, name = tool_use_id or input_["tool_use_id"], input_["tool_name"]
        try:
            denial = self._check(name, input_)
        except Exception as error:  # noqa: BLE001 - the CLI lets a tool run when its hook fails; we do not
            denial = Denial(f"the guard failed, so no tool may run: {error!r}", "guard_failed")
            trace = "".join(traceback.format_exception(error))
            await self._log.emit(Error(message=denial.reason, kind=type(error).__name__, traceback=trace))
        _logger.debug("%s %s", name, "may run" if denial is None else f"is denied by the rule {denial.rule}")
        if denial is None:
            self._recorder.pre_tool_use(id_, name, self._clock())
            self._log.tool_started(id_, name)
            return {}
        self._recorder.denied(id_, denial)
        return {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": denial.reason,
            }
        }

    def _check(self, name: str, input_: dict[str, Any]) -> Denial | None:
        if self.stopping:
            return _STOPPING
        return self._guard(ToolCall(name, input_["tool_input"], Path(input_["cwd"]))) if self._guard else None

    async def _post_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._recorder.post_tool_use(tool_use_id or input_["tool_use_id"], input_.get("duration_ms"))
        return await self._touch(input_, tool_use_id, _context)

    async def _subagent_start(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._recorder.subagent_started(input_["agent_id"], input_["agent_type"])
        return await self._touch(input_, tool_use_id, _context)

    async def _pre_compact(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        await self._log.emit(Info(message=f"compacting the conversation ({input_['trigger']})", kind="compaction"))
        return await self._touch(input_, tool_use_id, _context)

    async def _touch(self, _input: Any, _tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._log.touch()
        return {}

    async def _deny(
        self, _name: str, _input: dict[str, Any], context: ToolPermissionContext
    ) -> PermissionResultAllow | PermissionResultDeny:
        denial = _NO_USER
        if context.decision_reason:
            denial = denial._replace(reason=context.decision_reason)
        if context.tool_use_id:
            self._recorder.denied(context.tool_use_id, denial)
        return PermissionResultDeny(message=denial.reason)
