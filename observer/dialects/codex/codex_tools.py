"""Tracks the tool calls of a rollout of Codex: one `tool_use` and one `tool_result` each. Pure.

The item that reports how a call ended usually stands before the record of its output, which ends the call. A command
that goes on in the background has its output first, and its item when it ends.
"""

from msgspec import Struct

from observer.dialects.codex.codex_calls import PLAN, Call, command_text, todo_items
from observer.dialects.codex.codex_messages import Emit
from observer.dialects.codex.codex_results import Ending, duration_of, read_ending
from observer.dialects.event_data import Data, info, tool_result, tool_use
from observer.dialects.records import CallIds, elapsed_ms
from observer.format.fields import Fields
from observer.format.units import format_duration


class OpenCall(Struct):
    """A call that is running, which may stand for several: one for each file of a patch."""

    id: str
    calls: list[Call]
    since: str | None
    item: Fields | None = None


class Tools:
    """The tool calls of one thread."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._ids = CallIds()
        self._count = 0
        self._open: dict[str, OpenCall] = {}
        self._early: dict[str, Fields] = {}
        """Items whose call has not been seen."""
        self._background: dict[str, str] = {}
        """The commands that continue after their output, by the ID of their call."""
        self._todo: list[Data] = []
        self.blocked: list[Data] = []

    def use(self, raw_id: str, calls: list[Call], stamp: str | None) -> str | None:
        """Take a call of the model; return its ID, None if it is repeated."""
        self._count += 1
        raw_id = raw_id or f"call-{self._count}"
        id_ = self._ids.begin(raw_id)
        if id_ is None:
            return None
        for call in calls:
            self._emit("tool_use", tool_use(_part_id(id_, call), call.name, call.input))
        self._open[raw_id] = OpenCall(id_, calls, stamp, self._early.pop(raw_id, None))
        return id_

    def report(self, raw_id: str, item: Fields) -> None:
        """Take the item that reports how a call ended."""
        if call := self._open.get(raw_id):
            call.item = item
        elif (command := self._background.pop(raw_id, None)) is not None:
            self._end_background(command, item)
        elif self._ids.is_new(raw_id):
            self._early[raw_id] = item

    def running(self, raw_id: str) -> OpenCall | None:
        """Return the call that is running under this ID of the rollout."""
        return self._open.get(raw_id)

    def id_of(self, raw_id: str) -> str:
        """Return the ID that events give to a call that is running, else the one that it has in the rollout."""
        call = self._open.get(raw_id)
        return call.id if call else raw_id

    def output(self, raw_id: str, payload: Fields, stamp: str | None) -> None:
        """Take the record of a call's output: the call is over. One whose call is not known says nothing."""
        call = self._open.pop(raw_id, None)
        if call is None:
            return
        self._ids.end(raw_id)
        ending = read_ending(payload, call.item)
        if ending.session is not None:
            self._background[raw_id] = str(call.calls[0].input.get("command", ""))
        self._result(call, ending, stamp)

    def close(self, reason: str, stamp: str | None) -> None:
        """End the calls that are still open, for this reason unless an item has reported how they ended."""
        for raw_id, call in list(self._open.items()):
            del self._open[raw_id]
            self._ids.end(raw_id)
            reported = None if call.item is None else read_ending(None, call.item)
            self._result(call, reported or Ending("error", "", reason=reason), stamp)

    def set_plan(self, plan: list[Fields]) -> None:
        """Take the list of things to do, unless it is unchanged."""
        items = todo_items(plan)
        if items != self._todo:
            self._todo = items
            self._emit("todo", {"items": items})

    def _result(self, call: OpenCall, ending: Ending, stamp: str | None) -> None:
        duration = elapsed_ms(call.since, stamp) if ending.duration_ms is None else ending.duration_ms
        for part in call.calls:
            id_, is_first = _part_id(call.id, part), part.part == 0
            just_written = is_first or ending.status != "success"
            result = tool_result(
                id_,
                part.name,
                ending.status,
                ending.output if just_written else "",
                duration_ms=duration if is_first and ending.status != "blocked" else None,
                reason=ending.reason,
                truncated=ending.truncated and just_written,
                images=ending.images if is_first else (),
            )
            self._emit("tool_result", result)
            if ending.status == "blocked":
                self._note_blocked(id_, part, ending.reason)
        if ending.status == "success" and call.calls[0].name == PLAN:
            todos = Fields(call.calls[0].input).items("todos")
            self.set_plan([Fields({"step": todo.text("content"), "status": todo.text("status")}) for todo in todos])

    def _note_blocked(self, id_: str, call: Call, reason: str | None) -> None:
        command = next((value for key in ("command", "file_path") if (value := call.input.get(key))), None)
        about = command if isinstance(command, str) else None
        self.blocked.append({"tool_use_id": id_, "name": call.name, "rule": None, "command": about, "reason": reason})

    def _end_background(self, command: str, item: Fields) -> None:
        code = item.integer("exit_code")
        duration = duration_of(item)
        subject = command or command_text(item.value("command"))
        text = f"{subject} ended" + ("" if code is None else f" with exit code {code}")
        after = "" if duration is None else f" after {format_duration(duration / 1000)}"
        self._emit("info", info(text + after, "task"))


def _part_id(id_: str, call: Call) -> str:
    return f"{id_}.{call.part}" if call.part else id_
