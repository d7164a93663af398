"""Why a call failed that did not run to its end, by the texts that CLI 2.1.332 was seen to send the model."""

from typing import Any

import pytest

from agent.recorder.calls.failures import Failure, denial_of_message, explain
from agent.safety.commands.denial import Denial

REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit [...])."
)
NOT_STARTED = "did not run: the turn was interrupted before it started"
NO_END = "ended before it was done: no hook reported its end"
STOPPED = f"{REJECTED} Correction to the text above: this call was stopped while running, not refused before it ran."


@pytest.mark.parametrize(
    ("output", "started", "failure"),
    [
        (
            "<tool_use_error>Error: No such tool available: Nope</tool_use_error>",
            False,
            Failure(reason="did not run: No such tool available: Nope", ran=False),
        ),
        (
            "<tool_use_error>InputValidationError: Bash failed: `command` is missing\n\nLong help</tool_use_error>",
            False,
            Failure(reason="did not run: InputValidationError: Bash failed: `command` is missing", ran=False),
        ),
        (
            "<tool_use_error>File does not exist.</tool_use_error>",
            False,
            Failure(reason="did not run: File does not exist.", ran=False),
        ),
        (
            "<tool_use_error>File is in a directory that is denied by your permission settings.</tool_use_error>",
            False,
            Failure(Denial("File is in a directory that is denied by your permission settings.", "settings")),
        ),
        ("PreToolUse:Bash hook error: [./check]: not today\n", True, Failure(Denial("[./check]: not today", "hook"))),
        ("Exit code 3", True, Failure(reason=NO_END)),
        (
            "Not run: the response that made this tool call was stopped by a safety classifier.",
            True,
            Failure(
                reason="did not run: the response that made this tool call was stopped by a safety classifier.",
                ran=False,
            ),
        ),
        (STOPPED, True, Failure(reason="stopped while it was running")),
        (
            "Interrupted: the response that made this tool call was stopped [...] while the call was running.",
            True,
            Failure(reason="stopped while it was running"),
        ),
        (REJECTED, True, Failure(reason=NOT_STARTED, ran=False)),
        (
            "<tool_use_error>Cancelled: another call of this message failed</tool_use_error>",
            True,
            Failure(reason=NO_END),
        ),
    ],
)
def test_what_hooks_and_the_output_tell(output: str, started: bool, failure: Failure) -> None:
    assert explain("Bash", output, started=started, permission_requested=False, hooks=True) == failure


@pytest.mark.parametrize(
    ("output", "failure"),
    [
        ("Exit code 3", Failure()),
        (
            "<tool_use_error>Error: No such tool available: Nope</tool_use_error>",
            Failure(reason="did not run: No such tool available: Nope", ran=False),
        ),
        ("PreToolUse:Bash hook error: no", Failure(Denial("no", "hook"))),
        (STOPPED, Failure(reason="stopped while it was running")),
    ],
)
def test_what_the_output_tells_where_there_are_no_hooks(output: str, failure: Failure) -> None:
    assert explain("Bash", output, started=False, permission_requested=False, hooks=False) == failure


@pytest.mark.parametrize(
    ("output", "failure"),
    [
        ("the prompt tool says no", Failure(Denial("the prompt tool says no", "permission"))),
        (STOPPED, Failure(reason="stopped while it was running")),
    ],
)
def test_a_call_that_needed_permission_and_did_not_run_was_refused(output: str, failure: Failure) -> None:
    assert explain("Write", output, started=True, permission_requested=True, hooks=True) == failure


@pytest.mark.parametrize(
    ("data", "denial"),
    [
        ({"decision_reason_type": "mode", "message": "in plan mode"}, Denial("in plan mode", "permission_mode")),
        ({"decision_reason_type": "subcommandResults", "message": "no"}, Denial("no", "settings")),
        ({"decision_reason_type": "workingDir", "message": "outside"}, Denial("outside", "working_directory")),
        ({"decision_reason_type": "hook", "message": "no"}, Denial("no", "hook")),
        ({"decision_reason_type": "tomorrow", "decision_reason": "why"}, Denial("why", "permission")),
        ({}, Denial("denied", "permission")),
    ],
)
def test_who_refused_a_call_by_the_message_of_the_cli(data: dict[str, Any], denial: Denial) -> None:
    assert denial_of_message(data) == denial
