"""What the API refuses for good is told apart from what another attempt may cure."""

import pytest

from agent.events import ApiRetry, Error, Event, Thought
from agent.recorder.findings.refusals import Refusals

ANSWER = Thought(text="Hello", message="m", block=0)


def retry(error: str = "authentication_failed", status: int = 401, delay_ms: float = 500) -> ApiRetry:
    return ApiRetry(attempt=1, max_retries=10, delay_ms=delay_ms, status=status, error=error)


def error(kind: str, message: str = "The API says so.") -> Error:
    return Error(message=message, kind=f"api:{kind}")


def after(*events: Event, credentials_work: bool = False, parent: str | None = None) -> Refusals:
    refusals = Refusals(credentials_work=credentials_work)
    for event in events:
        refusals.check(event, parent)
    return refusals


def test_credentials_that_never_worked_are_tried_twice() -> None:
    once, twice = after(retry()), after(retry(), retry())
    assert (once.retries_are_useless, once.refusal) == (False, None)
    assert twice.retries_are_useless
    assert twice.refusal is not None
    assert "refuses the credentials (401 authentication_failed); set a valid ANTHROPIC_API_KEY" in twice.refusal


def test_nobody_waits_for_a_second_attempt_that_the_server_puts_off() -> None:
    assert not after(retry(delay_ms=5000)).retries_are_useless
    refusals = after(retry(delay_ms=40_000))
    assert refusals.retries_are_useless
    assert "refuses the credentials (401" in (refusals.refusal or "")


@pytest.mark.parametrize(
    "refusals",
    [
        after(ANSWER, retry(delay_ms=40_000)),
        after(retry("overloaded", 529, delay_ms=40_000)),
        after(retry(delay_ms=40_000), ANSWER),
        after(ANSWER, *[retry()] * 9),
        after(*[retry()] * 9, credentials_work=True),
        after(retry(), ANSWER, retry()),
        after(*[retry("overloaded", 529)] * 9),
    ],
)
def test_credentials_that_worked_and_an_api_in_trouble_are_given_time(refusals: Refusals) -> None:
    assert (refusals.retries_are_useless, refusals.refusal) == (False, None)


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("authentication_failed", "refuses the credentials (The API says so); set a valid ANTHROPIC_API_KEY"),
        ("oauth_org_not_allowed", "log in again"),
        ("billing_error", "refuses the account (The API says so); check its billing"),
        ("model_not_found", "refuses the model (The API says so); choose another one with --model"),
    ],
)
def test_an_error_that_ends_the_session_says_what_to_do(kind: str, advice: str) -> None:
    assert advice in (after(error(kind)).refusal or "")


@pytest.mark.parametrize(
    "message",
    [
        "API Error: 402 There is an issue with your billing",
        "Your ANTHROPIC_API_KEY belongs to a disabled organization · Update or unset the environment variable",
    ],
)
def test_an_account_that_cannot_be_used_is_recognized_by_its_text(message: str) -> None:
    assert "refuses the account" in (after(error("unknown", message)).refusal or "")


def test_only_an_account_or_a_model_is_refused_for_good_once_the_credentials_have_worked() -> None:
    assert after(ANSWER, error("authentication_failed")).refusal is None
    assert after(ANSWER, error("billing_error")).refusal is not None
    assert after(error("model_not_found"), credentials_work=True).refusal is not None


@pytest.mark.parametrize("kind", ["unknown", "invalid_request", "rate_limit", "server_error"])
def test_other_errors_may_not_happen_again(kind: str) -> None:
    assert after(error(kind, "API Error: 400 402 reasons")).refusal is None


def test_the_model_of_a_subagent_does_not_end_the_run() -> None:
    assert after(error("model_not_found"), parent="toolu_1").refusal is None


def test_an_answer_ends_a_refusal() -> None:
    assert after(error("billing_error"), ANSWER).refusal is None
