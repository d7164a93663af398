"""The hooks and callbacks by which the SDK reports what no message says: when a tool starts, and who refuses it.

They observe: the caller's own are called as before, and what ours return or raise has no effect on the agent.
"""

import copy
import functools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Any

from claude_agent_sdk import (
    CanUseTool,
    ClaudeAgentOptions,
    HookMatcher,
    PermissionResultAllow,
    PermissionResultDeny,
    ToolPermissionContext,
)
from claude_agent_sdk.types import HookEvent

from agent.errors import RunLogError
from agent.events import Event, Info
from agent.recorder.calls.calls import Calls
from agent.recorder.calls.hook_calls import hook_result
from agent.recorder.effects.human_waits import HumanWaits
from agent.recorder.effects.own_faults import Faults
from agent.runlog.runlog import RunLog
from agent.safety.commands.denial import Denial

Emit = Callable[[Event], Awaitable[None]]
Hook = Callable[[dict[str, Any], str | None, Any], Awaitable[dict[str, Any]]]

_MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""The largest accepted message, or more. One beyond the SDK's default of 1 MiB would kill its reader. A limit of the
harness is too small as well: our hooks receive what a tool got and what came of it in one message."""
_REFUSING_HOOKS = frozenset({"PreToolUse", "PermissionRequest"})
"""Hooks of the caller that can refuse a call."""


class Callbacks:
    """Reports to `calls` and `log` what the hooks and callbacks of one session say.

    `reported` is called after what the recorder may have to write without another message.
    """

    def __init__(
        self,
        calls: Calls,
        log: RunLog,
        emit: Emit,
        reported: Callable[[], None],
        faults: Faults,
        clock: Callable[[], float],
    ) -> None:
        self._calls = calls
        self._log = log
        self._emit = emit
        self._reported = reported
        self._faults = faults
        self._clock = clock
        self._denied: set[str] = set()
        self._prompts = False
        """Whether a tool of the harness answers requests for permission; no callback tells when it has."""
        self.waits = HumanWaits(log)

    def add_to(self, options: ClaudeAgentOptions, keep_stderr: Callable[[str], None]) -> ClaudeAgentOptions:
        """Return the caller's options plus partial messages, our hooks, and subagents' text if that is harmless.

        Nothing else, as everything else (a `can_use_tool`, a thinking display) changes the requests to the model. The
        options of the caller are left as they are. `keep_stderr` gets what the CLI reports.
        """
        self._prompts = options.permission_prompt_tool_name is not None
        hooks = {event: [self._wrap(event, each) for each in own] for event, own in (options.hooks or {}).items()}
        for event, hook in self._hooks().items():
            hooks.setdefault(event, []).append(HookMatcher(hooks=[self._harmless(hook)]))
        return replace(
            options,
            hooks=hooks,
            include_partial_messages=True,
            forward_subagent_text=options.forward_subagent_text or _display_is_set(options),
            max_buffer_size=max(options.max_buffer_size or 0, _MAX_MESSAGE_BYTES),
            can_use_tool=self._wrap_can_use_tool(options.can_use_tool) if options.can_use_tool else None,
            stderr=_both(keep_stderr, options.stderr or _print_on_stderr),
        )

    async def denied(self, tool_use_id: str | None, denial: Denial) -> None:
        """Note that a call was denied, so that it does not count as started. Raises nothing: the denial stands."""
        async with self._harmlessly():
            if tool_use_id:
                id_ = self._calls.ids.before_run(tool_use_id)
                self._denied.add(id_)
                self._calls.denied(id_, denial)
                self._reported()

    def _hooks(self) -> dict[HookEvent, Hook]:
        return {
            "PreToolUse": self._pre_tool_use,
            "PostToolUse": self._post_tool_use,
            "PostToolUseFailure": self._post_tool_use,
            "SubagentStart": self._subagent_start,
            "SubagentStop": self._touch,
            "PreCompact": self._pre_compact,
            "PermissionRequest": self._permission_request,
            "Notification": self._notification,
        }

    async def _pre_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        id_, name = self._calls.ids.before_run(tool_use_id or input_["tool_use_id"]), input_["tool_name"]
        self._calls.called(id_, name, input_["tool_input"], input_.get("agent_id"), self._clock())
        self._started(id_, name)
        self._reported()
        return {}

    def _started(self, id_: str, name: str) -> None:
        if id_ not in self._denied and self._calls.pre_tool_use(id_, name, self._clock()):
            self._log.writer.tool_started(id_, name)

    async def _post_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        id_ = self._calls.ids.after_run(tool_use_id or input_["tool_use_id"])
        self._calls.post_tool_use(id_, input_.get("duration_ms"), hook_result(input_), input_.get("transcript_path"))
        self._reported()
        await self.waits.answered(id_)
        return await self._touch(input_, tool_use_id, _context)

    async def _subagent_start(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._calls.subagent_started(input_["agent_id"], input_["agent_type"])
        return await self._touch(input_, tool_use_id, _context)

    async def _pre_compact(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        await self._emit(Info(message=f"compacting the conversation ({input_['trigger']})", kind="compaction"))
        return await self._touch(input_, tool_use_id, _context)

    async def _permission_request(
        self, _input: dict[str, Any], tool_use_id: str | None, _context: Any
    ) -> dict[str, Any]:
        if tool_use_id:
            id_ = self._calls.ids.before_run(tool_use_id)
            self._calls.permission_requested(id_)
            await self.waits.requested(id_, is_open=self._prompts)
        return {}

    async def _notification(self, input_: dict[str, Any], _tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        if input_["notification_type"] == "permission_prompt":  # some seconds after the request
            await self.waits.still_open()
        return {}

    async def _touch(self, _input: Any, _tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        self._log.touch()
        return {}

    def _harmless(self, hook: Hook) -> Any:
        """Return a hook that returns no decision, also when ours fails: it only observes."""

        @functools.wraps(hook)
        async def observe(input_: dict[str, Any], tool_use_id: str | None, context: Any) -> dict[str, Any]:
            async with self._harmlessly():
                await hook(input_, tool_use_id, context)
            return {}

        return observe

    @asynccontextmanager
    async def _harmlessly(self) -> AsyncIterator[None]:
        """Let nothing that fails in the block reach the agent or its harness."""
        try:
            yield
        except RunLogError:
            pass  # the next message meets the same error, and tells the harness
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the harness
            await self._faults.report(error)

    def _wrap(self, event: HookEvent, matcher: HookMatcher) -> HookMatcher:
        """Return the caller's matcher with its hooks, whose refusals are noted."""
        if event not in _REFUSING_HOOKS:
            return matcher
        wrapped = copy.copy(matcher)
        wrapped.hooks = [self._wrap_hook(hook, answers=event == "PermissionRequest") for hook in matcher.hooks]
        return wrapped

    def _wrap_hook(self, own: Any, *, answers: bool) -> Any:
        @functools.wraps(own)
        async def hook(input_: dict[str, Any], tool_use_id: str | None, context: Any) -> Any:
            id_ = self._calls.ids.before_run(tool_use_id) if tool_use_id else None
            async with self.waits.answering(id_) if answers else nullcontext():
                output = await own(input_, tool_use_id, context)
            if reason := _refusal(output):
                await self.denied(tool_use_id or input_.get("tool_use_id"), Denial(reason, "hook"))
            return output

        return hook

    def _wrap_can_use_tool(self, own: CanUseTool) -> CanUseTool:
        @functools.wraps(own)
        async def can_use_tool(
            name: str, input_: dict[str, Any], context: ToolPermissionContext
        ) -> PermissionResultAllow | PermissionResultDeny:
            id_ = self._calls.ids.before_run(context.tool_use_id) if context.tool_use_id else None
            async with self.waits.answering(id_):
                result = await own(name, input_, context)
            if isinstance(result, PermissionResultDeny):
                await self.denied(context.tool_use_id, Denial(result.message or "denied", "can_use_tool"))
            elif id_:
                async with self._harmlessly():  # what came before was the wait for an answer
                    self._started(id_, name)
            return result

        return can_use_tool


def _display_is_set(options: ClaudeAgentOptions) -> bool:
    """Return whether the display of thinking is set. If not, forwarding the text of subagents would change theirs."""
    return "display" in (options.thinking or {})


def _refusal(output: Any) -> str | None:
    """Return the reason if a hook's output refuses the call."""
    match output:
        case {"hookSpecificOutput": {"permissionDecision": "deny", **rest}}:
            return str(rest.get("permissionDecisionReason") or "denied")
        case {"hookSpecificOutput": {"decision": {"behavior": "deny", **rest}}}:
            return str(rest.get("message") or "denied")
        case {"decision": "block", **rest}:
            return str(rest.get("reason") or "denied")
    return None


def _both(first: Callable[[str], None], second: Callable[[str], None]) -> Callable[[str], None]:
    def call(line: str) -> None:
        first(line)
        second(line)

    return call


def _print_on_stderr(line: str) -> None:
    """Do with a line what happens without a callback: the CLI writes it to the caller's standard error itself."""
    print(line, file=sys.stderr, flush=True)
