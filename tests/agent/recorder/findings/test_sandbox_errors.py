"""Commands that did not run because the sandbox failed are reported once for several in a row."""

import pytest

from agent.events import ToolResult, ToolStatus
from agent.recorder.findings.sandbox_errors import SandboxErrors

NOT_STARTED = "Sandbox is required but failed to initialize: Failed to create bridge sockets. Restart to retry."
SAID = "a command did not run: Sandbox is required but failed to initialize: Failed to create bridge sockets"


def result(output: str, name: str = "Bash", status: ToolStatus = ToolStatus.ERROR) -> ToolResult:
    return ToolResult(tool_use_id="t", name=name, status=status, output=output, output_bytes=len(output))


def test_the_first_command_that_did_not_run_is_reported() -> None:
    sandbox = SandboxErrors()
    error = sandbox.check(result(NOT_STARTED))
    assert error is not None
    assert (error.kind, error.message) == ("sandbox", SAID)
    assert sandbox.check(result(NOT_STARTED)) is None
    assert sandbox.last_error == SAID


@pytest.mark.parametrize(
    "output",
    [
        "Sandbox is required but failed to initialize. Restart to retry.",
        "Sandbox is enabled but failed to initialize: no room. Until the sandbox can start, commands are refused.",
        "Sandbox is required (sandbox.failIfUnavailable) and stopped being available in this session: socat is gone.",
    ],
)
def test_every_message_of_the_cli_about_a_failed_sandbox_is_recognized(output: str) -> None:
    assert SandboxErrors().check(result(output)) is not None


def test_a_command_that_ran_resets_the_error_even_if_it_failed() -> None:
    sandbox = SandboxErrors()
    sandbox.check(result(NOT_STARTED))
    assert sandbox.check(result("Exit code 1")) is None
    assert sandbox.last_error is None
    assert sandbox.check(result(NOT_STARTED)) is not None


def test_a_blocked_command_does_not_reset_the_error() -> None:
    sandbox = SandboxErrors()
    sandbox.check(result(NOT_STARTED))
    sandbox.check(result("not on the list", status=ToolStatus.BLOCKED))
    assert sandbox.last_error == SAID


def test_other_tools_and_outputs_that_mention_the_message_are_not_errors() -> None:
    sandbox = SandboxErrors()
    assert sandbox.check(result(NOT_STARTED, "Read")) is None
    assert sandbox.check(result(f"Exit code 1\n{NOT_STARTED}")) is None
    assert sandbox.check(result(NOT_STARTED, status=ToolStatus.SUCCESS)) is None
    assert sandbox.last_error is None
    sandbox.check(result(NOT_STARTED))
    sandbox.check(result("text of a file", "Read"))
    assert sandbox.last_error == SAID
