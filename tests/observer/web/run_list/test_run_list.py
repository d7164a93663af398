"""The runs of a directory, and the streams of them."""

import errno
import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_filter import RunFilter
from observer.web.run_directory import RunDirectory
from observer.web.run_list.run_list import RunList
from tests.helpers import line
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)
END = line(2, "complete", outcome="success", duration_ms=1000)
NAMES = [f"20261123T01123{digit}Z-000000" for digit in range(5)]


async def test_the_newest_runs_come_first_and_older_ones_page_by_page(tmp_path: Path) -> None:
    for name in NAMES:
        run_of(tmp_path, START, END, name=name)
    async with serving(tmp_path) as served:
        first = (await served.get("/api/runs?limit=2")).json["runs"]
        second = (await served.get(f"/api/runs?limit=2&before={first[-1]['name']}")).json["runs"]
    assert [run["name"] for run in first + second] == NAMES[:0:-1]
    assert {run["live"] for run in first} == {False}


async def test_an_answer_says_how_many_runs_there_are_and_how_many_of_them_are_wanted(tmp_path: Path) -> None:
    for name in NAMES:
        run_of(tmp_path, START, *([END] if name < NAMES[3] else []), name=name)
    async with serving(tmp_path) as served:
        answer = (await served.get("/api/runs?limit=2&verdict=ended")).json
        assert (answer["total"], answer["matching"], len(answer["runs"])) == (5, 3, 2)
        answer = (await served.get(f"/api/runs?text={NAMES[4][9:16].lower()}")).json
        assert [run["name"] for run in answer["runs"]] == [NAMES[4]]
        assert (await served.get("/api/runs?verdict=crashd")).status == 400


async def test_a_client_gets_the_list_as_it_wants_it_and_then_what_is_new_in_it(tmp_path: Path) -> None:
    for name in NAMES:
        run_of(tmp_path, START, END, name=name)
    async with serving(tmp_path) as served:
        stream = await served.stream(f"/api/list?limit=2&sort=newest&run={NAMES[0]}")
        first = await stream.message()
        assert (first.event, first.json["order"], first.json["total"]) == ("list", NAMES[:2:-1], 5)
        assert [run["name"] for run in first.json["runs"]] == [*NAMES[:2:-1], NAMES[0]]
        added = f"{NAMES[4]}x"
        run_of(tmp_path, START, END, name=added)
        news = (await stream.message()).json
        assert (news["order"], [run["name"] for run in news["runs"]]) == ([added, NAMES[4]], [added])
        (tmp_path / f"{NAMES[0]}.ndjson").unlink()
        news = (await stream.message()).json
        assert (news["order"], news["runs"], news["total"], news["has_run"]) == (None, [], 5, False)
        for query in ("sort=size", "group=host", "limit=x"):
            assert (await served.get(f"/api/list?{query}")).status == 400


async def test_the_stream_of_runs_has_all_runs_and_then_each_change(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, name=NAMES[0])
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/runs/stream")
        runs = await stream.message()
        assert (runs.event, [run["name"] for run in runs.json]) == ("runs", [NAMES[0]])
        run_of(tmp_path, START, END, name=NAMES[1])
        added = await stream.message()
        assert (added.event, added.json["name"], added.json["verdict"]) == ("run", NAMES[1], "complete")
        path.unlink()
        gone = await stream.message()
        assert (gone.event, gone.json) == ("gone", {"name": NAMES[0]})


async def test_a_copy_whose_original_cannot_be_read_is_listed_as_unknown_with_the_reason(tmp_path: Path) -> None:
    path = run_of(tmp_path, b"")
    error = PermissionError(errno.EACCES, "Permission denied", "s.jsonl")
    async with serving(tmp_path, unread={path: error}.get) as served:
        (row,) = (await served.get("/api/runs")).json["runs"]
    assert (row["verdict"], row["missing"]) == ("unknown", "unreadable: permission denied")


@pytest.mark.parametrize(
    ("names", "by_time"), [(["8888", "0000", "ffff"], True), (["a-1", "a", "b"], False)]
)  # oldest first
async def test_pages_follow_the_order_of_the_list_whatever_the_names_are(
    tmp_path: Path, names: list[str], by_time: bool
) -> None:
    for time, name in enumerate(names):
        os.utime(run_of(tmp_path, START, END, name=name), (time, time))
    runs = RunList(RunDirectory(tmp_path), by_time=by_time)
    before, listed = None, []
    while rows := json.loads(await runs.page(1, before, RunFilter()))["runs"]:
        before = rows[0]["name"]
        listed.append(before)
    assert listed == names[::-1]


async def test_a_page_follows_a_run_that_has_been_removed(tmp_path: Path) -> None:
    for name in (NAMES[0], NAMES[2]):
        run_of(tmp_path, START, END, name=name)
    page = json.loads(await RunList(RunDirectory(tmp_path)).page(5, NAMES[1], RunFilter()))
    assert [run["name"] for run in page["runs"]] == [NAMES[0]]


async def test_runs_are_selected_while_the_event_loop_goes_on(tmp_path: Path) -> None:
    class Recording(RunFilter, frozen=True):
        def select(self, runs: Iterable[ListedRun], now: float) -> list[ListedRun]:
            threads.add(threading.current_thread())
            return super().select(runs, now)

    threads: set[threading.Thread] = set()
    run_of(tmp_path, START, END)
    runs = RunList(RunDirectory(tmp_path))
    assert len(await runs.select(Recording())) == len(json.loads(await runs.page(1, None, Recording()))["runs"]) == 1
    assert threads
    assert threading.main_thread() not in threads
