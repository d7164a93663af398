"""The status line below everything else on a terminal: what the run is doing just now.

It stands in the line below the cursor, or in the cursor's own when that is empty. Whatever is written wipes it and puts
it back in the same breath; what it says is made anew ten times a second at most. So it never scrolls away, needs no
scroll region, and leaves nothing behind when the process is killed but one line that the shell writes over.
"""

import time
from collections.abc import Callable, Sequence

from rich.cells import cell_len

from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration, format_money, pluralize
from observer.runs.describe_status import ROLES, agent, elapsed, progress, said
from observer.runs.state import RunState, Status, Verdict
from observer.terminal.screen import Screen
from observer.terminal.theme import Role
from observer.terminal.view import Sink
from observer.terminal.wrap import fitting

EVERY_S = 0.1
"""No more than ten times a second: more cannot be read."""
BAR = 12
"""Cells of the progress bar."""
_WIPE = b"\x1b[J"
_SAVE, _RESTORE = "\x1b7", "\x1b8"
_CUT, _WRAP = "\x1b[?7l", "\x1b[?7h"
"""The terminal may have become narrower since its width was asked: a line that wraps would move the place."""
_BELOW, _NEXT = "\x1bD\x1b[A", "\r\n"
"""Scrolling would move a place that is remembered, so first of all there must be a line below."""

Piece = tuple[Role, str]


class StatusLine:
    """A sink that keeps a status line below what is written to `out`, which must be a terminal.

    While `ours` says that the terminal is another's, the shell's after `bg`, nothing is drawn over what stands there.
    """

    def __init__(
        self,
        out: Sink,
        screen: Screen,
        clock: Callable[[], float] = time.monotonic,
        ours: Callable[[], bool] = lambda: True,
    ) -> None:
        self._out = out
        self._screen = screen
        self._clock = clock
        self._ours = ours
        self._drawn, self._width = "", 0
        self._last = float("-inf")
        self._in_line = False

    def write(self, data: bytes) -> None:
        """Write `data` above the status line, which stays as it is below."""
        self._in_line = not data.endswith(b"\n") if data else self._in_line
        self._out.write(_WIPE + data + self._placed() if self._drawn else data)

    def check(self) -> None:
        """Raise BrokenPipeError when nobody reads any more."""
        self._out.check()

    def due(self) -> bool:
        """Tell whether it may be drawn, and enough time has passed to do it again."""
        if self._clock() - self._last < EVERY_S:
            return False
        return self._may_draw()

    def show(self, runs: Sequence[tuple[RunState, Status]], now: float) -> None:
        """Draw the line anew; `now` is in seconds since 1970."""
        self._last = self._clock()
        width = self._screen.width() or 80
        drawn = self._line(runs, now, width - 1) if runs else ""
        if (drawn, width) == (self._drawn, self._width):
            return
        self._drawn, self._width = drawn, width
        self._out.write(_WIPE + self._placed())

    def _placed(self) -> bytes:
        """What draws the line where it belongs and brings the cursor back."""
        moved = f"{_BELOW}{_SAVE}{_NEXT}" if self._in_line else _SAVE
        return f"{moved}{_CUT}{self._drawn}{_WRAP}{_RESTORE}".encode("utf-8", "backslashreplace")

    def clear(self) -> None:
        """Wipe the line, and what the terminal echoed before it: Ctrl-C."""
        if self._drawn:
            self._out.write(_WIPE if self._in_line else b"\r" + _WIPE)
            self._drawn = ""

    def again(self) -> None:
        """Draw the line, as it was, where the shell has left the cursor: at the beginning of a line."""
        self._in_line = False
        if self._may_draw() and self._drawn:
            self._out.write(_WIPE + self._placed())

    def aside(self) -> None:
        """Wipe the line until `again`."""
        if self._drawn:
            self._out.write(_WIPE)

    def _may_draw(self) -> bool:
        """Tell whether the terminal is ours; if not, what was drawn is none of our business any more."""
        ours = self._ours()
        if not ours:
            self._drawn = ""
        return ours

    def _line(self, runs: Sequence[tuple[RunState, Status]], now: float, room: int) -> str:
        pieces = _of_run(*runs[0], now, self._screen) if len(runs) == 1 else _of_runs(runs)
        parts: list[str] = []
        for role, text in pieces:
            clean = self._screen.line(text)
            between = f" {self._screen.glyphs.dot} " if parts else ""
            if cell_len(between + clean) > room:
                if not parts:
                    parts.append(self._screen.paint(role, fitting(clean, max(1, room))))
                continue
            room -= cell_len(between + clean)
            parts.append(self._screen.paint(Role.DIM, between) + self._screen.paint(role, clean))
        return "".join(parts)


def _of_run(state: RunState, standing: Status, now: float, screen: Screen) -> list[Piece]:
    """The pieces of one run's status, the most telling first: a narrow terminal leaves out those that do not fit."""
    seen = parse_timestamp(state.stamp)
    since = None if seen is None else max(0.0, now - seen)
    took = elapsed(state, standing, now)
    glyphs = screen.glyphs
    pieces: list[Piece] = [(ROLES[standing.verdict], said(standing))]
    if state.passing is not None and state.total:
        full = round(BAR * min(1.0, max(0.0, state.passing / state.total)))
        pieces.append((Role.GOOD, f"{glyphs.full * full}{glyphs.empty * (BAR - full)} {progress(state)}"))
    pieces.append((Role.PLAIN, agent(state)))
    if took is not None:
        pieces.append((Role.PLAIN, format_duration(took)))
    if state.cost_usd is not None:
        pieces.append((Role.PLAIN, format_money(state.cost_usd)))
    if since is not None and not standing.verdict.final:
        pieces.append((Role.DIM, f"last event {format_duration(since)} ago"))
    if state.run:
        pieces.append((Role.DIM, state.run))
    return pieces


def _of_runs(runs: Sequence[tuple[RunState, Status]]) -> list[Piece]:
    """How many runs there are of each verdict."""
    counts: dict[Verdict, int] = {}
    for _, standing in runs:
        counts[standing.verdict] = counts.get(standing.verdict, 0) + 1
    pieces: list[Piece] = [(Role.STRONG, pluralize(len(runs), "run"))]
    pieces += [(ROLES[verdict], f"{counts[verdict]} {verdict}") for verdict in Verdict if verdict in counts]
    return pieces
