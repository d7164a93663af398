"""The status line at the bottom of a terminal: what the run is doing now.

It occupies the line below the cursor, or the cursor's own line if that is empty. Every write erases it and draws it
again in the same system call; its text is updated at most ten times a second, and only once a second if nothing but
times have changed in it. So it never scrolls away, needs no scroll
region, and if the process is killed it leaves only one line, which the shell overwrites.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from msgspec.structs import replace

from observer.format.units import format_cost, format_duration, pluralize
from observer.runs.live.monitor import ObservedRun
from observer.runs.state.conversation import current_item, describe_todo
from observer.runs.state.state import RunState
from observer.runs.state.tokens import describe_total
from observer.runs.state.verdict import Verdict
from observer.runs.words.describe_status import agent_title, describe_progress, describe_status
from observer.terminal.cells import cell_len
from observer.terminal.ellipsis import ellipsize
from observer.terminal.screen import Screen
from observer.terminal.suspend import handle_suspend
from observer.terminal.theme import VERDICT_ROLES, Role
from observer.terminal.view import Sink

INTERVAL_S = 0.1
"""Minimum seconds between updates: more than ten a second cannot be read."""
BAR_WIDTH = 12
"""Cells of the progress bar."""
DEFAULT_WIDTH = 80
"""Columns assumed when the terminal does not report its width."""
_ERASE_BELOW = b"\x1b[J"
_SAVE_CURSOR, _RESTORE_CURSOR = "\x1b7", "\x1b8"
_WRAP_OFF, _WRAP_ON = "\x1b[?7l", "\x1b[?7h"
"""The terminal may have become narrower since its width was read: a line that wraps would scroll the screen."""
_MAKE_ROOM_BELOW, _NEXT_LINE = "\x1bD\x1b[A", "\r\n"
"""The saved cursor position does not scroll along, so there must be a line below before it is saved."""

Piece = tuple[Role, str]
_Content = tuple[object, ...]


class StatusLine:
    """A sink that keeps a status line below everything written to `out`, which must be a terminal.

    Nothing is drawn while `is_foreground` returns False: after `bg` the terminal belongs to the shell.
    """

    def __init__(
        self,
        out: Sink,
        screen: Screen,
        clock: Callable[[], float] = time.monotonic,
        is_foreground: Callable[[], bool] = lambda: True,
    ) -> None:
        self._out = out
        self._screen = screen
        self._clock = clock
        self._is_foreground = is_foreground
        self._drawn, self._width = "", 0  # the line on the screen, and the screen's width when it was drawn
        self._content: _Content | None = None  # what the line said when it was drawn, but for the times in it
        self._second = 0  # the second in which that was
        self._updated = float("-inf")
        self._in_line = False  # whether the cursor is in an unfinished line
        self._hold: Callable[[], AbstractContextManager[None]] = nullcontext

    @contextmanager
    def suspendable(self) -> Iterator[None]:
        """Erase the line when the user suspends this process, and draw it again when it resumes.

        It is not suspended in the middle of a write: the line could not be erased then.
        """
        with handle_suspend(before=self.hide, after=self.redraw) as self._hold:
            yield

    def write(self, data: bytes) -> None:
        """Write `data` above the status line, whose text does not change."""
        self._in_line = not data.endswith(b"\n") if data else self._in_line
        self._write(_ERASE_BELOW + data + self._draw() if self._drawn else data)

    def check(self) -> None:
        """Raise BrokenPipeError if the reader has closed the pipe."""
        self._out.check()

    def due(self) -> bool:
        """Return whether the line may be drawn and the last update is long enough ago."""
        if self._clock() - self._updated < INTERVAL_S:
            return False
        return self._may_draw()

    def show(self, runs: Sequence[ObservedRun], now: float) -> None:
        """Update the line; `now` is in seconds since 1970."""
        self._updated = self._clock()
        width = self._screen.width() or DEFAULT_WIDTH
        content, second = tuple(_content_of(run, self._screen, now) for run in runs), int(self._updated)
        if self._drawn and (content, width, second) == (self._content, self._width, self._second):
            return
        drawn = self._line(runs, now, width - 1) if runs else ""
        self._content, self._second = content, second
        if (drawn, width) == (self._drawn, self._width):
            return
        self._drawn, self._width = drawn, width
        self._write(_ERASE_BELOW + self._draw())

    def _write(self, data: bytes) -> None:
        with self._hold():
            self._out.write(data)

    def _draw(self) -> bytes:
        """Return the bytes that draw the line in its place and move the cursor back."""
        start = f"{_MAKE_ROOM_BELOW}{_SAVE_CURSOR}{_NEXT_LINE}" if self._in_line else _SAVE_CURSOR
        return f"{start}{_WRAP_OFF}{self._drawn}{_WRAP_ON}{_RESTORE_CURSOR}".encode("utf-8", "backslashreplace")

    def clear(self) -> None:
        """Erase the line for good, and the `^C` that the terminal may have echoed before it."""
        if self._drawn:
            self._write(_ERASE_BELOW if self._in_line else b"\r" + _ERASE_BELOW)
            self._drawn = ""

    def redraw(self) -> None:
        """Draw the same line again after `hide`. The shell has left the cursor at the start of a line."""
        self._in_line = False
        if self._may_draw() and self._drawn:
            self._out.write(_ERASE_BELOW + self._draw())

    def hide(self) -> None:
        """Erase the line until `redraw`."""
        if self._drawn:
            self._out.write(_ERASE_BELOW)

    def _may_draw(self) -> bool:
        """Return whether the terminal is ours. If not, forget what was drawn: the shell may have written over it."""
        may_draw = self._is_foreground()
        if not may_draw:
            self._drawn = ""
        return may_draw

    def _line(self, runs: Sequence[ObservedRun], now: float, room: int) -> str:
        pieces = run_pieces(runs[0], now, self._screen) if len(runs) == 1 else _count_pieces(runs)
        return fit_pieces(pieces, self._screen, room)


def fit_pieces(pieces: Sequence[Piece], screen: Screen, room: int) -> str:
    """Return pieces of text in a line of `room` cells, without those for which there is no room.

    The first one is there at any rate, and ends in an ellipsis if it is too long.
    """
    parts: list[str] = []
    for role, text in pieces:
        separator = f" {screen.glyphs.dot} " if parts else ""
        clean = screen.clean_line(text)
        if not parts:
            clean = ellipsize(clean, max(1, room), screen.glyphs.ellipsis)
        if (cells := cell_len(separator + clean)) > room and parts:
            continue
        room -= cells
        parts.append(screen.paint(Role.DIM, separator) + screen.paint(role, clean))
    return "".join(parts)


def run_pieces(run: ObservedRun, now: float, screen: Screen) -> list[Piece]:
    """Return the parts of one run's status, the most important first: those that do not fit are left out."""
    state, status = run.state, run.status
    duration = state.elapsed(state.now_after(run.silent_s), status)
    pieces: list[Piece] = [(VERDICT_ROLES[status.verdict], describe_status(status, screen.zone, now))]
    pieces += _work_pieces(state, screen)
    if duration is not None:
        pieces.append((Role.PLAIN, format_duration(duration)))
    pieces += _cost_pieces(state)
    if not status.verdict.final and status.missing is None:
        pieces.append((Role.DIM, f"last event {format_duration(max(0.0, run.silent_s))} ago"))
    return pieces + _note_pieces(state)


