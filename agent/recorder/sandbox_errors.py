"""Detects a sandbox that does not start: the commands of a session that did not run because of it. Pure."""

import re

from agent.events import Error, Event, ToolResult, ToolStatus

_NOT_RUN = re.compile(r"Sandbox is (required|enabled)\b.{,40}? (failed to initialize|stopped being available)\b")
"""What CLI 2.1.330 returns for a command then; the output of one that ran and failed begins with its exit code. The CLI
tries again with the next command, whatever else it says."""


class SandboxErrors:
    """Follows the events of a session. `last_error` is why the last command did not run, None if it ran."""

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
