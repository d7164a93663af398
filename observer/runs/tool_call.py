"""Represents one tool call as an object, for tests, programs and reports. Pure."""

from typing import Any

from msgspec import Struct

from observer.format.event import Event


class ToolCall(Struct, frozen=True):
    """A tool call: its `tool_use` and its `tool_result` event, either of which is None if the file lacks it."""

    use: Event | None
    result: Event | None

    @property
    def name(self) -> str:
        """The tool's name."""
        return next((name for event in self.events if (name := event.text("name"))), "")

    @property
    def input(self) -> dict[str, Any]:
        """The arguments of the call."""
        arguments = self.use.fields("input") if self.use else None
        return {} if arguments is None else arguments.data

    @property
    def status(self) -> str | None:
        """`success`, `error` or `blocked`; None if the call never ended."""
        return self.result.text("status") if self.result else None

    @property
    def output(self) -> str:
        """The output; of a large one only the part that the event holds."""
        return self.result.words("output") if self.result else ""

    @property
    def duration(self) -> float | None:
        """The duration in seconds, None if unknown."""
        duration_ms = self.result.number("duration_ms") if self.result else None
        return None if duration_ms is None else duration_ms / 1000

    @property
    def events(self) -> list[Event]:
        """The call's events that are in the file, in order."""
        return [event for event in (self.use, self.result) if event is not None]
