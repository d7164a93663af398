"""The list of runs, and the stream of its changes."""

import json
from pathlib import Path

from observer.web.run_list import changes
from tests.helpers import line
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)
END = line(2, "complete", outcome="success", duration_ms=1000)
NAMES = [f"20261123T01123{digit}Z-000000" for digit in range(5)]


def names_of(messages: bytes) -> list[tuple[str, str]]:
    """Return the type and the run of each message."""
    blocks = [block.split(b"\ndata: ") for block in messages.split(b"\n\n") if block]
    return [(kind.decode().removeprefix("event: "), json.loads(data)["name"]) for kind, data in blocks]


def test_changes_are_new_runs_changed_runs_and_runs_that_are_gone() -> None:
    previous = {"c": {"name": "c", "size": 1}, "b": {"name": "b", "size": 1}, "a": {"name": "a", "size": 1}}
    current = {"d": {"name": "d", "size": 1}, "c": {"name": "c", "size": 2}, "b": {"name": "b", "size": 1}}
    assert names_of(changes(previous, current)) == [("run", "c"), ("run", "d"), ("gone", "a")]


def test_the_passing_of_time_is_not_a_change() -> None:
    previous = {"a": {"name": "a", "elapsed_s": 1.0, "seconds": 1.0, "verdict": "working"}}
    assert changes(previous, {"a": previous["a"] | {"elapsed_s": 2.0, "seconds": 2.0}}) == b""
    assert names_of(changes(previous, {"a": previous["a"] | {"verdict": "idle"}})) == [("run", "a")]


async def test_the_newest_runs_come_first_and_older_ones_page_by_page(tmp_path: Path) -> None:
    for name in NAMES:
        run_of(tmp_path, START, END, name=name)
    async with serving(tmp_path) as served:
        first = (await served.get("/api/runs?limit=2")).json["runs"]
        second = (await served.get(f"/api/runs?limit=2&before={first[-1]['name']}")).json["runs"]
    assert [run["name"] for run in first + second] == NAMES[:0:-1]
    assert {run["live"] for run in first} == {False}


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
