"""The order of a table of runs, and how many need a person."""

from pathlib import Path

from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.urgency import RECENT_S, by_urgency, count_verdicts, describe_counts
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict

NOW = 1_000_000.0


def a_run(name: str, verdict: Verdict, ago_s: float = 10.0) -> ListedRun:
    return ListedRun(Path(f"{name}.ndjson"), name, RunState(), Status(verdict), 0, NOW - ago_s)


def order(*runs: ListedRun) -> str:
    return " ".join(run.run for run in by_urgency(runs, NOW))


def test_runs_that_need_a_person_come_first_then_active_ones_then_the_others_by_time() -> None:
    assert (
        order(
            a_run("done", Verdict.COMPLETE, 20),
            a_run("just-done", Verdict.INTERRUPTED, 5),
            a_run("unknown", Verdict.UNKNOWN, 10),
            a_run("model", Verdict.WAITING_ON_MODEL, 900),
            a_run("limited", Verdict.RATE_LIMITED),
            a_run("stalled", Verdict.STALLED),
            a_run("failed", Verdict.FAILED),
            a_run("crashed", Verdict.CRASHED),
            a_run("retrying", Verdict.RETRYING),
            a_run("asking", Verdict.WAITING_ON_HUMAN),
        )
        == "asking crashed failed stalled limited model retrying just-done unknown done"
    )


def test_what_crashed_long_ago_does_not_stay_on_top() -> None:
    assert (
        order(
            a_run("old", Verdict.CRASHED, RECENT_S + 1),
            a_run("working", Verdict.WORKING),
            a_run("recent", Verdict.CRASHED, RECENT_S - 1),
            a_run("older", Verdict.COMPLETE, RECENT_S + 2),
        )
        == "recent working old older"
    )


def test_of_the_same_verdict_those_that_have_stopped_are_ordered_by_time_and_others_keep_their_order() -> None:
    ages = [("b", 9), ("a", 1), ("c", 5)]
    for verdict in (Verdict.CRASHED, Verdict.FAILED, Verdict.STALLED):
        assert order(*(a_run(name, verdict, ago) for name, ago in ages)) == "a c b"
    for verdict in (Verdict.WAITING_ON_HUMAN, Verdict.RATE_LIMITED, Verdict.WORKING):
        assert order(*(a_run(name, verdict, ago) for name, ago in ages)) == "b a c"


def test_counts_say_why_runs_need_you_and_how_many_others_there_are() -> None:
    runs = [
        *[a_run("w", Verdict.WORKING), a_run("t", Verdict.IN_TOOL)],
        *[a_run("c", Verdict.CRASHED), a_run("o", Verdict.CRASHED, RECENT_S + 1), a_run("h", Verdict.WAITING_ON_HUMAN)],
        *[a_run("d", Verdict.COMPLETE)] * 3,
        a_run("u", Verdict.UNKNOWN),
    ]
    assert describe_counts(runs, NOW, "·") == (
        "2 need you: 1 waiting on human, 1 crashed · 2 active · 4 finished · 1 unknown"
    )
    assert describe_counts(runs, NOW, "·", reasons=False) == "2 need you · 2 active · 4 finished · 1 unknown"
    assert describe_counts(runs[2:3], NOW, "·") == "1 needs you: 1 crashed"
    assert describe_counts([], NOW, "·") == "no runs"
    assert count_verdicts(runs) == "1 waiting on human, 2 crashed, 1 working, 1 in tool, 1 unknown, 3 complete"
