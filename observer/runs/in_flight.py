"""Reads which tool calls a heartbeat reports as running. Pure."""

from msgspec import Struct

from observer.format.event import Event, number


class ToolInFlight(Struct, frozen=True):
    """A tool call that a heartbeat reports as running, and for how many seconds."""

    id: str
    name: str
    elapsed_s: float


def running_tools(event: Event) -> list[ToolInFlight]:
    """Return the tool calls that a heartbeat lists as running."""
    items = event.data.get("in_flight")
    return [
        ToolInFlight(str(item.get("id")), str(item.get("name")), number(item.get("elapsed_s")) or 0.0)
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]
