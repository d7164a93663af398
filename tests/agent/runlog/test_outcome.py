"""The outcome of a run whose block reached its end: its sessions tell it."""

from collections.abc import Iterable

import pytest

from agent.events import AgentType, Event, Outcome, SessionEnd, SessionStart
from agent.runlog.outcome import RunOutcome, SessionOutcomes

DONE = (Outcome.SUCCESS, "done")


def start(session_id: str) -> SessionStart:
    return SessionStart(iteration=1, agent_type=AgentType.SINGLE, session_id=session_id)


def end(session_id: str, outcome: Outcome, message: str | None = None) -> SessionEnd:
    return SessionEnd(outcome=outcome, turns=1, duration_ms=1, session_id=session_id, message=message)


def outcome_of(events: Iterable[Event]) -> RunOutcome:
    sessions = SessionOutcomes()
    for event in events:
        sessions.apply(event)
    return sessions.outcome()


def test_a_run_without_a_failed_session_is_a_success() -> None:
    assert outcome_of([]) == DONE
    assert outcome_of([start("a"), end("a", Outcome.SUCCESS)]) == DONE


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.BUDGET, Outcome.INTERRUPTED])
def test_a_session_that_failed_makes_the_outcome(outcome: Outcome) -> None:
    assert outcome_of([start("a"), end("a", outcome, "it broke")]) == (outcome, "it broke")


def test_a_session_that_began_later_and_succeeded_makes_up_for_it() -> None:
    assert outcome_of([start("a"), end("a", Outcome.FAILED), start("b"), end("b", Outcome.SUCCESS)]) == DONE


def test_a_session_that_ran_at_the_same_time_does_not() -> None:
    events = [start("a"), start("b"), end("a", Outcome.FAILED, "it broke"), end("b", Outcome.SUCCESS)]
    assert outcome_of(events) == (Outcome.FAILED, "it broke")
    assert outcome_of([*events, start("c"), end("c", Outcome.SUCCESS)]) == DONE


def test_a_session_that_fails_after_others_succeeded_counts() -> None:
    events = [start("a"), end("a", Outcome.SUCCESS), start("b"), end("b", Outcome.BUDGET, "spent")]
    assert outcome_of(events) == (Outcome.BUDGET, "spent")


def test_a_conversation_that_is_resumed_after_its_failure_is_another_session() -> None:
    assert outcome_of([start("a"), end("a", Outcome.FAILED), start("a"), end("a", Outcome.SUCCESS)]) == DONE


def test_sessions_without_ids_follow_one_another() -> None:
    failed = SessionEnd(outcome=Outcome.FAILED, turns=1, duration_ms=1)
    done = SessionEnd(outcome=Outcome.SUCCESS, turns=1, duration_ms=1)
    assert outcome_of([failed]) == (Outcome.FAILED, "the session ended: failed")
    assert outcome_of([failed, done]) == DONE
