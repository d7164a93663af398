"""Runs are selected by verdict, project, time and what they are about."""

from pathlib import Path

import pytest

from observer.errors import UsageError
from observer.runs.filters.filter_options import parse_pattern
from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_filter import RunFilter, parse_verdicts
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict

NOW = 1_000_000.0


def a_run(name: str, verdict: Verdict, project_dir: str | None, about: str, ago_s: float) -> ListedRun:
    state = RunState(project_dir=project_dir, about=about)
    return ListedRun(Path(f"{name}.ndjson"), name, state, Status(verdict), 0, NOW - ago_s)


RUNS = [
    a_run("a", Verdict.CRASHED, "/home/me/shop", "Fix the login", 10),
    a_run("b", Verdict.COMPLETE, "/home/me/blog", "Write about cats", 100),
    a_run("c", Verdict.IN_TOOL, "/srv/shop/", "Add a cart", 1000),
    a_run("d", Verdict.FAILED, None, "", 10_000),
]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (RunFilter(), "abcd"),
        (RunFilter(verdicts=frozenset({Verdict.CRASHED, Verdict.IN_TOOL})), "ac"),
        (RunFilter(projects=frozenset({"shop"})), "ac"),
        (RunFilter(projects=frozenset({"me/shop", "/home/me/blog"})), "ab"),
        (RunFilter(projects=frozenset({"sho"})), ""),
        (RunFilter(since=NOW - 100), "ab"),
        (RunFilter(about=parse_pattern("(?i)LOG|cart")), "ac"),
        (RunFilter(about=parse_pattern("cart"), projects=frozenset({"shop"})), "c"),
    ],
)
def test_runs_match_that_meet_all_conditions(wanted: RunFilter, names: str) -> None:
    assert "".join(run.run for run in wanted.select(RUNS, NOW)) == names
    assert wanted.matches_all is (wanted == RunFilter())


def test_a_project_matches_nothing_where_none_is_known() -> None:
    assert RunFilter(projects=frozenset({"", "/"})).select(RUNS[3:], NOW) == []


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (RunFilter(projects=frozenset({"shpo"})), "none of 4 runs matches --project; similar: shop"),
        (
            RunFilter(verdicts=frozenset({Verdict.STALLED})),
            "none of 4 runs matches --verdict; there are 1 crashed, 1 failed, 1 in tool, 1 complete",
        ),
        (RunFilter(since=NOW, about=parse_pattern("cats")), "none of 4 runs matches --since"),
        (
            RunFilter(since=NOW - 50, about=parse_pattern("cats")),
            "none of 4 runs matches --since and --grep",
        ),
    ],
)
def test_no_match_is_explained_with_what_there_is_instead(wanted: RunFilter, sentence: str) -> None:
    assert wanted.explain(RUNS, NOW) == sentence


def test_verdicts_are_written_with_hyphens_or_spaces() -> None:
    assert parse_verdicts(["Waiting-on-human", "in tool"]) == {Verdict.WAITING_ON_HUMAN, Verdict.IN_TOOL}
    assert parse_verdicts(["ended"]) == {verdict for verdict in Verdict if verdict.final}
    with pytest.raises(UsageError, match=r'unknown verdict "crashd"; did you mean crashed\?'):
        parse_verdicts(["crashd"])
    with pytest.raises(UsageError, match="use one of working, in-tool"):
        parse_verdicts(["xyz"])
