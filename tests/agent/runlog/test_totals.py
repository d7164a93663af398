"""The totals of a run, in which each session counts once, while it runs and after its end."""

from agent.events import Heartbeat, Outcome, SessionEnd, Tokens
from agent.runlog.totals import Totals


def end(session_id: str | None, cost_usd: float | None, input_: int | None) -> SessionEnd:
    tokens = None if input_ is None else Tokens(input=input_)
    return SessionEnd(
        outcome=Outcome.SUCCESS, turns=1, duration_ms=1, cost_usd=cost_usd, tokens=tokens, session_id=session_id
    )


def test_nothing_is_known_before_something_was_reported() -> None:
    totals = Totals()
    assert (totals.cost_usd, totals.tokens) == (None, None)
    totals.apply(end(None, None, None))
    assert (totals.cost_usd, totals.tokens) == (None, None)


def test_the_end_of_a_session_takes_the_place_of_what_it_had_cost_so_far() -> None:
    totals = Totals()
    totals.spent("s1", None, Tokens(input=100, output=None))
    assert (totals.cost_usd, totals.tokens) == (None, Tokens(input=100, output=None))
    totals.spent("s1", 0.25, Tokens(input=200))
    assert (totals.cost_usd, totals.tokens) == (0.25, Tokens(input=200))
    totals.apply(end("s1", 0.3, 300))
    assert (totals.cost_usd, totals.tokens) == (0.3, Tokens(input=300))


def test_sessions_that_run_at_the_same_time_add_up() -> None:
    totals = Totals()
    totals.spent("s1", 0.1, Tokens(input=1))
    totals.spent("s2", 0.2, Tokens(input=10))
    totals.apply(end("s1", 0.1, 1))
    totals.apply(end(None, 0.4, 100))  # of a program that gives its sessions no IDs
    assert (totals.cost_usd, totals.tokens) == (0.7, Tokens(input=111))


def test_a_session_whose_cost_is_not_known_leaves_that_of_the_others() -> None:
    totals = Totals()
    totals.apply(end("s1", 0.1, 1))
    totals.apply(end("s2", None, 5))
    assert (totals.cost_usd, totals.tokens) == (0.1, Tokens(input=6))


def test_a_heartbeat_has_the_totals() -> None:
    totals = Totals()
    totals.spent("s1", 0.1, Tokens(input=1))
    beat = totals.add_to_heartbeat(Heartbeat(elapsed_s=1, idle_s=1, state="writing"))
    assert (beat.cost_usd, beat.tokens, beat.passing) == (0.1, Tokens(input=1), None)
