"""What the page says of a run: each verdict has its tone and its sign."""

from pathlib import Path

import pytest

from observer.runs.listing.listed_run import ListedRun
from observer.runs.state.run_totals import RunTotals
from observer.runs.state.state import RunState
from observer.runs.state.tokens import Tokens
from observer.runs.state.verdict import Status, Verdict
from observer.runs.words.describe_status import StatusParts
from observer.web.run_list.run_words import RunWords, run_words


def words(status: Status, **state: object) -> RunWords:
    return run_words(ListedRun(Path("runs/r.ndjson"), "r", RunState(**state), status, 10, 0.0))


def test_a_build_says_who_works_how_much_passes_and_what_it_cost() -> None:
    found = words(
        Status(Verdict.IN_TOOL, "mcp__x__y", 12.0), agent_type="CODING", iteration=3, passing=1, total=4,
        totals=RunTotals(1.5, tokens=Tokens(input=9000, output=300)), about="A thing", project_dir="/home/me/shop",
    )  # fmt: skip
    assert (found.tone, found.sign, found.is_over, found.needs_person) == ("tool", "going", False, False)
    assert found.status == StatusParts("in tool x y", 12.0, "", "until")
    assert (found.agent, found.listed_facts) == ("Coding Agent, iteration 3", "Coding, iteration 3 · $1.50")
    assert (found.progress, found.passing, found.share) == ("1/4", "1/4 passing", 0.25)
    assert (found.about, found.place, found.tokens) == ("A thing", "shop", "9.3k tokens")


def test_a_call_that_waits_for_a_person_is_said_so() -> None:
    found = words(Status(Verdict.WAITING_ON_HUMAN, "Bash", 3.0))
    assert (found.needs_person, found.asking, found.sign) == (True, "? waiting on human", "blocked")
    assert words(Status(Verdict.WAITING_ON_HUMAN)).asking is None


def test_a_list_says_beside_what_a_run_is_about_what_is_not_known_of_it() -> None:
    found = words(Status(Verdict.UNKNOWN, seconds=7200.0, missing="no heartbeat"), known_from=771)
    assert found.status == StatusParts("unknown: no heartbeat; last event", 7200.0, "ago")
    assert found.listed_status == StatusParts("unknown")
    assert found.about == "known from event 771 on; what came before is gone"
    assert found.listed_about == f"{found.about} · no heartbeat"
    assert words(Status(Verdict.IDLE)).about == "r"


@pytest.mark.parametrize("verdict", Verdict)
def test_a_run_that_is_over_goes_on_in_no_sign(verdict: Verdict) -> None:
    found = words(Status(verdict))
    assert found.is_over is verdict.final
    assert (found.sign in {"good", "bad"}) is (verdict.final or verdict is Verdict.STALLED)
