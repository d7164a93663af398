"""Represents one tool call as an object, for tests, programs and reports. Pure.

A call knows its name and its status; its events are decoded when they are accessed, so that the calls of a large run do
not hold all of its outputs in memory.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.tolerant_json import REFUSED

_KEPT = 2
"""Events that are kept after they were accessed: those of one call."""

ReadEvent = Callable[[int], Event]
"""Returns an event of a run by its position."""


class ToolCall(Struct, frozen=True):
    """A tool call: its `tool_use` and its `tool_result` event, either of which is None if the file lacks it.

    `name` is the tool's name, `status` is `success`, `error` or `blocked`, None if the call never ended. The events are
    accessible until the run is closed.
    """

    name: str
    status: str | None
    _read: ReadEvent
    _use: int | None
    _result: int | None

    @property
    def use(self) -> Event | None:
        """The event with which it began."""
        return None if self._use is None else self._read(self._use)

    @property
    def result(self) -> Event | None:
        """The event with which it ended."""
        return None if self._result is None else self._read(self._result)

    @property
    def input(self) -> dict[str, Any]:
        """The arguments of the call."""
        use = self.use
        arguments = use.fields("input") if use else None
        return {} if arguments is None else arguments.data

    @property
    def output(self) -> str:
        """The output; of a large one only the part that the event holds."""
        result = self.result
        return result.words("output") if result else ""

    @property
    def duration(self) -> float | None:
        """The duration in seconds, None if unknown."""
        result = self.result
        duration_ms = result.number("duration_ms") if result else None
        return None if duration_ms is None else duration_ms / 1000

    @property
    def events(self) -> list[Event]:
        """The call's events that are in the file, in order."""
        return [event for event in (self.use, self.result) if event is not None]


class RecentEvents:
    """Keeps the events that were read last, as several properties of a call use the same one."""

    def __init__(self, read: ReadEvent) -> None:
        self._read_event = read
        self._events: dict[int, Event] = {}

    def __call__(self, index: int) -> Event:
        """Return an event by its position in the run."""
        event = self._events.get(index)
        if event is None:
            if len(self._events) >= _KEPT:
                del self._events[next(iter(self._events))]
            event = self._events[index] = self._read_event(index)
        return event


class _Data(Struct, gc=False):
    id: str = ""
    tool_use_id: str = ""
    name: str = ""
    status: str = ""


class _Line(Struct, gc=False):
    data: _Data


_LINE = Decoder(_Line)


class ToolCalls:
    """Matches the uses and the results of tools by the ID of the call."""

    def __init__(self, read: ReadEvent) -> None:
        self._read = RecentEvents(read)
        self._uses: dict[str, tuple[int, str]] = {}
        self._results: dict[str, tuple[int, str, str]] = {}
        self._order: dict[str, None] = {}

    def take(self, kind: str, line: Line, index: int) -> None:
        """Add the next `tool_use` or `tool_result`, an event on a line, whose position in the run is `index`."""
        data = _data_of(line)
        id_ = data.id if kind == "tool_use" else data.tool_use_id
        self._order.setdefault(id_)
        if kind == "tool_use":
            self._uses[id_] = index, data.name
            self._results.pop(id_, None)  # that of an earlier call with this ID
        else:
            self._results[id_] = index, data.name, data.status

    def named(self, names: tuple[str, ...]) -> list[ToolCall]:
        """Return the calls of these tools, or of all tools, in order."""
        calls = []
        for id_ in self._order:
            use, use_name = self._uses.get(id_, (None, ""))
            result, result_name, status = self._results.get(id_, (None, "", None))
            name = use_name or result_name
            if not names or name in names:
                calls.append(ToolCall(name, status, self._read, use, result))
        return calls


def _data_of(line: Line) -> _Data:
    """Return the fields that identify a call, without decoding what it wrote or read."""
    try:
        return _LINE.decode(line.data).data
    except REFUSED:
        event = decode(line)
    if not isinstance(event, Event):
        return _Data()
    return _Data(event.text("id"), event.text("tool_use_id"), event.text("name"), event.text("status"))
