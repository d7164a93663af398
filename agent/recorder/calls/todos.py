"""Tracks the things that the agents of a session have to do: one `todo` with the whole list whenever it changes. Pure.

TodoWrite replaces the list of the agent that calls it. TaskCreate, TaskUpdate and TaskList, which newer CLIs have
instead, change one list that the main agent and its subagents share.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from agent.events import Todo, TodoItem, ToolResult, ToolStatus
from agent.recorder.entry import Entry

_TOOLS = frozenset({"TodoWrite", "TaskCreate", "TaskUpdate", "TaskList"})
_CREATED = re.compile(r"Task #(\S+) created successfully")
_UPDATED = "Updated task #"
"""The beginning of the answer to an update; any other, as of a task that does not exist, is not an error either."""
_LISTED = re.compile(r"^#(\S+) \[(\w+)\] (.*?)(?: \[blocked by [^\]]*\])?$", re.MULTILINE)
_DELETED = "deleted"


class _Call(Struct):
    name: str
    input: dict[str, Any]
    number: int


class _Task(Struct):
    text: str
    status: str
    changed: int
    """The number of the last call before this change; the list that an earlier call returns may not have it yet."""


class Todos:
    """The lists of a session, which begin empty."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}
        self._number = 0
        self._tasks: dict[str, _Task] = {}
        self._written: list[TodoItem] = []
        self._lists: dict[str | None, list[TodoItem]] = {}

    def use(self, tool_use_id: str, name: str, input_: dict[str, Any]) -> None:
        """Process a call of a tool, of any name."""
        if name in _TOOLS:
            self._number += 1
            self._calls[tool_use_id] = _Call(name, input_, self._number)

    def result(self, result: ToolResult, parent: str | None) -> Iterator[Entry]:
        """Process the result of a call of any tool; `parent` is the subagent that called it."""
        call = self._calls.pop(result.tool_use_id, None)
        if call is None or result.status is not ToolStatus.SUCCESS:
            return
        if call.name == "TodoWrite":
            yield from self._replace(call.input.get("todos"), parent)
        else:
            self._change(call, result.output)
            items = [TodoItem(text=task.text, status=task.status) for task in self._tasks.values()]
            if items != self._written:
                self._written = items
                yield Entry(Todo(items=items), parent)

    def _replace(self, todos: Any, parent: str | None) -> Iterator[Entry]:
        rows = [todo for todo in todos if isinstance(todo, dict)] if isinstance(todos, list) else []
        items = [TodoItem(text=_text(row, "content"), status=_text(row, "status")) for row in rows]
        if items != self._lists.get(parent, []):
            self._lists[parent] = items
            yield Entry(Todo(items=items), parent)

    def _change(self, call: _Call, output: str) -> None:
        match call.name:
            case "TaskCreate" if match := _CREATED.match(output):
                self._tasks[match[1]] = _Task(_text(call.input, "subject"), "pending", self._number)
            case "TaskUpdate" if output.startswith(_UPDATED):
                self._update(_text(call.input, "taskId"), call.input)
            case "TaskList":
                for id_, status, text in _LISTED.findall(output):
                    task = self._tasks.setdefault(id_, _Task(text, status, 0))
                    if task.changed < call.number:
                        task.status = status

    def _update(self, id_: str, changes: dict[str, Any]) -> None:
        if changes.get("status") == _DELETED:
            self._tasks.pop(id_, None)
            return
        task = self._tasks.setdefault(id_, _Task(f"#{id_}", "pending", 0))  # created before the session was recorded
        task.text = _text(changes, "subject") or task.text
        task.status = _text(changes, "status") or task.status
        task.changed = self._number


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""
