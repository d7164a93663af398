"""What follows from a call: its events, the list that it changes, its whole output, the subagent that it starts."""

from collections.abc import Iterator
from typing import Any

from agent.events import ToolResult
from agent.recorder.calls.call_ids import CallIds
from agent.recorder.calls.hook_calls import HookCalls, HookResult
from agent.recorder.calls.open_calls import OpenCalls
from agent.recorder.calls.shortened import Shortened
from agent.recorder.calls.subagents import Subagents
from agent.recorder.calls.todos import Todos
from agent.recorder.entry import Entry
from agent.safety.commands.denial import Denial


class Calls:
    """The tool calls of a session, by what messages and hooks report of them.

    Who reports asks `ids` first, so that all IDs here are those of the record.
    """

    def __init__(self, call_uses: dict[str, int] | None = None) -> None:
        self.ids = CallIds(call_uses)
        self.tools = OpenCalls()
        self.subagents = Subagents(self.tools.is_open)
        self.shortened = Shortened()
        self.of_hooks = HookCalls(self.tools, self.subagents, self.use, self._hook_result)
        self._todos = Todos()
        self._spawning: dict[str, tuple[str | None, str | None]] = {}

    def expect_hooks(self, *, forwarded: bool = False) -> None:
        """Note that hooks report when calls start and end, so that a call without them did not run.

        If the messages of all subagents are `forwarded`, none of their calls is known by hooks alone.
        """
        self.tools.hooks, self.of_hooks.forwarded = True, forwarded

    def pre_tool_use(self, tool_use_id: str, name: str, now: float) -> bool:
        """Process the hook before a tool runs. It may arrive before the message that announces the call.

        Return False if the call has ended before.
        """
        return self.tools.started(tool_use_id, name, now)

    def called(self, tool_use_id: str, name: str, input_: dict[str, Any], agent: str | None, now: float) -> None:
        """Process what the same hook says of the call, by the subagent with the ID `agent`: no message may do so."""
        self.of_hooks.started(tool_use_id, name, input_, agent, now)

    def post_tool_use(
        self, tool_use_id: str, duration_ms: int | None, result: HookResult, transcript: str | None = None
    ) -> None:
        """Process the hook after a tool has run, successfully or not; `transcript` is the CLI's file of the session."""
        self.tools.ended(tool_use_id, duration_ms)
        self.shortened.hook(tool_use_id, result.response, transcript)
        self.of_hooks.ended(tool_use_id, result)

    def permission_requested(self, tool_use_id: str) -> None:
        """Process the hook that a call needs permission."""
        self.tools.permission_requested(tool_use_id)

    def denied(self, tool_use_id: str, denial: Denial) -> None:
        """Note that a call was denied."""
        self.tools.denied(tool_use_id, denial)

    def subagent_started(self, agent_id: str, agent_type: str) -> None:
        """Process the hook that a subagent was started."""
        self.subagents.set_type(agent_id, agent_type)

    def origin(self, tool_use_id: str | None) -> tuple[str | None, str | None]:
        """Return who called, if that was a subagent, and the type of the subagent that the call starts."""
        return self._spawning.get(tool_use_id or "", (None, None))

    def use(
        self, id_: str, name: str, input_: dict[str, Any], parent: str | None, now: float, *, of_server: bool = False
    ) -> Iterator[Entry]:
        """Yield the event of a call, once; one `of_server` is run by the API."""
        self._todos.use(id_, name, input_)
        self._spawning[id_] = parent, _subagent_type(input_)
        for entry in self.tools.use(id_, name, input_, parent, now, of_server=of_server):
            self.subagents.call(parent)
            yield entry

    def result(
        self, id_: str, content: Any, parent: str | None, now: float, *, is_error: bool, response: Any
    ) -> Iterator[Entry]:
        """Yield the event of a call's result, and what follows from it; `response` is the tool's own, if known."""
        for event, by in self.tools.result(id_, content, parent, now, is_error=is_error):
            if isinstance(event, ToolResult):
                yield Entry(self.shortened.check(event, response), by)
                yield from self._todos.result(event, by)

    def _hook_result(self, id_: str, result: HookResult, parent: str | None, now: float) -> Iterator[Entry]:
        yield from self.result(id_, result.content, parent, now, is_error=result.is_error, response=result.response)


def _subagent_type(input_: dict[str, Any]) -> str | None:
    kind = input_.get("subagent_type")
    return kind if isinstance(kind, str) else None
