"""Tracks the tasks of a stream: one `subagent_start` and one `subagent_complete` for each subagent. Pure.

Three messages may report the end of one. The CLI calls every longer command a task, too; one whose call waits for it is
reported by its `tool_result`, not here.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct

from observer.dialects.claude.own_events import info
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import NO_FIELDS, Fields

MESSAGES = frozenset({"task_started", "task_progress", "task_updated", "task_notification"})
"""The subtypes of system messages about tasks."""
_TERMINAL = frozenset({"completed", "failed", "stopped", "killed"})
_NO_NOTIFICATION = frozenset({"stopped", "killed"})
"""Statuses after which the CLI may send no further message about a task."""
SHELL = "local_bash"
"""The `task_type` of a background command, which is not a subagent."""


class _Task(Struct):
    tool_use_id: str | None
    parent: str | None
    is_subagent: bool
    description: str
    ended: str | None = None
    error: str = ""
    calls: int = 0


class Tasks:
    """The subagents and background commands of a stream.

    `is_awaited` returns whether the tool call with this ID still waits for its result.
    """

    def __init__(self, is_awaited: Callable[[str], bool]) -> None:
        self._is_awaited = is_awaited
        self._open: dict[str, _Task] = {}
        self._closed: set[str] = set()

    def message(self, data: Fields, parent: str | None, agent_type: str | None) -> Iterator[ForeignEvent]:
        """Process one message. `parent` is the subagent that started the task, `agent_type` the type in the call."""
        task_id, patch = data.text("task_id"), data.object("patch")
        match data.text("subtype"):
            case "task_started":
                yield from self._started(task_id, data, parent, agent_type)
            case "task_progress":
                yield from self._progressed(task_id, data)
            case "task_updated" if (status := patch.text("status")) in _TERMINAL:
                if task := self._open.get(task_id):
                    task.ended, task.error = status, str(patch.value("error") or "")
                    if status in _NO_NOTIFICATION:
                        yield from self._end(task_id, status, task.error)
            case "task_notification":
                status, summary = data.text("status"), data.text("summary")
                yield from self._end(task_id, status, summary, data.object("usage"))

    def call(self, parent: str | None) -> None:
        """Count a tool call of the subagent that the call `parent` started."""
        for task in self._open.values():
            task.calls += parent is not None and task.tool_use_id == parent

    def end_turn(self) -> Iterator[ForeignEvent]:
        """End the tasks of this turn whose end was reported only by an update."""
        for task_id, task in list(self._open.items()):
            if task.ended is not None:
                yield from self._end(task_id, task.ended, task.error)

    def close(self) -> Iterator[ForeignEvent]:
        """End the session and every task in it."""
        yield from self.end_turn()
        for task_id in list(self._open):
            yield from self._end(task_id, "stopped", "")

    def _started(
        self, task_id: str, data: Fields, parent: str | None, agent_type: str | None
    ) -> Iterator[ForeignEvent]:
        if task_id in self._open or task_id in self._closed:
            return
        is_subagent = data.text("task_type") != SHELL
        call, description = data.optional_text("tool_use_id"), data.text("description")
        self._open[task_id] = _Task(call, parent, is_subagent, description)
        if is_subagent:
            fields: dict[str, object] = {
                "id": task_id,
                "tool_use_id": call,
                "agent_type": agent_type,
                "description": description,
            }
            yield ForeignEvent("subagent_start", fields, parent=parent)

    def _progressed(self, task_id: str, data: Fields) -> Iterator[ForeignEvent]:
        task = self._open.get(task_id)
        if task is None or not task.is_subagent:
            return
        usage = data.object("usage")
        tool_uses = usage.whole("tool_uses")
        fields: dict[str, object] = {
            "id": task_id,
            "tool_use_id": task.tool_use_id or data.optional_text("tool_use_id"),
            "tool_uses": task.calls if tool_uses is None else tool_uses,
            "tokens": usage.whole("total_tokens") or 0,
            "last_tool": data.optional_text("last_tool_name"),
            "duration_ms": usage.whole("duration_ms") or 0,
        }
        yield ForeignEvent("subagent_progress", fields, parent=task.parent)

    def _end(self, task_id: str, status: str, summary: str, usage: Fields = NO_FIELDS) -> Iterator[ForeignEvent]:
        """End a task; `usage` is its totals, which the CLI sends only for one that has reached its end."""
        task = self._open.pop(task_id, None)
        if task is None:
            return
        self._closed.add(task_id)
        if task.is_subagent:
            yield subagent_complete(task_id, task.tool_use_id, status, summary, usage, task.calls, task.parent)
        elif task.tool_use_id is None or not self._is_awaited(task.tool_use_id):
            yield info(f"background command {status}: {task.description}", "background", task.parent)


def subagent_complete(
    id_: str,
    tool_use_id: str | None,
    status: str,
    summary: str,
    usage: Fields,
    calls: int | None,
    parent: str | None,
) -> ForeignEvent:
    """Return the event of the end of a subagent; `calls` is how many it has made, if its `usage` does not say it."""
    tool_uses = usage.whole("tool_uses")
    data: dict[str, object] = {
        "id": id_,
        "tool_use_id": tool_use_id,
        "status": status,
        "duration_ms": usage.whole("duration_ms"),
        "tool_uses": calls if tool_uses is None else tool_uses,
        "tokens": usage.whole("total_tokens"),
        "summary": summary,
    }
    return ForeignEvent("subagent_complete", data, parent=parent)
