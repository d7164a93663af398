"""Reads which tool calls a heartbeat reports as running. Pure."""

from msgspec import Struct

from observer.format.event import Event


class ToolInFlight(Struct, frozen=True):
    """A tool call that a heartbeat reports as running, and for how many seconds."""

    id: str
    name: str
    elapsed_s: float


def running_tools(event: Event) -> list[ToolInFlight]:
    """Return the tool calls that a heartbeat lists as running."""
    return [
        ToolInFlight(tool.text("id"), tool.text("name"), tool.number("elapsed_s") or 0.0)
        for tool in event.items("in_flight")
    ]
