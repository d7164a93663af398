"""Signs of life: a line now and then while nothing else is to be seen, so that silence never looks dead. Pure."""

from msgspec import Struct

from observer.format.event import Event, number
from observer.format.units import format_duration, format_size
from observer.runs.describe import tool_name
from observer.terminal.event_rows import subagent_facts
from observer.terminal.row import Row, row
from observer.terminal.theme import Glyphs, Role

FIRST_S = 15.0
"""A tool, the model or a subagent that takes longer than this is worth a line."""
AGAIN_S = 30.0
"""And one more every so often."""
FIRST_BYTES = 8192
"""A tool input of this size that is still being written is worth a line; and one more whenever it doubled."""


class InFlight(Struct, frozen=True):
    """A tool call that a heartbeat says has not ended."""

    id: str
    name: str
    elapsed_s: float


class HeartbeatLines:
    """Decides which heartbeats and progress events are worth a line."""

    types = frozenset({"heartbeat", "tool_input", "subagent_progress"})

    def __init__(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self._due: dict[str, float] = {}

    def beat(self, event: Event) -> list[Row]:
        """Return a row, or none when there is nothing new to say."""
        if event.type == "tool_input":
            said = self._input(event)
        elif event.type == "subagent_progress":
            said = self._subagent(event)
        else:
            said = self._heartbeat(event)
        return [row((Role.DIM, f"{self._glyphs.ellipsis} {part}")) for part in said]

    def _heartbeat(self, event: Event) -> list[str]:
        running = in_flight(event)
        names = {found.id for found in running}
        for key in [key for key in self._due if key.startswith("run ") and key[4:] not in names]:
            del self._due[key]
        said = [
            f"{tool_name(found.name)} running for {format_duration(found.elapsed_s)}"
            for found in running
            if self._is_due(f"run {found.id}", found.elapsed_s)
        ]
        idle = event.number("idle_s") or 0.0
        if not running and idle < FIRST_S:
            self._due.pop("idle", None)
        elif not running and self._is_due("idle", idle):
            state = event.text("state").replace("_", " ") or "waiting"
            until = event.text("until")
            said.append(f"{state} for {format_duration(idle)}{f', until {until}' if until else ''}")
        return said

    def _subagent(self, event: Event) -> list[str]:
        took = (event.number("duration_ms") or 0.0) / 1000
        if not self._is_due(f"subagent {event.text('id')}", took):
            return []
        return [f"subagent at work: {subagent_facts(event, self._glyphs)}"]

    def _input(self, event: Event) -> list[str]:
        count, key = event.number("bytes") or 0.0, f"input {event.text('id')}"
        if count < self._due.get(key, FIRST_BYTES):
            return []
        self._due[key] = 2 * count
        return [f"{tool_name(event.text('name'))}: {format_size(count)} of input written so far"]

    def _is_due(self, key: str, seconds: float) -> bool:
        if seconds < self._due.get(key, FIRST_S):
            return False
        self._due[key] = seconds + AGAIN_S
        return True


def in_flight(event: Event) -> list[InFlight]:
    """Return the calls that a heartbeat lists."""
    found = event.data.get("in_flight")
    tools = []
    for tool in found if isinstance(found, list) else []:
        if isinstance(tool, dict):
            elapsed_s = number(tool.get("elapsed_s")) or 0.0
            tools.append(InFlight(str(tool.get("id")), str(tool.get("name")), elapsed_s))
    return tools
