"""Tells why a tool call failed: it was refused, it was invalid, it was stopped, or it ran and failed. Pure.

The model receives an error in each case, and its words are those of CLI 2.1.332. Records of that CLI also say of a call
that it was refused, and by whom.
"""

from typing import Any, NamedTuple

from observer.format.fields import Fields, as_fields, as_items

_RULES = {
    "mode": "permission_mode",
    "rule": "settings",
    "subcommandResults": "settings",
    "workingDir": "working_directory",
    "hook": "hook",
}
"""Who refused a call, by the CLI's name for the reason of its decision."""
PERMISSION = "permission"
"""Who refused a call, if that is not known."""
_DENIED_FILE = "<tool_use_error>File is in a directory that is denied "
_INVALID = ("<tool_use_error>Error: No such tool available", "<tool_use_error>InputValidationError")
_NOT_RUN = "Not run: "
_TAG = "tool_use_error"
_REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected"
"""Written when a turn is interrupted, also while a permission is requested: a refusal has words of its own."""
_STOPPED = "this call was stopped while running"
"""Added to the same when the call did run."""
_INTERRUPTED = "Interrupted: "
"""Written when the API has stopped the message that made the call."""
_INTERRUPTION = "interrupted"
"""The kind of a refusal that is none: the person stopped the turn."""


class Denial(NamedTuple):
    """Why a call was refused, and by which rule."""

    reason: str
    rule: str


class Failure(NamedTuple):
    """Why a call failed: `denial` if it was refused, else a sentence unless its output says it; and whether it ran."""

    denial: Denial | None = None
    reason: str | None = None
    ran: bool = True


def explain(name: str, output: str, refusal: Denial | None = None) -> Failure:
    """Return why a call of the tool `name` failed with `output`; `refusal` is what its record says, if anything."""
    by_hook = f"PreToolUse:{name} hook error: "
    if output.startswith(by_hook):
        return Failure(Denial(output.removeprefix(by_hook).strip(), "hook"))
    if output.startswith(_DENIED_FILE):
        return Failure(Denial(_untagged(output), "settings"))
    if output.startswith(_NOT_RUN):
        return Failure(reason=f"did not run: {output.removeprefix(_NOT_RUN)}", ran=False)
    if output.startswith(_INVALID):
        return Failure(reason=f"did not run: {_untagged(output)}", ran=False)
    if _STOPPED in output or output.startswith(_INTERRUPTED):
        return Failure(reason="stopped while it was running")
    if refusal:
        return Failure(refusal._replace(reason=output or refusal.reason))
    if output.startswith(_REJECTED):
        return Failure(reason="did not run: the turn was interrupted before it started", ran=False)
    return Failure()


def denial_of_message(data: Fields) -> Denial:
    """Return what the CLI's message `permission_denied` says."""
    rule = _RULES.get(data.text("decision_reason_type"), PERMISSION)
    return Denial(str(data.value("message") or data.value("decision_reason") or "denied"), rule)


def refusal_in(kind: Any, decision: Any) -> Denial | None:
    """Return the refusal that a record of a result states: its `kind`, and the `decision` about the permission."""
    if kind == _INTERRUPTION:
        return None
    fields = as_fields(decision)
    if not isinstance(kind, str) and fields.text("decision") != "reject":
        return None
    reason_type = fields.text("reasonType") or fields.text("reason_type")
    return Denial("denied", _RULES.get(reason_type, PERMISSION))


def refusals_in(meta: Any) -> dict[str, Denial]:
    """Return the refusals in the `tool_result_meta` of a message, by the IDs of the calls."""
    refusals = {}
    for item in as_items(meta):
        refusal = refusal_in(item.value("non_execution_kind"), item.value("permission_decision"))
        if refusal and (id_ := item.optional_text("id")) is not None:
            refusals[id_] = refusal
    return refusals


def _untagged(output: str) -> str:
    text = output.removeprefix(f"<{_TAG}>").removesuffix(f"</{_TAG}>")
    return text.removeprefix("Error: ").partition("\n\n")[0]
