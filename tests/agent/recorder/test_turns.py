"""How a turn ended, by results as CLI 2.1.332 was seen to send them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from claude_agent_sdk import ResultMessage

from agent.events import Outcome
from agent.recorder.turns import prompt_refusal, refused_calls, turn_result

DIAGNOSIS = "[ede_diagnostic] result_type=user last_content_type=n/a stop_reason=tool_use"
REFUSAL = "API Error: safeguards flagged this message."
STOPPED_BY_HOOK = "a hook stopped the turn before the agent was done"
PAUSED = "the model paused its turn, and the CLI did not let it continue"
TOO_LONG = "API Error: Claude's response exceeded the 128000 output token maximum."


def result(**changes: Any) -> ResultMessage:
    fields: dict[str, Any] = {
        "subtype": "success", "duration_ms": 5, "duration_api_ms": 4, "is_error": False, "num_turns": 2,
        "session_id": "s1", "stop_reason": "end_turn", "terminal_reason": "completed", "result": "All done.",
    }  # fmt: skip
    return ResultMessage(**(fields | changes))


def failed_by_api(text: str, stop_reason: str = "stop_sequence") -> ResultMessage:
    return result(is_error=True, stop_reason=stop_reason, terminal_reason="api_error", result=text)


def ended_early(subtype: str, reason: str, *errors: str) -> ResultMessage:
    return result(
        subtype=subtype, is_error=True, stop_reason="tool_use", terminal_reason=reason, result=None, errors=[*errors]
    )


@pytest.mark.parametrize(
    ("message", "outcome", "text"),
    [
        (result(), Outcome.SUCCESS, "All done."),
        (result(stop_reason="stop_sequence"), Outcome.SUCCESS, "All done."),
        (result(terminal_reason=None), Outcome.SUCCESS, "All done."),
        (result(terminal_reason="stop_hook_prevented"), Outcome.SUCCESS, "All done."),
        (result(terminal_reason="hook_stopped", result=""), Outcome.FAILED, STOPPED_BY_HOOK),
        (result(subtype="error_max_turns", result=None), Outcome.FAILED, "error_max_turns"),
        (failed_by_api(REFUSAL, "refusal"), Outcome.FAILED, REFUSAL),
        (failed_by_api(TOO_LONG), Outcome.FAILED, TOO_LONG),
        (result(stop_reason="pause_turn"), Outcome.FAILED, PAUSED),
        (
            result(
                subtype="error_during_execution",
                is_error=True,
                result=None,
                stop_reason="pause_turn",
                errors=[DIAGNOSIS],
            ),
            Outcome.FAILED,
            PAUSED,
        ),
        (result(stop_reason="refusal"), Outcome.FAILED, "the model refused to answer"),
        (result(terminal_reason="turn_setup_failed"), Outcome.FAILED, "turn_setup_failed"),
        (
            ended_early("error_max_turns", "max_turns", "Reached maximum number of turns (1)"),
            Outcome.FAILED,
            "Reached maximum number of turns (1)",
        ),
        (
            ended_early("error_max_budget_usd", "budget_exhausted", "Reached maximum budget ($0.001)"),
            Outcome.BUDGET,
            "Reached maximum budget ($0.001)",
        ),
        (
            ended_early("error_during_execution", "aborted_tools", DIAGNOSIS),
            Outcome.INTERRUPTED,
            "interrupted before the agent was done",
        ),
        (
            ended_early("error_during_execution", "aborted_streaming", DIAGNOSIS),
            Outcome.INTERRUPTED,
            "interrupted before the agent was done",
        ),
    ],
)
def test_the_outcome_of_a_turn_and_why_it_failed(message: ResultMessage, outcome: Outcome, text: str) -> None:
    turn = turn_result(message, None, None)
    assert (turn.outcome, turn.message) == (outcome, text)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (
            {"prevent_continuation": True, "prompt_submit_outcome": {"kind": "blocked_by_hook", "reason": "not today"}},
            "a hook refused the prompt: not today",
        ),
        (
            {"prevent_continuation": True, "prompt_submit_outcome": {"kind": "stopped_by_hook", "reason": "enough"}},
            "a hook stopped the turn before it began: enough",
        ),
        ({"prevent_continuation": True, "content": "Refused."}, "a hook refused the prompt: Refused."),
        ({"content": "A notice.", "prevent_continuation": False}, None),
    ],
)
def test_a_turn_whose_prompt_a_hook_refused_has_failed(data: dict[str, Any], refusal: str | None) -> None:
    assert prompt_refusal(data) == refusal
    turn = turn_result(result(terminal_reason=None, num_turns=0, result="blocked"), None, None, refusal)
    assert (turn.outcome, turn.message) == ((Outcome.FAILED, refusal) if refusal else (Outcome.SUCCESS, "blocked"))


def test_what_was_still_being_asked_for_at_an_interrupt_was_not_refused() -> None:
    denials = [{"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {}}]
    assert [*refused_calls(result(permission_denials=denials))] == ["t1"]
    interrupted = result(terminal_reason="aborted_tools", permission_denials=denials)
    assert [*refused_calls(interrupted)] == []


def test_the_error_that_the_api_reported_tells_more_than_the_result() -> None:
    turn = turn_result(failed_by_api("API Error: 400"), "API Error: 400 no such model", None)
    assert turn.message == "API Error: 400 no such model"


def test_a_text_of_the_model_does_not_describe_a_failure() -> None:
    turn = turn_result(result(stop_reason="max_tokens", result="I was about to"), None, None)
    assert (turn.outcome, "cut off" in turn.message) == (Outcome.FAILED, True)


def test_a_failure_knows_when_the_rate_limit_is_reset_and_a_success_does_not() -> None:
    reset = datetime(2027, 1, 15, tzinfo=UTC)
    assert turn_result(failed_by_api("API Error"), None, reset).resets_at == reset
    assert turn_result(result(), None, reset).resets_at is None
