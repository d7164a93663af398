"""What every view can do, and what it writes to."""

from typing import Protocol

from observer.framing import Line, Oversize
from observer.source.base import Notice, Rest


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

    def lines(self, lines: list[Line | Oversize]) -> None:
        """Show complete lines."""
        ...

    def rest(self, rest: Rest) -> None:
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
