"""Says in words why a run or a session ended: what the agent, the SDK and other writers give as the reason. Pure."""

import re
from collections.abc import Callable

from observer.format.units import format_money, pluralize
from observer.runs.state.conversation import STOPS

UNSAID = "no reason was given"
LEFT_OUT = "the message is not shown"
"""Said of a run whose texts were removed."""

_UNINFORMATIVE = frozenset({
    "", "complete", "completed", "done", "end_turn", "error", "failed", "failure", "interrupted", "none", "null", "ok",
    "success", "unknown",
})  # fmt: skip
"""Reasons that say nothing that the outcome does not."""
_CODES = {
    "all_pass": "every feature passes",
    "max_sessions": "the limit of sessions was reached",
    "max_budget": "the budget was spent",
    "max_hours": "the time limit was reached",
    "idle": "several sessions in a row changed nothing",
    "errors": "too many sessions in a row failed",
    "refused": "the API refused the credentials, the account or the model",
    "signal": "it was stopped on request",
    "error_max_turns": "the limit of turns was reached",
    "max_turns": "the limit of turns was reached",
    "error_max_budget_usd": "the budget was spent",
    "budget_exhausted": "the budget was spent",
    "budget": "a limit on cost, sessions or hours was reached",
    "error_during_execution": "the agent failed in the middle of its work",
    "error_max_structured_output_retries": "no answer had the required structure, after several attempts",
    "structured_output_retry_exhausted": "no answer had the required structure, after several attempts",
    "aborted_streaming": "it was interrupted while the model was answering",
    "aborted_tools": "it was interrupted while a tool was running",
    "api_error": "the API answered with an error",
    "blocking_limit": "the conversation has filled the model's context",
    "prompt_too_long": "the prompt is too long for the model's context",
    "rapid_refill_breaker": "the conversation filled the model's context again right after it was compacted",
    "image_error": "an image could not be processed",
    "malformed_tool_use_exhausted": "the model kept making tool calls that are not valid",
    "model_error": "the model failed to answer",
    "tool_deferred_unavailable": "a tool that was called is not available",
    "turn_setup_failed": "the turn could not be prepared",
    "hook_stopped": "a hook stopped the turn before the agent was done",
    "stop_hook_prevented": "a hook stopped the turn before the agent was done",
    "stopped_by_hook": "a hook stopped the turn before the agent was done",
    "silence": "the model was silent for too long",
    "no_result": "the agent's process ended without a result",
    **STOPS,
}
"""The words for the reasons that the agent (`complete.reason`), the CLI (`subtype`, `terminal_reason`) and the API
(`stop_reason`) give as codes."""
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_STRIPPED = re.compile(r"\[\d+ bytes\]")


def describe_reason(text: str) -> str:
    """Return the first line of a reason in words; empty if it says nothing.

    >>> describe_reason("error_max_turns"), describe_reason("Reached maximum budget ($0.5)"), describe_reason("done")
    ('the limit of turns was reached', 'the budget of $0.50 was spent', '')
    """
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")
    if line.lower() in _UNINFORMATIVE or _STRIPPED.fullmatch(line):
        return ""
    if words := _CODES.get(line):
        return words
    for pattern, words_of in _SENTENCES:
        if match := pattern.fullmatch(line):
            return words_of(match)
    return f'the reason given is "{line.replace("_", " ")}"' if _CODE.fullmatch(line) else line


def describe_outcome(outcome: str, message: str, reason: str = "") -> str:
    """Return why a run or a session ended with `outcome`; empty for a success that says nothing more.

    `message` is its sentence about the end, `reason` its code, as `complete` has them. Where both are silent, say so.

    >>> describe_outcome("budget", "$0.51 of $0.50 spent", "max_budget"), describe_outcome("failed", "")
    ('the budget of $0.50 was spent', 'no reason was given')
    """
    words, coded = describe_reason(message), describe_reason(reason)
    if reason == "refused" and words:
        return f"{coded}: {words}"
    if words or coded:
        return words or coded
    if outcome == "success":
        return ""
    if outcome == "budget":
        return _CODES[outcome]
    unsaid = LEFT_OUT if _STRIPPED.fullmatch(message) else UNSAID
    known = outcome in {"failed", "interrupted", "unknown", ""}
    return unsaid if known else f'the outcome was "{outcome}"; {unsaid}'


def _budget(match: re.Match[str]) -> str:
    return f"the budget of {format_money(float(match[1]))} was spent"


def _limit(noun: str) -> Callable[[re.Match[str]], str]:
    return lambda match: f"the limit of {pluralize(int(match[1]), noun)} was reached"


def _failed(match: re.Match[str]) -> str:
    count = (
        "a session failed" if match[1] == "once" else f"{match[1].split()[0]} sessions in a row failed, most recently"
    )
    return f"{count}: {describe_reason(match[2]) or UNSAID}"


def _signal(match: re.Match[str]) -> str:
    key = {"SIGINT": " (Ctrl-C)", "SIGHUP": " (the terminal was closed)"}.get(match[1], "")
    return f"it was stopped by {match[1]}{key}"


_AMOUNT = r"\$(\d{1,12}(?:\.\d+)?)"
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"\$[\d.]+ of {_AMOUNT} spent"), _budget),
    (re.compile(rf"Reached maximum budget \({_AMOUNT}\)"), _budget),
    (re.compile(r"Reached maximum number of turns \((\d{1,12})\)"), _limit("turn")),
    (re.compile(r"all (\d{1,12}) sessions used"), _limit("session")),
    (
        re.compile(r"the time limit of ([\d.]+) hours is reached"),
        lambda match: f"the time limit of {match[1]} {'hour' if match[1] == '1' else 'hours'} was reached",
    ),
    (re.compile(r"failed (once|\d+ times in a row), last: (.*)"), _failed),
    (re.compile(r"the session ended: (\w+)"), lambda match: describe_reason(match[1]) or "a session did not succeed"),
    (re.compile(r"exit with (.+)"), lambda match: f"the program ended with exit code {match[1]}"),
    (re.compile(r"stopped by (SIG[A-Z]+)"), _signal),
    (re.compile(r"stopped on request"), lambda _: "it was stopped on request"),
    (re.compile(r"stopped at once"), lambda _: "it was stopped at once, by a second request"),
    (re.compile(r"stopped before it was done"), lambda _: "it was stopped before it was done"),
    (re.compile(r"interrupted before the agent was done"), lambda _: "it was interrupted before the agent was done"),
    (re.compile(r"RunLogError: (.+)"), lambda match: f"the run could not be recorded: {match[1]}"),
)
"""Sentences that the agent and the CLI write, each with what it becomes."""
