"""Which tools an agent of ours may use: a guard checks each call, and there is no user to ask.

Unlike the hooks that record, this decides, and it fails closed.
"""

import logging
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from claude_agent_sdk import (
    ClaudeAgentOptions,
    HookMatcher,
    PermissionResultAllow,
    PermissionResultDeny,
    ToolPermissionContext,
)

from agent.errors import RunLogError
from agent.events import Error
from agent.recorder.session_recorder import SessionRecorder
from agent.runlog.runlog import RunLog
from agent.safety.commands.denial import Denial, ToolCall

ToolGuard = Callable[[ToolCall], Denial | None]
"""Checks a tool call before it runs. Returns a denial, or None if it may run."""

_NO_USER = Denial(
    "there is no user to ask for permission; allow the tool with --allow-tools, or stay in the project directory",
    "permission",
)
_STOPPING = Denial("the run is being stopped", "stopping")

_logger = logging.getLogger(__name__)


class Permissions:
    """Decides on the tool calls of one session. While `stopping` is true, no tool may start."""

    def __init__(self, guard: ToolGuard | None, recorder: SessionRecorder, log: RunLog) -> None:
        self._guard = guard
        self._recorder = recorder
        self._log = log
        self.stopping = False

    def add_to(self, options: ClaudeAgentOptions) -> ClaudeAgentOptions:
        """Return `options` with the hook that checks each call, and a `can_use_tool` that denies what needs a user."""
        hook: Any = self._pre_tool_use
        hooks = dict(options.hooks or {})
        hooks["PreToolUse"] = [HookMatcher(hooks=[hook]), *hooks.get("PreToolUse", [])]  # a denied call does not start
        asks = options.can_use_tool or options.permission_prompt_tool_name
        return replace(options, hooks=hooks, can_use_tool=options.can_use_tool if asks else self._deny)

    async def _pre_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        name = input_.get("tool_name")
        try:
            denial = self._check(input_)
        except Exception as error:  # noqa: BLE001 - the CLI lets a tool run when its hook fails; we do not
            denial = Denial(f"the guard failed, so no tool may run: {error!r}", "guard_failed")
            trace = "".join(traceback.format_exception(error))
            with suppress(RunLogError):  # the next message meets the same error, and ends the session
                await self._log.emit(Error(message=denial.reason, kind=type(error).__name__, traceback=trace))
        _logger.debug("%s %s", name, "may run" if denial is None else f"is denied by the rule {denial.rule}")
        if denial is None:
            return {}
        await self._recorder.denied(tool_use_id or input_.get("tool_use_id"), denial)
        return {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": denial.reason,
            }
        }

    def _check(self, input_: dict[str, Any]) -> Denial | None:
        if self.stopping:
            return _STOPPING
        if self._guard is None:
            return None
        return self._guard(ToolCall(input_["tool_name"], input_["tool_input"], Path(input_["cwd"])))

    async def _deny(
        self, _name: str, _input: dict[str, Any], context: ToolPermissionContext
    ) -> PermissionResultAllow | PermissionResultDeny:
        denial = _NO_USER
        if context.decision_reason:
            denial = denial._replace(reason=context.decision_reason)
        await self._recorder.denied(context.tool_use_id, denial)
        return PermissionResultDeny(message=denial.reason)
