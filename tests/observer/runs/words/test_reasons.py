"""Why a run or a session ended, in words: what writers give as the reason, and what people read."""

import pytest

from agent.events import StopReason
from agent.recorder.turns import _FAILED, _INCOMPLETE, _INTERRUPTED
from observer.runs.words.reasons import describe_outcome, describe_reason

GOLDEN = [  # outcome, message, reason of a build, words
    ("success", "done", "", ""),
    ("success", "", "", ""),
    ("success", "all 12 features pass", "all_pass", "all 12 features pass"),
    ("success", "[20 bytes]", "all_pass", "every feature passes"),
    ("budget", "$0.51 of $0.50 spent", "max_budget", "the budget of $0.50 was spent"),
    ("budget", "[18 bytes]", "max_budget", "the budget was spent"),
    ("budget", "error_max_budget_usd", "", "the budget was spent"),
    ("budget", "Reached maximum budget ($0.5)", "", "the budget of $0.50 was spent"),
    ("budget", "Reached maximum budget ($0.001)", "", "the budget of $0.0010 was spent"),
    ("budget", "all 5 sessions used", "max_sessions", "the limit of 5 sessions was reached"),
    ("budget", "all 1 sessions used", "max_sessions", "the limit of 1 session was reached"),
    ("budget", "the time limit of 2.5 hours is reached", "max_hours", "the time limit of 2.5 hours was reached"),
    ("budget", "the time limit of 1 hours is reached", "max_hours", "the time limit of 1 hour was reached"),
    ("budget", "", "", "a limit on cost, sessions or hours was reached"),
    ("failed", "3 sessions in a row changed nothing", "idle", "3 sessions in a row changed nothing"),
    ("failed", "failed once, last: error_max_turns", "errors", "a session failed: the limit of turns was reached"),
    (
        "failed", "failed 5 times in a row, last: API Error: 529 overloaded", "errors",
        "5 sessions in a row failed, most recently: API Error: 529 overloaded",
    ),
    (
        "failed", "failed 2 times in a row, last: done", "errors",
        "2 sessions in a row failed, most recently: no reason was given",
    ),
    (
        "failed", "set ANTHROPIC_API_KEY", "refused",
        "the API refused the credentials, the account or the model: set ANTHROPIC_API_KEY",
    ),
    ("failed", "", "refused", "the API refused the credentials, the account or the model"),
    ("interrupted", "stopped on request", "signal", "it was stopped on request"),
    ("interrupted", "stopped at once", "signal", "it was stopped at once, by a second request"),
    ("interrupted", "stopped by SIGTERM", "", "it was stopped by SIGTERM"),
    ("interrupted", "stopped by SIGINT", "", "it was stopped by SIGINT (Ctrl-C)"),
    ("interrupted", "stopped before it was done", "", "it was stopped before it was done"),
    ("interrupted", "interrupted before the agent was done", "", "it was interrupted before the agent was done"),
    ("interrupted", "", "", "no reason was given"),
    ("interrupted", "[12 bytes]", "", "the message is not shown"),
    ("failed", "error_max_turns", "", "the limit of turns was reached"),
    ("failed", "Reached maximum number of turns (1)", "", "the limit of 1 turn was reached"),
    ("failed", "error_during_execution", "", "the agent failed in the middle of its work"),
    (
        "failed", "error_max_structured_output_retries", "",
        "no answer had the required structure, after several attempts",
    ),
    ("failed", "refusal", "", "the model refused to answer"),
    ("failed", "pause_turn", "", "the API paused the turn"),
    ("failed", "hook_stopped", "", "a hook stopped the turn before the agent was done"),
    ("failed", "aborted_tools", "", "it was interrupted while a tool was running"),
    ("failed", "prompt_too_long", "", "the prompt is too long for the model's context"),
    ("failed", "the session ended: budget", "", "a limit on cost, sessions or hours was reached"),
    ("failed", "the session ended: failed", "", "a session did not succeed"),
    ("failed", "exit with 3", "", "the program ended with exit code 3"),
    ("failed", "ValueError: no such column", "", "ValueError: no such column"),
    (
        "failed", "RunLogError: cannot write to r.ndjson: No space left on device", "",
        "the run could not be recorded: cannot write to r.ndjson: No space left on device",
    ),
    ("failed", "some_new_code", "", 'the reason given is "some new code"'),
    ("failed", "The database is down.\nCall Ann.", "", "The database is down."),
    ("failed", "\n  boom", "", "boom"),
    ("failed", "done", "", "no reason was given"),
    ("failed", "failed", "", "no reason was given"),
    ("aborted", "", "", 'the outcome was "aborted"; no reason was given'),
    ("aborted", "gave up", "", "gave up"),
    ("unknown", "", "", "no reason was given"),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "message", "reason", "words"), GOLDEN)
def test_the_reason_of_an_end_reads_as_a_sentence(outcome: str, message: str, reason: str, words: str) -> None:
    assert describe_outcome(outcome, message, reason) == words


@pytest.mark.parametrize("code", sorted({*StopReason, *_FAILED, *_INCOMPLETE, *_INTERRUPTED}))
def test_every_code_that_the_agent_may_write_has_words_of_its_own(code: str) -> None:
    words = describe_reason(code)

    assert words
    assert words != code
    assert "_" not in words
    assert "the reason given" not in words