def _content_of(run: ObservedRun, screen: Screen, now: float) -> _Content:
    """Return what the line says of a run, but for the times that pass."""
    state, status = run.state, replace(run.status, seconds=None)
    pieces = _work_pieces(state, screen) + _cost_pieces(state) + _note_pieces(state)
    return describe_status(status, screen.zone, now), *pieces


def _work_pieces(state: RunState, screen: Screen) -> list[Piece]:
    pieces: list[Piece] = []
    glyphs = screen.glyphs
    if state.passing is not None and state.total:
        full = round(BAR_WIDTH * min(1.0, max(0.0, state.passing / state.total)))
        bar = glyphs.full * full + glyphs.empty * (BAR_WIDTH - full)
        pieces.append((Role.GOOD, f"{bar} {describe_progress(state)}"))
    pieces.append((Role.PLAIN, agent_title(state.agent_type or "", state.iteration)))
    return pieces


def _cost_pieces(state: RunState) -> list[Piece]:
    pieces: list[Piece] = []
    if state.cost_usd is not None:
        pieces.append((Role.PLAIN, format_cost(state.cost_usd, is_minimum=state.cost_is_minimum)))
    if state.tokens is not None:
        pieces.append((Role.PLAIN, describe_total(state.tokens)))
    return pieces


def _note_pieces(state: RunState) -> list[Piece]:
    pieces: list[Piece] = []
    if state.todo:
        current = current_item(state.todo)
        pieces.append((Role.DIM, f"todo {describe_todo(state.todo)}{f': {current}' if current else ''}"))
    if state.known_from is not None:
        pieces.append((Role.DIM, f"from event {state.known_from:,} on"))
    if state.run:
        pieces.append((Role.DIM, state.run))
    return pieces


def _count_pieces(runs: Sequence[ObservedRun]) -> list[Piece]:
    """Return the number of runs, in total and by verdict."""
    counts: dict[Verdict, int] = {}
    for run in runs:
        counts[run.status.verdict] = counts.get(run.status.verdict, 0) + 1
    pieces: list[Piece] = [(Role.STRONG, pluralize(len(runs), "run"))]
    pieces += [(VERDICT_ROLES[verdict], f"{counts[verdict]} {verdict}") for verdict in Verdict if verdict in counts]
    return pieces
