"""A sandbox that does not start: the commands of a session that were not run because of it. Pure."""

import re

from agent.events import Error, Event, ToolResult, ToolStatus

_NOT_RUN = re.compile(r"Sandbox is (required|enabled)\b.{,40}? (failed to initialize|stopped being available)\b")
"""How CLI 2.1.330 answers for a command then; one that ran and failed has an exit code first. It tries again with the
next command, whatever else it says."""


class Sandbox:
    """A fold over the events of a session. `trouble` is why the last command was not run, if it was not."""

    def __init__(self) -> None:
        self.trouble: str | None = None

    def note(self, event: Event) -> Error | None:
        """Take in an event. Returns what to say of the first command in a row that was not run."""
        if not isinstance(event, ToolResult) or event.name != "Bash" or event.status is ToolStatus.BLOCKED:
            return None
        known = self.trouble is not None
        self.trouble = _trouble(event)
        return Error(message=self.trouble, kind="sandbox") if self.trouble and not known else None


def _trouble(result: ToolResult) -> str | None:
    if result.status is not ToolStatus.ERROR or not _NOT_RUN.match(result.output):
        return None
    return f"a command was not run: {result.output.partition('. ')[0].rstrip('.')}"
