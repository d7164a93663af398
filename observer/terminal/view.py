"""What every view can do, and what it writes to."""

from typing import Protocol

from observer.format.event import Record
from observer.source.items import Notice, PartialLine


class Sink(Protocol):
    """Takes bytes at once, as `os.write` does, but all of them."""

    def write(self, data: bytes) -> None:
        """Write `data`. Raises BrokenPipeError when nobody reads any more."""
        ...

    def check(self) -> None:
        """Raise BrokenPipeError when nobody reads any more, without writing."""
        ...


class View(Protocol):
    """Shows a run while it comes in."""

    def show(self, records: list[Record]) -> None:
        """Show complete lines."""
        ...

    def context(self, records: list[Record]) -> None:
        """Take note of lines from before those that are shown."""
        ...

    def rest(self, rest: PartialLine) -> None:
        """Show bytes that will never get their newline."""
        ...

    def notice(self, notice: Notice) -> None:
        """Show something about the source."""
        ...

    def caught_up(self) -> None:
        """Nothing more is there just now: hold nothing back. Raises BrokenPipeError when nobody reads any more."""
        ...

    def close(self) -> None:
        """End what is still open."""
        ...
