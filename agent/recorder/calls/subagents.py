"""Tracks subagents: one `subagent_start` and one `subagent_complete` each; three messages may report the end."""

from collections.abc import Callable, Iterator
from typing import Any

from claude_agent_sdk import (
    TaskNotificationMessage,
    TaskProgressMessage,
    TaskStartedMessage,
    TaskUpdatedMessage,
)
from msgspec import Struct

from agent.events import Info, SubagentComplete, SubagentProgress, SubagentStart
from agent.recorder.entry import Entry

_TERMINAL = frozenset({"completed", "failed", "stopped", "killed"})
_NO_NOTIFICATION = frozenset({"stopped", "killed"})
"""Statuses after which the CLI may send no further message about a task."""
_SHELL = "local_bash"
"""The `task_type` of a background command, which is not a subagent."""


class _Task(Struct):
    tool_use_id: str | None
    parent: str | None
    started: float
    is_subagent: bool
    description: str
    ended: str | None = None
    error: str = ""
    calls: int = 0


class Subagents:
    """The subagents and background commands of a session. Times are seconds of a monotonic clock.

    `is_awaited` returns whether the tool call with this id still waits for its result. The CLI calls every longer
    command a task; a command whose call waits for it is reported by its `tool_result`, not here.
    """

    def __init__(self, is_awaited: Callable[[str], bool]) -> None:
        self._is_awaited = is_awaited
        self._open: dict[str, _Task] = {}
        self._closed: set[str] = set()
        self._types: dict[str, str] = {}
        self._has_news = False
        self._calls: dict[str, tuple[str | None, str | None]] = {}
        """For each subagent, the call that has started it, and the call that has started the subagent of that call."""

    @property
    def running(self) -> bool:
        """Whether a subagent has not ended yet; its end will wake the main agent for another turn."""
        return any(task.ended is None and task.is_subagent for task in self._open.values())

    @property
    def commands_running(self) -> bool:
        """Whether a background command has not ended yet; a server, for example, may never end."""
        return any(task.ended is None and not task.is_subagent for task in self._open.values())

    @property
    def will_wake(self) -> bool:
        """Whether the end of a task was reported too late for the main agent's last message, so that the CLI (2.1.332)
        starts another turn for it after the result."""
        return self._has_news

    def main_message_began(self) -> None:
        """Note that the main agent begins a message: it has been told of all tasks that have ended so far."""
        self._has_news = False

    def has_ended(self, task_id: str) -> bool:
        """Return whether this subagent is over. One that no message has announced yet is not."""
        return task_id in self._closed or (task_id in self._open and self._open[task_id].ended is not None)

    def is_nested(self, task_id: str) -> bool:
        """Return whether another subagent has started this one."""
        return self._calls.get(task_id, (None, None))[1] is not None

    def call_of(self, task_id: str) -> str | None:
        """Return the ID of the call that has started this subagent."""
        return self._calls.get(task_id, (None, None))[0]

    def set_type(self, task_id: str, agent_type: str) -> None:
        """Process a call of the `SubagentStart` hook, which names the subagent's type."""
        self._types[task_id] = agent_type

    def message(self, message: Any, parent: str | None, agent_type: str | None, now: float) -> Iterator[Entry]:
        """Process one task message. `parent` is the subagent that started it, `agent_type` the type in the call."""
        match message:
            case TaskStartedMessage():
                yield from self._started(message, parent, agent_type, now)
            case TaskProgressMessage():
                yield from self._progressed(message, now)
            case TaskUpdatedMessage(task_id=task_id, patch={"status": str(status)}) if status in _TERMINAL:
                if task := self._open.get(task_id):
                    task.ended, task.error = status, str(message.patch.get("error") or "")
                    if status in _NO_NOTIFICATION:
                        yield from self._end(task_id, status, task.error, now)
            case TaskNotificationMessage(task_id=task_id, usage=usage):
                task = self._open.get(task_id)
                self._has_news |= task is not None and task.parent is None and not self._is_in_foreground(task)
                yield from self._end(task_id, message.status, message.summary, now, dict(usage or {}))

    def call(self, parent: str | None) -> None:
        """Count a tool call of the subagent that the call `parent` started."""
        for task in self._open.values():
            task.calls += parent is not None and task.tool_use_id == parent

    def end_turn(self, now: float) -> Iterator[Entry]:
        """End the tasks of this turn whose end was reported only by an update."""
        for task_id, task in list(self._open.items()):
            if task.ended is not None:
                yield from self._end(task_id, task.ended, task.error, now)

    def close(self, now: float) -> Iterator[Entry]:
        """End the session and every task in it."""
        yield from self.end_turn(now)
        for task_id in list(self._open):
            yield from self._end(task_id, "stopped", "", now)

    def _started(
        self, message: TaskStartedMessage, parent: str | None, agent_type: str | None, now: float
    ) -> Iterator[Entry]:
        if message.task_id in self._open or message.task_id in self._closed:
            return
        is_subagent = message.task_type != _SHELL
        self._open[message.task_id] = _Task(message.tool_use_id, parent, now, is_subagent, message.description)
        if is_subagent:
            self._calls[message.task_id] = message.tool_use_id, parent
            start = SubagentStart(
                id=message.task_id,
                tool_use_id=message.tool_use_id,
                agent_type=self._types.get(message.task_id) or agent_type,
                description=message.description,
            )
            yield Entry(start, parent)

    def _progressed(self, message: TaskProgressMessage, now: float) -> Iterator[Entry]:
        task = self._open.get(message.task_id)
        if task is None or not task.is_subagent:
            return
        yield Entry(
            SubagentProgress(
                id=message.task_id,
                tool_use_id=task.tool_use_id or message.tool_use_id,
                tool_uses=message.usage.get("tool_uses", task.calls),
                tokens=message.usage.get("total_tokens", 0),
                last_tool=message.last_tool_name,
                duration_ms=message.usage.get("duration_ms", round((now - task.started) * 1000)),
            ),
            task.parent,
        )

    def _end(
        self, task_id: str, status: str, summary: str, now: float, usage: dict[str, Any] | None = None
    ) -> Iterator[Entry]:
        """End a task; `usage` is its totals, which the CLI sends only for one that has reached its end."""
        usage = usage or {}
        task = self._open.pop(task_id, None)
        if task is None:
            return
        self._closed.add(task_id)
        if task.is_subagent:
            end = SubagentComplete(
                id=task_id,
                tool_use_id=task.tool_use_id,
                status=status,
                duration_ms=usage.get("duration_ms", round((now - task.started) * 1000)),
                tool_uses=usage.get("tool_uses", task.calls),
                tokens=usage.get("total_tokens"),
                summary=summary,
            )
            yield Entry(end, task.parent)
        elif not self._is_in_foreground(task):
            message = f"background command {status}: {task.description}"
            yield Entry(Info(message=message, kind="background"), task.parent)

    def _is_in_foreground(self, task: _Task) -> bool:
        return task.tool_use_id is not None and self._is_awaited(task.tool_use_id)
