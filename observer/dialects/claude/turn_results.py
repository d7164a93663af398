"""How a turn ended, as its result says it. Pure.

The CLI calls an error of the API a success with `is_error` set, and so it does a message that the model could not
complete. Observed with CLI 2.1.332: after `max_tokens` and `model_context_window_exceeded` the CLI lets the model
continue three times, and then reports an error; after a refusal it asks another model, and then reports one; after
`pause_turn` it stops, and reports success; and so it does after a hook that stops the turn or refuses the prompt.
"""

from collections.abc import Iterator

from msgspec import Struct

from observer.dialects.event_data import Outcome
from observer.format.fields import Fields

_ABORTED = frozenset({"aborted_streaming", "aborted_tools"})
_BUDGET = "error_max_budget_usd"
_FAILURES = frozenset({
    "api_error", "blocking_limit", "image_error", "malformed_tool_use_exhausted", "model_error", "prompt_too_long",
    "rapid_refill_breaker", "structured_output_retry_exhausted", "tool_deferred_unavailable", "turn_setup_failed",
})  # fmt: skip
"""The reasons that the CLI itself counts as errors, also where it does not set `is_error`."""
_STOPPED_BY_HOOK = "hook_stopped"
_INCOMPLETE = {
    "refusal": "the model refused to answer",
    "max_tokens": "the model's answer was cut off at the limit of its length",
    "model_context_window_exceeded": "the model's answer was cut off, as the conversation has filled its context",
    "pause_turn": "the model paused its turn, and the CLI did not let it continue",
}
"""What a stop reason means that ends a turn although the model is not done."""


class TurnResult(Struct, frozen=True):
    """The result of a turn. `message` comes from the API or the CLI unless the turn succeeded."""

    outcome: Outcome
    message: str


def turn_result(result: Fields, model_error: str | None, refusal: str | None = None) -> TurnResult:
    """Return the result of the turn that the record `result` ends.

    `model_error` is the error of the API that the CLI reported in this turn, `refusal` why a hook let no prompt through
    to the model.
    """
    if refusal:
        return TurnResult("failed", refusal)
    outcome = _outcome(result)
    if outcome == "success":
        return TurnResult(outcome, result.text("result"))
    if outcome == "interrupted":
        return TurnResult(outcome, "interrupted before the agent was done")
    return TurnResult(outcome, _failure(result, model_error))


def stop_result(stop_reason: str | None) -> TurnResult:
    """Return the result of a turn that has no record of its own, by the stop reason of its last message."""
    reason = _INCOMPLETE.get(stop_reason or "")
    return TurnResult("failed", reason) if reason else TurnResult("success", "")


def prompt_refusal(data: Fields) -> str | None:
    """Return why a hook refused the prompt or stopped the turn before it, if a system message with `data` says so."""
    if not data.flag("prevent_continuation"):
        return None
    outcome = data.object("prompt_submit_outcome")
    if (reason := outcome.optional_text("reason")) is not None:
        stopped = outcome.text("kind") == "stopped_by_hook"
        return f"a hook {'stopped the turn before it began' if stopped else 'refused the prompt'}: {reason}"
    return f"a hook refused the prompt: {data.value('content') or 'without a reason'}"


def refused_calls(result: Fields) -> Iterator[str]:
    """Yield the IDs of the tool calls that were refused in the turn.

    None for a turn that was interrupted: the CLI counts calls as refused whose permission was still being asked for.
    """
    if result.text("terminal_reason") not in _ABORTED:
        for denial in result.items("permission_denials"):
            if (id_ := denial.optional_text("tool_use_id")) is not None:
                yield id_


def _outcome(result: Fields) -> Outcome:
    reason, subtype = result.text("terminal_reason"), result.text("subtype")
    if reason in _ABORTED:
        return "interrupted"
    if subtype == _BUDGET:
        return "budget"
    is_incomplete = result.text("stop_reason") in _INCOMPLETE
    failed = bool(result.value("is_error")) or subtype != "success" or reason in _FAILURES or is_incomplete
    return "failed" if failed or reason == _STOPPED_BY_HOOK else "success"


def _failure(result: Fields, model_error: str | None) -> str:
    """Return why the turn failed; `result` is the CLI's own text only if it sets `is_error`, else the model's."""
    reason = result.text("terminal_reason")
    sentences = [
        model_error,
        result.text("result") if result.value("is_error") else None,
        _INCOMPLETE.get(result.text("stop_reason")),
        "\n".join(result.texts("errors")),
        "a hook stopped the turn before the agent was done" if reason == _STOPPED_BY_HOOK else None,
        reason if reason in _FAILURES else None,
    ]
    return next(filter(None, sentences), result.text("subtype"))
