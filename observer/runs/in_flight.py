"""What events say of tool calls that have not ended. Pure."""

from msgspec import Struct

from observer.format.event import Event

ASKING = frozenset({"AskUserQuestion", "ExitPlanMode"})
"""Tools that wait for a person to answer."""


class RunningTool(Struct, frozen=True):
    """A tool call that has not ended, and when it started, in seconds since 1970."""

    name: str
    since: float


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
