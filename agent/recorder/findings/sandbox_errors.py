"""Detects that the sandbox does not start, by the commands of a session that did not run because of it. Pure."""

import re

from agent.events import Error, Event, ToolResult, ToolStatus

_NOT_RUN = re.compile(r"Sandbox is (required|enabled)\b.{,40}? (failed to initialize|stopped being available)\b")
"""The output with which CLI 2.1.332 reports such a command; that of a command which ran and failed begins with its exit
code. The CLI tries again with the next command, even if the message says otherwise."""


class SandboxErrors:
    """Follows the events of a session. `last_error` says why the last command did not run; None if it ran."""

    def __init__(self) -> None:
        self.last_error: str | None = None

    def check(self, event: Event) -> Error | None:
        """Process an event. Returns an error for the first of several commands in a row that did not run."""
        if not isinstance(event, ToolResult) or event.name != "Bash" or event.status is ToolStatus.BLOCKED:
            return None
        reported = self.last_error is not None
        self.last_error = _sandbox_error(event)
        return Error(message=self.last_error, kind="sandbox") if self.last_error and not reported else None


def _sandbox_error(result: ToolResult) -> str | None:
    if result.status is not ToolStatus.ERROR or not _NOT_RUN.match(result.output):
        return None
    return f"a command did not run: {result.output.partition('. ')[0].rstrip('.')}"
