"""A tool call that a guard decides on, the reason when it denies it, and what the sandbox changes."""

from pathlib import Path
from typing import Any, NamedTuple


class ToolCall(NamedTuple):
    """A tool call that is about to run in the directory `cwd`."""

    name: str
    input: dict[str, Any]
    cwd: Path


class Denial(NamedTuple):
    """The denial of a tool call.

    `reason` is a sentence for the model and for people that also says what to do instead; `rule` is the name of the
    rule; `command` is the part of the command line that breaks it.
    """

    reason: str
    rule: str
    command: str | None = None


class Denied(Exception):
    """Carries a denial from the place that detects it up to the guard."""

    def __init__(self, rule: str, reason: str, command: str | None = None) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason
        self.command = command

    @property
    def denial(self) -> Denial:
        """The denial as the guard returns it."""
        return Denial(self.reason, self.rule, self.command)


class Confinement(NamedTuple):
    """Says whether the sandbox confines the commands that are checked.

    In the sandbox, what can be known to do harm is denied. Without it, what cannot be known is denied as well.
    """

    sandboxed: bool

    def deny_unless_sandboxed(self, rule: str, reason: str) -> None:
        """Raise Denied, without the sandbox, for what it makes harmless or for what is not known in advance."""
        if not self.sandboxed:
            raise Denied(rule, reason)
