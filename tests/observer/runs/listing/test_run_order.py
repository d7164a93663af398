"""The order of runs in a list, and their groups."""

from pathlib import Path

import pytest

from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_order import GroupKey, RunGroup, SortKey, group_runs, sort_runs
from observer.runs.state.run_totals import RunTotals
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict

NOW = 1_000_000.0


def a_run(
    name: str, verdict: Verdict = Verdict.COMPLETE, ago_s: float = 10.0, cost: float | None = None, project: str = "",
    started: float | None = None,
) -> ListedRun:  # fmt: skip
    state = RunState(
        totals=RunTotals(cost), project_dir=f"/srv/{project}" if project else "", outcome="success", started=started,
        stamp="1970-01-12T13:46:40.000000Z",
    )  # fmt: skip
    return ListedRun(Path(f"{name}.ndjson"), name, state, Status(verdict), 0, NOW - ago_s)


RUNS = [
    a_run("d", ago_s=40, cost=None, project="shop"),
    a_run("c", Verdict.FAILED, ago_s=30, cost=0.5, project="blog", started=NOW - 60),
    a_run("b", Verdict.WORKING, ago_s=5, cost=2.0, project="shop", started=NOW - 90),
    a_run("a", ago_s=20, cost=0.0),
]


@pytest.mark.parametrize(
    ("key", "order"),
    [
        (SortKey.NEWEST, "dcba"),
        (SortKey.URGENCY, "cbad"),
        (SortKey.LATEST_EVENT, "bacd"),
        (SortKey.COST, "bcad"),
        (SortKey.DURATION, "bcda"),
    ],
)
def test_runs_are_sorted_and_those_of_which_nothing_is_known_come_last(key: SortKey, order: str) -> None:
    assert "".join(run.run for run in sort_runs(RUNS, NOW, key)) == order


def test_groups_come_in_the_order_of_their_first_runs_and_keep_the_order_of_their_runs() -> None:
    ordered, groups = group_runs(RUNS, NOW, GroupKey.PROJECT)
    assert [run.run for run in ordered] == ["d", "b", "c", "a"]
    assert groups == [RunGroup("shop", 2, 0), RunGroup("blog", 1, 1), RunGroup("", 1, 0)]
    ordered, groups = group_runs(sort_runs(RUNS, NOW, SortKey.URGENCY), NOW, GroupKey.VERDICT)
    assert [(group.name, group.count) for group in groups] == [("failed", 1), ("working", 1), ("complete", 2)]
    assert [run.run for run in ordered] == ["c", "b", "a", "d"]
    assert group_runs(RUNS, NOW, None) == (RUNS, [])
