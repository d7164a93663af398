"""How a turn ended, as its result says it. Pure.

The SDK calls an error of the API a success with `is_error` set, and so it does a message that the model could not
complete. Observed with CLI 2.1.332: after `max_tokens` and `model_context_window_exceeded` the CLI lets the model
continue three times, and then reports an error; after a refusal it asks another model, and then reports one; after
`pause_turn` it stops, and reports success; and so it does after a hook that stops the turn or refuses the prompt.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from claude_agent_sdk import ResultMessage
from msgspec import Struct

from agent.events import Outcome

_INTERRUPTED = frozenset({"aborted_streaming", "aborted_tools"})
_BUDGET = "error_max_budget_usd"
_FAILED = frozenset({
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
    """The result of a turn.

    `message` comes from the API or the CLI unless the turn succeeded; `resets_at` is when the rate limit that ended it
    is reset. With `refused`, the API refuses the credentials, the account or the model, and `message` says what to do.
    """

    outcome: Outcome
    message: str
    resets_at: datetime | None = None
    refused: bool = False


def turn_result(
    message: ResultMessage, model_error: str | None, resets_at: datetime | None, refusal: str | None = None
) -> TurnResult:
    """Return the result of the turn that `message` ends.

    `model_error` is the error of the API that the CLI reported in this turn, `resets_at` when the account's rate limit
    is reset if that was the reason, `refusal` why a hook let no prompt through to the model.
    """
    if refusal:
        return TurnResult(Outcome.FAILED, refusal)
    outcome = _outcome(message)
    match outcome:
        case Outcome.SUCCESS:
            return TurnResult(outcome, message.result or "")
        case Outcome.INTERRUPTED:
            return TurnResult(outcome, "interrupted before the agent was done")
    return TurnResult(outcome, _failure(message, model_error), resets_at if outcome is Outcome.FAILED else None)


def prompt_refusal(data: dict[str, Any]) -> str | None:
    """Return why a hook refused the prompt or stopped the turn before it, if a system message with `data` says so."""
    match data:
        case {"prevent_continuation": True, "prompt_submit_outcome": {"reason": str(reason), **outcome}}:
            stopped = outcome.get("kind") == "stopped_by_hook"
            return f"a hook {'stopped the turn before it began' if stopped else 'refused the prompt'}: {reason}"
        case {"prevent_continuation": True}:
            return f"a hook refused the prompt: {data.get('content') or 'without a reason'}"
    return None


def refused_calls(message: ResultMessage) -> Iterator[str]:
    """Yield the IDs of the tool calls that were refused in the turn, by anyone.

    None for a turn that was interrupted: the CLI counts calls as refused whose permission was still being asked for.
    """
    if message.terminal_reason in _INTERRUPTED:
        return
    for denial in message.permission_denials or []:
        match denial:
            case {"tool_use_id": str(id_)}:
                yield id_


def _outcome(message: ResultMessage) -> Outcome:
    reason = message.terminal_reason
    if reason in _INTERRUPTED:
        return Outcome.INTERRUPTED
    if message.subtype == _BUDGET:
        return Outcome.BUDGET
    failed = message.is_error or message.subtype != "success" or reason in _FAILED or message.stop_reason in _INCOMPLETE
    return Outcome.FAILED if failed or reason == _STOPPED_BY_HOOK else Outcome.SUCCESS


def _failure(message: ResultMessage, model_error: str | None) -> str:
    """Return why the turn failed; `result` is the CLI's own text only if it sets `is_error`, else the model's."""
    texts = [
        model_error,
        message.result if message.is_error else None,
        _INCOMPLETE.get(message.stop_reason or ""),
        "\n".join(message.errors or []),
        "a hook stopped the turn before the agent was done" if message.terminal_reason == _STOPPED_BY_HOOK else None,
        message.terminal_reason if message.terminal_reason in _FAILED else None,
    ]
    return next(filter(None, texts), message.subtype)
