"""The protocols of views, of the sinks they write to, and of what shows the status of runs."""

from collections.abc import Callable, Sequence
from typing import Protocol

from observer.format.event import Record
from observer.runs.live.monitor import ObservedRun
from observer.source.items import Notice, PartialLine


class Sink(Protocol):
    """Writes bytes immediately and completely."""

    def write(self, data: bytes) -> None:
        """Write all of `data`. Raises BrokenPipeError if the reader has closed the pipe."""
        ...

    def check(self) -> None:
        """Raise BrokenPipeError if the reader has closed the pipe, without writing."""
        ...


class View(Protocol):
    """Shows a run as its lines arrive."""

    needs_calls: bool
    """Whether it has to know the calls of results that it shows."""

    @property
    def copy(self) -> Callable[[bytes], None] | None:
        """What shows complete lines that are passed as bytes, if it shows all lines as they are in the file."""
        ...

    def show(self, records: list[Record]) -> None:
        """Show complete lines."""
        ...

    def add_context(self, records: list[Record]) -> None:
        """Read lines that precede the first one shown; they are not shown themselves."""
        ...

    def show_partial(self, partial: PartialLine) -> None:
        """Show an incomplete last line, whose newline will never arrive."""
        ...

    def show_gap(self) -> None:
        """Show that events were left out between those before and those that follow."""
        ...

    def show_notice(self, notice: Notice) -> None:
        """Show a message about the source."""
        ...

    def idle(self) -> None:
        """Write everything held back: no more lines are available now. Raises BrokenPipeError if the pipe is closed."""
        ...

    def close(self) -> None:
        """End the unfinished line, if any."""
        ...


class StatusDisplay(Protocol):
    """Shows what the runs are doing, continuously."""

    def due(self) -> bool:
        """Return whether it is time for an update."""
        ...

    def show(self, runs: Sequence[ObservedRun], now: float) -> None:
        """Show the status of each run at `now`, seconds since 1970."""
        ...

    def clear(self) -> None:
        """Remove what is shown."""
        ...
