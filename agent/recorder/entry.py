"""An event of a session, and the agent that it comes from."""

from typing import NamedTuple

from agent.events import Event


class Entry(NamedTuple):
    """An event, and the ID of the call that started the subagent it comes from (None for the main agent)."""

    event: Event
    parent: str | None = None
