"""Files whose beginning is gone: every view says from which event on it knows the run."""

import gzip
import json
from pathlib import Path

import pytest

from observer import load_run
from observer.cli.wait import Waiter
from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.listing.listed_run import run_fields
from observer.runs.listing.listing import Listing, list_run
from observer.runs.live.monitor import RunMonitor
from observer.runs.state.state import RunState
from observer.runs.waiting.conditions import parse_conditions
from observer.source.items import ContextLines, Follow, Lines, Notice, NoticeKind
from observer.source.open_source import open_source
from observer.source.snapshot import Snapshot
from observer.terminal.run_table import table_lines
from observer.terminal.screen import Screen
from tests.helpers import line

WORDS = "known from event 771 on; what came before is gone"
START = line(1, "run_start", about="Build a thing")
REST = line(771) + line(772, "heartbeat", state="writing") + line(773, "complete", outcome="success", duration_ms=5)
TORN = b'rest of a line"}}\n'
BIG = line(771) + 300 * line(772, "thought", text="x" * 1000) + line(773, "complete", outcome="success")


def without_seq(data: bytes) -> bytes:
    fields = json.loads(data)
    del fields["seq"]
    return json.dumps(fields).encode() + b"\n"


CUT = [REST, TORN + REST, TORN * 3 + REST, b"x" * 9000 + b"\n" + REST, BIG, TORN + BIG, b"\n" + REST]
WHOLE = [
    START + REST,
    START.replace(b'"seq":1', b'"seq":900') + REST,
    without_seq(line(771)) + without_seq(line(772)),
    line(0) + line(1),
    line(1) + line(2),
    line(1, "session_start", resumed_from="r") + REST,
    b"",
    TORN,
]


@pytest.mark.parametrize("data", CUT)
@pytest.mark.parametrize("packed", [False, True])
def test_lists_runs_and_summaries_know_from_where_on_a_run_is_known(tmp_path: Path, data: bytes, packed: bool) -> None:
    path = tmp_path / f"cut.ndjson{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(data) if packed else data)

    (listed,) = Listing(tmp_path).read()
    snapshot = Snapshot(path)
    run = load_run(path)

    assert listed.state.known_from == 771
    assert run_fields(listed, 0.0)["known_from"] == 771
    assert list_run(snapshot).state.known_from == 771
    assert (run.state.known_from, run.summary().state.known_from) == (771, 771)
    assert WORDS in table_lines([listed], 0.0, Screen(width=lambda: None))[1]
    snapshot.close()
    run.close()


@pytest.mark.parametrize("data", WHOLE)
def test_other_files_do_not_count_as_cut(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "whole.ndjson"
    path.write_bytes(data)
    with load_run(path) as run:
        assert (run.state.known_from, run.summary().state.known_from) == (None, None)
    assert [listed.state.known_from for listed in Listing(tmp_path).read()] == [None]


@pytest.mark.parametrize("ending_only", [False, True])
def test_a_monitor_knows_it_before_the_first_event_is_shown(ending_only: bool) -> None:
    monitor = RunMonitor(ending_only=ending_only)

    monitor.records(Lines([Line(TORN, 0), Line(line(771), 20), Line(line(772), 200)]))

    assert monitor.state.known_from == 771


def test_the_lines_before_the_start_position_tell_and_other_content_starts_over() -> None:
    monitor = RunMonitor()
    monitor.take(ContextLines([Line(line(5), 0), Line(line(900), 999)]))
    before = monitor.state.known_from
    monitor.take(Notice(NoticeKind.TRUNCATED, "truncated"))
    monitor.take(Lines([Line(START, 0)]))

    assert (before, monitor.state.known_from) == (5, None)


def test_a_monitor_knows_of_other_content_and_of_a_late_start_before_it_is_shown() -> None:
    monitor = RunMonitor()
    monitor.records(Lines([Line(START.replace(b'"seq":1', b'"seq":900'), 0)]))
    late_start = monitor.state.known_from
    monitor.records(Notice(NoticeKind.REPLACED, "replaced"))
    monitor.records(Lines([Line(line(771), 0)]))

    assert (late_start, monitor.state.known_from) == (None, 771)


async def test_the_line_of_wait_says_it(tmp_path: Path) -> None:
    path = tmp_path / "cut.ndjson"
    path.write_bytes(REST)

    result = await Waiter(open_source(path, follow=Follow.NOT), parse_conditions(["ended"])).run()

    assert result.message.endswith(WORDS)


def test_a_run_start_later_in_the_file_begins_a_run_that_is_known_from_its_start() -> None:
    state = RunState()
    for data in (line(771), START, line(2)):
        event = decode(Line(data, 1))
        assert isinstance(event, Event)
        state.apply(event)

    assert state.known_from is None
