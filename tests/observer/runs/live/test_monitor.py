"""A live run: its state, whether its writer lives, and its status, from the items of a source."""

import socket

import pytest

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.timestamps import parse_timestamp
from observer.runs.live.monitor import RunMonitor, current_status
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.source.items import ContextLines, Idle, Lines, Notice, NoticeKind, PartialLine
from tests.helpers import event, event_at
from tests.observer.observing import SUCCESS, THOUGHT

NOW = parse_timestamp("2026-11-23T01:12:40Z") or 0.0
T0 = parse_timestamp("2026-11-23T01:12:30Z") or 0.0
START = event("run_start", host=socket.gethostname(), lock="ofd", about="a secret", heartbeat_s=5.0)


def line(data: bytes, offset: int = 0) -> Line:
    return Line(data.rstrip(b"\n"), offset)


def monitor(**options: bool | float) -> RunMonitor:
    return RunMonitor(clock=lambda: NOW, **options)  # type: ignore[arg-type]


def test_the_lines_of_every_kind_of_item_become_part_of_the_state() -> None:
    run = monitor()
    assert [record.type for record in run.take(ContextLines([line(START)]))] == ["run_start"]
    run.take(Lines([line(event("progress", passing=1, total=3), 500)]))
    run.take(PartialLine(line(event("progress", passing=2, total=3), 900)))
    assert (run.state.about, run.state.passing) == ("a secret", 2)


def test_an_event_is_yielded_when_it_is_part_of_the_state() -> None:
    run = monitor()
    lines = [line(event("progress", passing=number, total=3)) for number in (1, 2)]
    assert [run.state.passing for _ in run.events(Lines([*lines, line(b"not JSON")]))] == [1, 2]


@pytest.mark.parametrize(
    ("locked", "verdict"), [(False, Verdict.CRASHED), (True, Verdict.WORKING), (None, Verdict.WORKING)]
)
def test_a_missing_writer_is_a_crash_only_after_everything_was_read(locked: bool | None, verdict: Verdict) -> None:
    run = monitor()
    run.take(Lines([line(START)]))
    assert run.status().verdict is Verdict.WORKING
    run.take(Idle(locked))
    assert run.caught_up
    assert run.status().verdict is verdict
    run.take(Lines([]))
    assert run.caught_up
    run.take(Lines([line(THOUGHT, 500)]))
    assert not run.caught_up
    assert run.status().verdict is Verdict.WORKING


@pytest.mark.parametrize("kind", NoticeKind)
def test_other_content_starts_a_new_state(kind: NoticeKind) -> None:
    run = monitor()
    run.take(Lines([line(START)]))
    run.take(Idle(locked=False))
    run.take(Notice(kind, "m"))
    is_new = kind in {NoticeKind.TRUNCATED, NoticeKind.REPLACED, NoticeKind.SWITCHED}
    assert (run.state.host is None, run.caught_up) == (is_new, not is_new)


def test_a_partial_line_that_gets_its_newline_counts_once() -> None:
    run = monitor()
    end = line(event("session_end", cost_usd=1.0), 7)
    run.take(PartialLine(end))
    assert run.take(PartialLine(end)) == []
    assert [record.line for record in run.take(Lines([end, line(THOUGHT, 500)]))] == [line(THOUGHT, 500)]
    assert run.state.cost_usd == 1.0
    run.take(Lines([end]))
    assert run.state.cost_usd == 2.0


def test_only_events_that_concern_the_end_are_decoded_if_that_suffices() -> None:
    run = monitor(ending_only=True)
    records = run.take(Lines([line(START), line(event("progress", passing=1, total=3), 500)]))
    assert [record.type for record in records] == ["run_start", "progress"]
    assert (run.state.host, run.state.passing) == (socket.gethostname(), None)
    run.take(Lines([line(SUCCESS, 900)]))
    assert run.status() == Status(Verdict.COMPLETE)
    run.take(Lines([line(event("info", message="late"), 1500)]))
    assert run.status() == Status(Verdict.COMPLETE)
    run.take(Lines([line(event("info", message="resumed by process 7", kind="resumed"), 1900)]))
    assert run.status().verdict is not Verdict.COMPLETE


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        (b"", "no event yet"),
        (b"[1]\n", "no event: the first line is not an event (not a JSON object)"),
        ("{}\n".encode("utf-16"), "no event: the file looks like UTF-16; convert it with: iconv -f UTF-16 -t UTF-8"),
    ],
)
def test_lines_that_hold_no_event_are_not_a_run_at_work(data: bytes, missing: str) -> None:
    run = monitor()
    run.take(Lines([line(data)] if data else []))
    run.take(Idle(None))
    assert run.status() == Status(Verdict.UNKNOWN, missing=missing)


def test_without_content_the_state_holds_no_text() -> None:
    run = monitor(content=False)
    run.take(Lines([line(START), line(event("tool_use", id="a", name="say a secret"), 500)]))
    assert "secret" not in repr(run.state)


