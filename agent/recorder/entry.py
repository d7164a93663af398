"""What goes in and out of the recorder beside the SDK's own: refusals in, events on their way to the file out."""

from typing import NamedTuple

from agent.events import Event


class Entry(NamedTuple):
    """An event, and the tool_use id of the subagent it comes from (None for the main agent)."""

    event: Event
    parent: str | None = None


class Refusal(NamedTuple):
    """Why a tool call was not allowed to run: the sentence, the rule's name, and the part of a command it is about."""

    reason: str
    rule: str | None = None
    command: str | None = None
