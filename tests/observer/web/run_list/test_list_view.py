"""The list of runs as one client wants it, and what is new in it."""

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_filter import RunFilter
from observer.runs.listing.run_order import GroupKey, SortKey
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.runs.state.writer import Writer
from observer.web.run_list.list_view import ListQuery, ListView, changes

NOW = 1_000_000.0
EVERY = ListQuery(RunFilter(), SortKey.NEWEST, None, 100, None)


def a_run(
    name: str, verdict: Verdict = Verdict.WORKING, size: int = 1, project: str = "", about: str = ""
) -> ListedRun:
    state = RunState(project_dir=f"/srv/{project}" if project else "", about=about, writer=Writer(host="anna"))
    return ListedRun(Path(f"{name}.ndjson"), name, state, Status(verdict, seconds=3.0), size, NOW - 10)


def by_name(*runs: ListedRun) -> dict[str, ListedRun]:
    return {run.run: run for run in runs}


def message(data: bytes) -> Any:
    head, _, body = data.partition(b"\ndata: ")
    assert head == b"event: list"
    return json.loads(body)


def names_of(messages: bytes) -> list[tuple[str, str]]:
    """Return the type and the run of each message."""
    blocks = [block.split(b"\ndata: ") for block in messages.split(b"\n\n") if block]
    return [(kind.decode().removeprefix("event: "), json.loads(data)["name"]) for kind, data in blocks]


def test_changes_are_new_runs_changed_runs_and_runs_that_are_gone() -> None:
    same, previous = a_run("b"), [a_run("c"), a_run("b"), a_run("a")]
    current = by_name(a_run("d"), a_run("c", size=2), same)
    assert names_of(changes(by_name(*previous), current, NOW)) == [("run", "c"), ("run", "d"), ("gone", "a")]


def test_the_passing_of_time_is_not_a_change() -> None:
    before = a_run("a")
    later = replace(before, status=Status(Verdict.WORKING, seconds=9.0))
    assert changes(by_name(before), by_name(later), NOW) == b""
    view = ListView(EVERY)
    assert view.update(by_name(before), NOW)
    assert view.update(by_name(later), NOW + 6) == b""
    assert names_of(changes(by_name(before), by_name(a_run("a", Verdict.IDLE)), NOW)) == [("run", "a")]


def test_a_view_says_what_there_is_and_then_only_what_is_new() -> None:
    view = ListView(EVERY)
    runs = by_name(a_run("c", Verdict.FAILED, project="shop"), a_run("b", project="shop"), a_run("a"))
    first = message(view.update(runs, NOW))
    assert (first["total"], first["matching"], first["needing"], first["newest"]) == (3, 3, 1, "c")
    assert (first["verdicts"], first["projects"]) == ({"failed": 1, "working": 2}, {"shop": 2})
    assert (first["order"], [row["name"] for row in first["runs"]]) == (["c", "b", "a"], ["c", "b", "a"])
    second = message(view.update(runs | by_name(a_run("b", Verdict.IDLE, project="shop")), NOW))
    assert (second["order"], [row["name"] for row in second["runs"]]) == (None, ["b"])


def test_only_as_many_runs_are_sent_as_are_wanted_but_all_are_counted() -> None:
    runs = by_name(*(a_run(f"{number:04}") for number in range(312, 0, -1)))
    sent = message(ListView(replace(EVERY, limit=2, run="0001")).update(runs, NOW))
    assert (sent["total"], sent["order"]) == (312, ["0312", "0311"])
    assert [row["name"] for row in sent["runs"]] == ["0312", "0311", "0001"]


def test_the_text_of_a_filter_is_looked_for_in_all_by_which_a_run_is_known() -> None:
    runs = by_name(a_run("r1", about="Fix the Login"), a_run("r2", project="login-page"), a_run("login-3"), a_run("r4"))
    for text, found in [("LOGIN", ["r1", "r2", "login-3"]), ("anna", ["r1", "r2", "login-3", "r4"]), ("nothing", [])]:
        sent = message(ListView(replace(EVERY, run_filter=RunFilter(text=text))).update(runs, NOW))
        assert (sent["order"], sent["matching"], sent["total"]) == (found, len(found), 4)


def test_groups_are_of_the_runs_that_pass_whether_they_are_sent_or_not() -> None:
    runs = by_name(*(a_run(f"{number}", project="shop" if number % 2 else "blog") for number in range(9, 0, -1)))
    sent = message(ListView(replace(EVERY, group=GroupKey.PROJECT, limit=3)).update(runs, NOW))
    assert [(group["name"], group["count"]) for group in sent["groups"]] == [("shop", 5), ("blog", 4)]
    assert sent["order"] == ["9", "7", "5"]
