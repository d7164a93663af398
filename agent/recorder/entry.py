"""One event on its way into the run file."""

from typing import NamedTuple

from agent.events import Event


class Entry(NamedTuple):
    """An event, and the tool_use id of the subagent it comes from (None for the main agent)."""

    event: Event
    parent: str | None = None
