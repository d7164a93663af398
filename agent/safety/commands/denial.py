"""What a guard is asked, and what it says when it refuses."""

from pathlib import Path
from typing import Any, NamedTuple


class ToolCall(NamedTuple):
    """A tool call that is about to happen, in the folder `cwd`."""

    name: str
    input: dict[str, Any]
    cwd: Path


class Denial(NamedTuple):
    """Why a call may not happen. `reason` is a sentence for the model and for people, with what to do instead;
    `rule` is the rule's name; `command` is the part of the command line that it is about."""

    reason: str
    rule: str
    command: str | None = None


class Refused(Exception):
    """Carries a denial from where it is found to the guard."""

    def __init__(self, rule: str, reason: str, command: str | None = None) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason
        self.command = command

    @property
    def denial(self) -> Denial:
        """What the guard says."""
        return Denial(self.reason, self.rule, self.command)
