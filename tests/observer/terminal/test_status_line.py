"""The status line: what it shows, and that it does not disturb the rest of the screen."""

import re
from collections.abc import Callable

import pytest

from observer.runs.live.monitor import ObservedRun
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.terminal.screen import Screen
from observer.terminal.status_line import INTERVAL_S, StatusLine, fit_pieces
from observer.terminal.theme import Role
from tests.helpers import event_at
from tests.observer.runs.state.test_state import START, T0, after, use
from tests.observer.terminal.rendering import RecordingSink

MOVES = re.compile(r"\x1b\[J|\x1b\[\?7[lh]|\x1bD\x1b\[A|\x1b7|\x1b8|\r")


class CountingSink(RecordingSink):
    """Counts what is written."""

    writes = 0

    def write(self, data: bytes) -> None:
        self.writes += 1
        super().write(data)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def line(state: RunState, status: Status, *, width: int = 200, now: float = 60.0) -> str:
    out = RecordingSink()
    silent_s = T0 + now - (state.last_seen or T0)
    StatusLine(out, Screen(width=lambda: width, can_move=True)).show([ObservedRun(state, status, silent_s)], T0 + now)
    return MOVES.sub("", out.text).strip("\n")


def test_one_run_is_described() -> None:
    state = after(
        START,
        event_at(1, "session_start", agent_type="CODING", iteration=3),
        event_at(2, "progress", passing=3, total=8),
        event_at(3, "session_end", outcome="success", cost_usd=1.25),
        use(50, "a", "Bash"),
    )
    status = state.status_at(T0 + 60, writer_alive=True)
    assert line(state, status) == (
        "in tool Bash 10s · ━━━━╌╌╌╌╌╌╌╌ 3/8 · Coding Agent, iteration 3 · 1m 00s · $1.25 · last event 10s ago · "
        "20261123T011230Z-7f3a9c"
    )


def test_tokens_and_the_thing_to_do_are_shown_while_a_session_runs() -> None:
    items = [{"text": "Write it", "status": "completed"}, {"text": "Try it", "status": "in_progress"}]
    beat = event_at(5, "heartbeat", elapsed_s=5, state="writing", cost_usd=0.3, tokens={"input": 9000, "output": 300})
    state = after(START, event_at(4, "todo", items=items), beat)
    assert "5.0s · $0.30 · 9.3k tokens · last event 0ms ago · todo 1/2 done: Try it · 2026" in line(
        state, Status(Verdict.WORKING), now=5
    )


def test_parts_that_do_not_fit_are_left_out() -> None:
    state = after(START, event_at(1, "session_start", agent_type="CODING", iteration=3))
    status = Status(Verdict.WORKING)
    assert line(state, status, width=30) == "working · 1m 00s"
    assert line(state, status, width=6) == "work…"


def test_nothing_stands_behind_a_first_part_that_is_too_long() -> None:
    pieces = [(Role.PLAIN, "much too long for this"), (Role.PLAIN, "short")]
    assert fit_pieces(pieces, Screen(width=lambda: 80), 12) == "much too lo…"


def test_a_run_without_its_beginning_says_so_where_there_is_room() -> None:
    state = RunState(run="r1", known_from=1771)

    assert line(state, Status(Verdict.WORKING)).endswith("from event 1,771 on · r1")
    assert "event" not in line(state, Status(Verdict.WORKING), width=20)


def test_several_runs_are_counted_by_verdict() -> None:
    out = RecordingSink()
    verdicts = [Verdict.WORKING, Verdict.COMPLETE, Verdict.WORKING, Verdict.CRASHED]
    runs = [ObservedRun(RunState(), Status(verdict), 0.0) for verdict in verdicts]
    StatusLine(out, Screen(width=lambda: 80, can_move=True)).show(runs, T0)
    assert MOVES.sub("", out.text) == "4 runs · 2 working · 1 complete · 1 crashed"


def test_control_characters_in_names_are_escaped() -> None:
    state = after(START, use(1, "a", "\x1b]52;c;AAAA\x07\n"))
    shown = line(state, state.status_at(T0 + 2, writer_alive=True))
    assert "\x1b" not in shown
    assert "\\x1b]52" in shown


def test_it_is_updated_at_most_ten_times_a_second() -> None:
    clock = Clock()
    status = StatusLine(RecordingSink(), Screen(width=lambda: 80, can_move=True), clock)
    assert status.due()
    status.show([ObservedRun(RunState(), Status(Verdict.WORKING), 0.0)], T0)
    assert not status.due()
    clock.now += INTERVAL_S
    assert status.due()


def writes_of(observe: Callable[[float], ObservedRun], *, seconds: float, times_a_second: int = 100) -> int:
    """Return how often the line is written if it may be updated that often for some seconds."""
    out, clock = CountingSink(), Clock()
    status = StatusLine(out, Screen(width=lambda: 200, can_move=True), clock)
    for tick in range(round(seconds * times_a_second)):
        clock.now = tick / times_a_second
        if status.due():
            status.show([observe(clock.now)], T0 + clock.now)
    return out.writes


