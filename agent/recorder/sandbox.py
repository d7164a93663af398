"""A sandbox that does not start: the commands of a session that were not run because of it. Pure."""

from agent.events import Error, Event, ToolResult

_NOT_RUN = ("Sandbox is required but failed to initialize: ", "Sandbox is required (sandbox.failIfUnavailable) and ")
"""How CLI 2.1.330 answers for a command then. It tries again with the next one, whatever else it says."""


class Sandbox:
    """A fold over the events of a session. `trouble` is why the last command was not run, if it was not."""

    def __init__(self) -> None:
        self.trouble: str | None = None

    def note(self, event: Event) -> Error | None:
        """Take in an event. Returns what to say of the first command in a row that was not run."""
        if not isinstance(event, ToolResult) or event.name != "Bash":
            return None
        known = self.trouble is not None
        self.trouble = _trouble(event.output)
        return Error(message=self.trouble, kind="sandbox") if self.trouble and not known else None


def _trouble(output: str) -> str | None:
    for beginning in _NOT_RUN:
        if output.startswith(beginning):
            why = output.removeprefix(beginning).partition(". ")[0]
            return f"the sandbox did not start, so a command was not run: {why}"
    return None
