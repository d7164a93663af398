"""Tracks the things that the agents of a session have to do: one `todo` with the whole list whenever it changes. Pure.

TodoWrite replaces the list of the agent that calls it. TaskCreate, TaskUpdate and TaskList, which newer CLIs have
instead, change one list that the main agent and its subagents share.
"""

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from observer.dialects.claude.tool_pairs import ToolResult
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields

_TOOLS = frozenset({"TodoWrite", "TaskCreate", "TaskUpdate", "TaskList"})
_CREATED = re.compile(r"Task #(\S+) created successfully")
_UPDATED = "Updated task #"
"""The beginning of the answer to an update; any other, as of a task that does not exist, is not an error either."""
_LISTED = re.compile(r"^#(\S+) \[(\w+)\] (.*?)(?: \[blocked by [^\]]*\])?$", re.MULTILINE)
_DELETED = "deleted"


class _Call(Struct):
    name: str
    input: Fields
    number: int


class _Task(Struct):
    text: str
    status: str
    changed: int
    """The number of the last call before this change; the list that an earlier call returns may not have it yet."""


class TodoLists:
    """The lists of a session, which begin empty."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}
        self._number = 0
        self._tasks: dict[str, _Task] = {}
        self._written: list[dict[str, str]] = []
        self._lists: dict[str | None, list[dict[str, str]]] = {}

    def use(self, tool_use_id: str, name: str, input_: dict[str, Any]) -> None:
        """Process a call of a tool, of any name."""
        if name in _TOOLS:
            self._number += 1
            self._calls[tool_use_id] = _Call(name, Fields(input_), self._number)

    def result(self, result: ToolResult) -> Iterator[ForeignEvent]:
        """Process the result of a call of any tool."""
        call = self._calls.pop(result.data["tool_use_id"], None)
        if call is None or result.data["status"] != "success":
            return
        if call.name == "TodoWrite":
            yield from self._replace(call.input.items("todos"), result.parent)
            return
        self._change(call, result.data["output"])
        items = [{"text": task.text, "status": task.status} for task in self._tasks.values()]
        if items != self._written:
            self._written = items
            yield ForeignEvent("todo", {"items": items}, parent=result.parent)

    def _replace(self, todos: list[Fields], parent: str | None) -> Iterator[ForeignEvent]:
        items = [{"text": row.text("content"), "status": row.text("status")} for row in todos]
        if items != self._lists.get(parent, []):
            self._lists[parent] = items
            yield ForeignEvent("todo", {"items": items}, parent=parent)

    def _change(self, call: _Call, output: str) -> None:
        match call.name:
            case "TaskCreate" if match := _CREATED.match(output):
                self._tasks[match[1]] = _Task(call.input.text("subject"), "pending", self._number)
            case "TaskUpdate" if output.startswith(_UPDATED):
                self._update(call.input.text("taskId"), call.input)
            case "TaskList":
                for id_, status, text in _LISTED.findall(output):
                    task = self._tasks.setdefault(id_, _Task(text, status, 0))
                    if task.changed < call.number:
                        task.status = status

    def _update(self, id_: str, changes: Fields) -> None:
        if changes.value("status") == _DELETED:
            self._tasks.pop(id_, None)
            return
        task = self._tasks.setdefault(id_, _Task(f"#{id_}", "pending", 0))  # created before the records begin
        task.text = changes.text("subject") or task.text
        task.status = changes.text("status") or task.status
        task.changed = self._number
