"""Several runs in one view: every line begins with its run's name, in the run's colour."""

from collections.abc import Callable
from pathlib import Path

from observer.source.locate import run_id
from observer.terminal.screen import Screen
from observer.terminal.theme import GUTTERS
from observer.terminal.view import Sink, View

SHORT = 6
"""Characters of a run's name that tell it from the others: the random end of its id."""


class MultiView:
    """Hands out a view for each run. Only one of them can have a line open."""

    def __init__(self, out: Sink, screen: Screen, view: Callable[[Sink, Screen], View]) -> None:
        self._out = out
        self._screen = screen
        self._view = view
        self._count = 0
        self._open: _Lane | None = None

    def of(self, run: str | None) -> View:
        """Return the view of a run that was not seen before."""
        role = GUTTERS[self._count % len(GUTTERS)]
        self._count += 1
        name = self._screen.line(run_id(Path(run or ""))[-SHORT:])  # a path if there are two of that id
        lane = _Lane(self, f"{self._screen.paint(role, name)} ")
        cells = len(name) + 1
        width = self._screen.width
        narrower = self._screen.narrowed(lambda: None if (full := width()) is None else max(1, full - cells))
        view = self._view(lane, narrower)
        lane.close = view.close
        return view

    def write(self, lane: "_Lane", data: bytes) -> None:
        """Write what a run's view wrote, each line behind its name; another run's open line is ended first."""
        if self._open is not None and self._open is not lane:
            self._open.close()
        self._put(lane, data)

    def check(self) -> None:
        """Raise BrokenPipeError when nobody reads any more."""
        self._out.check()

    def _put(self, lane: "_Lane", data: bytes) -> None:
        begin = b"" if lane.in_line else lane.prefix
        lane.in_line = not data.endswith(b"\n")
        body = data if lane.in_line else data[:-1]
        self._out.write(begin + body.replace(b"\n", b"\n" + lane.prefix) + (b"" if lane.in_line else b"\n"))
        self._open = lane if lane.in_line else None


class _Lane:
    """The sink of one run's view."""

    def __init__(self, lanes: MultiView, prefix: str) -> None:
        self._lanes = lanes
        self.prefix = prefix.encode("utf-8", "backslashreplace")
        self.in_line = False
        self.close: Callable[[], None] = lambda: None

    def write(self, data: bytes) -> None:
        """Write behind the run's name."""
        if data:
            self._lanes.write(self, data)

    def check(self) -> None:
        """Raise BrokenPipeError when nobody reads any more."""
        self._lanes.check()