def test_a_run_is_stalled_after_the_given_time() -> None:
    lines = [line(event("run_start", host="elsewhere", heartbeat_s=5.0)), line(event("heartbeat", idle_s=100.0), 500)]
    verdicts = []
    for limit in (200.0, 50.0):
        run = monitor(stall_after_s=limit)
        run.take(Lines(lines))
        run.take(Idle(None))
        verdicts.append(run.status().verdict)
    assert verdicts == [Verdict.WORKING, Verdict.STALLED]


DAY = 86_400.0
FAR = {"host": "far", "heartbeat_s": 5.0}


class Observed:
    """A run on another machine, and the clock of this one."""

    def __init__(self, skew_s: float = 0.0) -> None:
        self.now = NOW
        self.skew_s = skew_s
        self.monitor = RunMonitor(clock=lambda: self.now)

    def arrives(self, kind: str, **data: object) -> None:
        self.monitor.take(Lines([line(event_at(self.now + self.skew_s - T0, kind, **data))]))

    def idles(self, modified: float | None = None, locked: bool | None = False) -> Status:
        self.monitor.take(Idle(locked, modified))
        return self.monitor.status()


SKEWS = [-3 * DAY, -60.0, -15.0, 0.0, 15.0, 3 * DAY]


@pytest.mark.parametrize("skew_s", SKEWS)
@pytest.mark.parametrize("has_file", [True, False])
def test_a_run_is_judged_by_what_arrives_whatever_its_clock_says(skew_s: float, has_file: bool) -> None:
    run = Observed(skew_s)
    run.arrives("run_start", **FAR)
    run.arrives("tool_use", id="t", name="Bash", input={})
    assert run.idles(NOW if has_file else None) == Status(Verdict.IN_TOOL, "Bash", 0.0)
    for _ in range(10):
        run.now += 5
        run.arrives("heartbeat", state="in_tool", in_flight=[{"id": "t", "name": "Bash", "elapsed_s": run.now - NOW}])
        assert run.idles(NOW - 7 * DAY).verdict is Verdict.IN_TOOL, "the file's time may be another machine's"
    run.now += 14
    status = run.idles(NOW - 7 * DAY)
    assert (status.verdict, status.tool, status.seconds) == (Verdict.IN_TOOL, "Bash", pytest.approx(64))
    run.now += 2
    assert run.monitor.status() == Status(Verdict.STALLED, seconds=pytest.approx(16))
    state = run.monitor.state
    assert state.elapsed(state.now_after(run.monitor.silent_s)) == pytest.approx(66)


@pytest.mark.parametrize("skew_s", SKEWS)
def test_what_a_file_held_at_first_arrived_when_it_was_written(skew_s: float) -> None:
    for written_s, verdict in ((1.0, Verdict.WORKING), (20.0, Verdict.STALLED)):
        run = Observed(skew_s)
        run.arrives("run_start", **FAR)
        assert run.idles(NOW - written_s).verdict is verdict
        assert run.monitor.silent_s == written_s


def test_a_file_that_was_waited_for_may_be_an_old_one() -> None:
    run = Observed()
    run.idles()
    run.monitor.take(Notice(NoticeKind.FOUND, "m"))
    run.arrives("run_start", **FAR)
    assert run.idles(NOW - DAY) == Status(Verdict.STALLED, seconds=DAY)


def test_another_file_in_its_place_may_be_an_old_one() -> None:
    run = Observed()
    run.arrives("run_start", **FAR)
    run.idles(NOW)
    run.monitor.take(Notice(NoticeKind.REPLACED, "m"))
    run.arrives("run_start", **FAR)
    assert run.idles(NOW - DAY) == Status(Verdict.STALLED, seconds=DAY)


def test_a_file_whose_time_is_in_the_future_tells_nothing_until_something_arrives() -> None:
    run = Observed()
    run.arrives("run_start", **FAR)
    assert run.idles(NOW + 2 * DAY) == Status(Verdict.UNKNOWN, missing="the time of its file is 48h 00m ahead")
    run.arrives("thought", text="x")
    assert run.idles(NOW + 2 * DAY).verdict is Verdict.WORKING
    run.now += 16
    assert run.idles(NOW + 2 * DAY).verdict is Verdict.STALLED


def test_nothing_is_silent_while_there_is_more_to_take() -> None:
    run = Observed()
    run.arrives("run_start", **FAR)
    run.now += 60
    assert (run.monitor.silent_s, run.monitor.status().verdict) == (0.0, Verdict.WORKING)


def test_the_lock_of_a_file_from_another_host_says_nothing() -> None:
    state = RunState()
    for data in (START.replace(socket.gethostname().encode(), b"elsewhere"), THOUGHT):
        decoded = decode(line(data))
        assert isinstance(decoded, Event)
        state.apply(decoded)
    assert current_status(state, 1.0, locked=False).verdict is Verdict.WORKING
