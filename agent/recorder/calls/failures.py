"""Tells why a tool call failed that no hook reported as run: it was refused, it was invalid, or it was stopped. Pure.

The model receives an error in each case. What distinguishes them was observed with CLI 2.1.332: the hook `PreToolUse`
comes before every call that is valid, `PostToolUse` or `PostToolUseFailure` after every call that has run to its end.
"""

from typing import Any, NamedTuple

from agent.safety.commands.denial import Denial

_RULES = {
    "mode": "permission_mode",
    "rule": "settings",
    "subcommandResults": "settings",
    "workingDir": "working_directory",
    "hook": "hook",
}
"""Who refused a call, by the CLI's name for the reason of its decision."""
PERMISSION = "permission"
"""Whoever refused a call, if it is not known."""
_DENIED_FILE = "<tool_use_error>File is in a directory that is denied "
_INVALID = ("<tool_use_error>Error: No such tool available", "<tool_use_error>InputValidationError")
_NOT_RUN = "Not run: "
_TAG = "tool_use_error"
_REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected"
"""Written when a turn is interrupted, whoever may have been asked: a refusal has words of its own."""
_STOPPED = "this call was stopped while running"
"""Added to the same when the call did run."""
_INTERRUPTED = "Interrupted: "
"""Written when the API has stopped the message that made the call."""


class Failure(NamedTuple):
    """Why a call failed: `denial` if it was refused, else a sentence unless its output says it; and whether it ran."""

    denial: Denial | None = None
    reason: str | None = None
    ran: bool = True


def explain(name: str, output: str, *, started: bool, permission_requested: bool, hooks: bool) -> Failure:
    """Return why a call of the tool `name` failed with `output` without a hook after it.

    `started` says whether the hook before it was called, `permission_requested` whether one for a permission was.
    Without `hooks` none are, and only the output tells.
    """
    by_hook = f"PreToolUse:{name} hook error: "
    if output.startswith(by_hook):
        return Failure(Denial(output.removeprefix(by_hook).strip(), "hook"))
    if output.startswith(_DENIED_FILE):
        return Failure(Denial(_untagged(output), "settings"))
    if output.startswith(_NOT_RUN):
        return Failure(reason=f"did not run: {output.removeprefix(_NOT_RUN)}", ran=False)
    if not started if hooks else output.startswith(_INVALID):
        return Failure(reason=f"did not run: {_untagged(output)}", ran=False)
    if _STOPPED in output or output.startswith(_INTERRUPTED):
        return Failure(reason="stopped while it was running")
    if output.startswith(_REJECTED):
        return Failure(reason="did not run: the turn was interrupted before it started", ran=False)
    if permission_requested:
        return Failure(Denial(output, PERMISSION))
    return Failure(reason="ended before it was done: no hook reported its end" if hooks else None)


def denial_of_message(data: dict[str, Any]) -> Denial:
    """Return what the CLI's message `permission_denied` says."""
    rule = _RULES.get(str(data.get("decision_reason_type")), PERMISSION)
    return Denial(str(data.get("message") or data.get("decision_reason") or "denied"), rule)


def _untagged(output: str) -> str:
    text = output.removeprefix(f"<{_TAG}>").removesuffix(f"</{_TAG}>")
    return text.removeprefix("Error: ").partition("\n\n")[0]
