"""Commands that were not run because the sandbox did not start are told of, once in each row of them."""

from agent.events import ToolResult, ToolStatus
from agent.recorder import Sandbox

NOT_STARTED = "Sandbox is required but failed to initialize: Failed to create bridge sockets. Restart to retry."
SAID = "the sandbox did not start, so a command was not run: Failed to create bridge sockets"


def result(output: str, name: str = "Bash") -> ToolResult:
    return ToolResult(tool_use_id="t", name=name, status=ToolStatus.ERROR, output=output, output_bytes=len(output))


def test_the_first_command_that_was_not_run_is_told_of() -> None:
    sandbox = Sandbox()
    error = sandbox.note(result(NOT_STARTED))
    assert error is not None
    assert (error.kind, error.message) == ("sandbox", SAID)
    assert sandbox.note(result(NOT_STARTED)) is None
    assert sandbox.trouble == SAID


def test_a_command_that_ran_ends_the_trouble_even_if_it_failed() -> None:
    sandbox = Sandbox()
    sandbox.note(result(NOT_STARTED))
    assert sandbox.note(result("Exit code 1")) is None
    assert sandbox.trouble is None
    assert sandbox.note(result(NOT_STARTED)) is not None


def test_other_tools_and_outputs_that_only_speak_of_it_are_no_trouble() -> None:
    sandbox = Sandbox()
    assert sandbox.note(result(NOT_STARTED, "Read")) is None
    assert sandbox.note(result(f"Exit code 1\n{NOT_STARTED}")) is None
    assert sandbox.trouble is None
    sandbox.note(result(NOT_STARTED))
    sandbox.note(result("text of a file", "Read"))
    assert sandbox.trouble == SAID
