"""How often each tool was called, and how its calls ended, for summaries. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.runs.summary.calls import BLOCKED
from observer.runs.trouble import GOOD_STATUSES
from observer.runs.words.describe_tools import UNNAMED, tool_of


class Tool(Struct):
    """The calls of one tool: how many, how many failed or were blocked, and their total duration in seconds.

    The duration is None as long as no result states one.
    """

    calls: int = 0
    errors: int = 0
    blocked: int = 0
    duration_s: float | None = None


class ToolTotals:
    """The calls of each tool, by its name."""

    def __init__(self) -> None:
        self.by_name: dict[str, Tool] = {}

    def use(self, event: Event) -> None:
        """Count a `tool_use`."""
        self._tool(tool_of(event)).calls += 1

    def result(self, event: Event, called: str | None) -> None:
        """Count a `tool_result`; `called` is the tool that its call named, None if its call is not in the file."""
        status, name = event.text("status"), tool_of(event) if called is None or event.text("name") else called
        tool = self._tool(name)
        if called == UNNAMED != name:
            self._rename(tool)
        if (duration_ms := event.number("duration_ms")) is not None:
            tool.duration_s = (tool.duration_s or 0.0) + duration_ms / 1000
        tool.errors += status not in GOOD_STATUSES and status != BLOCKED
        tool.blocked += status == BLOCKED

    def _tool(self, name: str) -> Tool:
        tool = self.by_name.get(name)
        if tool is None:
            tool = self.by_name[name] = Tool()
        return tool

    def _rename(self, tool: Tool) -> None:
        """Count a call that did not name its tool as one of `tool`, which its result names."""
        tool.calls += 1
        unnamed = self.by_name[UNNAMED]
        unnamed.calls -= 1
        if unnamed == Tool():
            del self.by_name[UNNAMED]