def test_a_line_without_times_is_written_once() -> None:
    run = ObservedRun(RunState(run="r"), Status(Verdict.COMPLETE), 0.0)
    assert writes_of(lambda _: run, seconds=30) == 1


def test_times_alone_are_written_once_a_second_also_while_events_arrive() -> None:
    state = after(START, use(0, "a", "Bash"))

    def observe(now: float) -> ObservedRun:
        status = Status(Verdict.IN_TOOL, "Bash", now)
        return ObservedRun(state, status, now % 0.07)

    assert writes_of(observe, seconds=30) == 30


def test_a_change_is_written_at_once_between_two_seconds() -> None:
    state = after(START)

    def observe(now: float) -> ObservedRun:
        return ObservedRun(state, Status(Verdict.WORKING if now < 2.45 else Verdict.WAITING_ON_MODEL), now)

    assert writes_of(observe, seconds=2.44) == 3
    assert writes_of(observe, seconds=2.6) == 4
    assert writes_of(observe, seconds=3.0) == 4


class Terminal:
    """Emulates the parts of a terminal that the status line needs: a grid, a cursor and a saved position."""

    def __init__(self, columns: int, height: int = 6) -> None:
        self.rows = [""] * height
        self.columns = columns
        self.wraps = True
        self.row = self.column = 0
        self.saved = (0, 0)

    def write(self, data: bytes) -> None:
        for token in re.findall(
            r"\x1b\[J|\x1b\[A|\x1b\[\?7[lh]|\x1bD|\x1b7|\x1b8|\x08|\r|\n|[^\x1b\x08\r\n]", data.decode()
        ):
            match token:
                case "\x1b[J":
                    self.rows[self.row] = self.rows[self.row][: self.column]
                    self.rows[self.row + 1 :] = [""] * (len(self.rows) - self.row - 1)
                case "\x1b[A":
                    self.row = max(0, self.row - 1)
                case "\x1b[?7l" | "\x1b[?7h":
                    self.wraps = token.endswith("h")
                case "\x1b7":
                    self.saved = self.row, self.column
                case "\x1b8":
                    self.row, self.column = self.saved
                case "\r":
                    self.column = 0
                case "\x08":
                    self.column = max(0, self.column - 1)
                case "\n" | "\x1bD":
                    self.column = 0 if token == "\n" else self.column  # the driver adds a return to a newline
                    self.down()
                case _:
                    if self.column == self.columns:
                        self.column = 0 if self.wraps else self.column - 1
                        if self.wraps:
                            self.down()
                    line = self.rows[self.row].ljust(self.column)
                    self.rows[self.row] = line[: self.column] + token + line[self.column + 1 :]
                    self.column += 1

    def down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows = [*self.rows[1:], ""]
            self.row -= 1

    def check(self) -> None:
        pass

    @property
    def text(self) -> list[str]:
        return [row.rstrip() for row in self.rows]


@pytest.mark.parametrize("columns", [80, 12], ids=["same width", "narrower"])
def test_only_the_last_line_of_the_screen_differs_from_one_without_it(columns: int) -> None:
    clock = Clock()
    with_it, without = Terminal(columns), Terminal(columns)
    status = StatusLine(with_it, Screen(width=lambda: 40, can_move=True), clock)
    pieces = ["one\n", "two", " and", " more", "\n", "three\nfour\n", "five", "\b\b\b\b    \nfive", "\nsix\n", "seven"]
    for number, piece in enumerate(pieces):
        status.write(piece.encode())
        without.write(piece.encode())
        clock.now += INTERVAL_S / 2  # drawn after every second piece
        if status.due():
            status.show([ObservedRun(RunState(), Status(Verdict.IN_TOOL, "Bash", float(number)), 0.0)], T0)
        shown = [row for row in with_it.text if row and not row.startswith("in tool")]
        expected = [row for row in without.text if row]
        assert shown == expected[-len(shown) :]
        assert len(shown) >= min(len(expected), len(with_it.rows) - 2)
        assert sum(row.startswith("in tool") for row in with_it.text) == 1
    status.clear()
    assert not [row for row in with_it.text if row.startswith("in tool")]
    assert (with_it.rows[with_it.row], with_it.column) == (without.rows[without.row], without.column)


def test_nothing_is_drawn_while_the_shell_owns_the_terminal() -> None:
    out, clock, owners = RecordingSink(), Clock(), [True, False, False, True]
    status = StatusLine(
        out, Screen(width=lambda: 40, can_move=True), clock, is_foreground=lambda: owners[int(clock.now)]
    )
    state = [ObservedRun(RunState(), Status(Verdict.WORKING), 0.0)]
    assert status.due()
    status.show(state, T0)
    status.hide()
    clock.now = 1.0
    out.data = b""
    status.redraw()
    assert not status.due()
    status.write(b"a row\n")
    clock.now = 2.0
    assert not status.due()
    assert out.data == b"a row\n"
    clock.now = 3.0
    assert status.due()
    status.show(state, T0)
    assert b"working" in out.data
