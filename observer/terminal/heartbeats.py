"""Heartbeat lines: printed now and then while nothing else happens, so that a quiet run does not look dead. Pure."""

from observer.format.event import Event
from observer.format.units import format_duration, format_size
from observer.runs.state.in_flight import ToolInFlight, asked_for, running_tools
from observer.runs.trouble import is_asking, is_trouble
from observer.runs.words.describe import subagent_facts
from observer.runs.words.describe_tools import tool_name
from observer.runs.words.words import join_facts
from observer.terminal.row import Row, make_row
from observer.terminal.theme import Role, RowStyle

FIRST_S = 15.0
"""A tool, the model or a subagent that takes longer than this gets a line."""
REPEAT_S = 30.0
"""Seconds until the next line about it."""
FIRST_BYTES = 8192
"""A tool input that is still being written gets a line at this size, and another each time it doubles."""


class HeartbeatLines:
    """Decides which heartbeats and progress events get a line."""

    types = frozenset({"heartbeat", "tool_input", "subagent_progress"})

    def __init__(self, style: RowStyle) -> None:
        self._style = style
        self._asked_at: float | None = None
        """When the wait for a person began, in seconds since the run did."""
        self._due: dict[str, float] = {}
        """By what a line is about: the seconds, or bytes, at which the next line is due."""

    def rows(self, event: Event) -> list[Row]:
        """Return the rows for an event of one of the `types`; none if no line is due."""
        if event.type == "tool_input":
            texts = self._tool_input(event)
        elif event.type == "subagent_progress":
            texts = self._subagent_progress(event)
        else:
            texts = self._heartbeat(event)
        if not texts:
            return []
        role = Role.BLOCKED if is_asking(event) else Role.WARNING if is_trouble(event) else Role.DIM
        return [make_row((role, f"{self._style.ellipsis} {text}")) for text in texts]

    def _heartbeat(self, event: Event) -> list[str]:
        running = running_tools(event)
        if is_asking(event):
            return self._waiting_on_human(event, running)
        self._due.pop("human", None)
        self._asked_at = None
        keys = {f"tool {tool.id}" for tool in running}
        for key in [key for key in self._due if key.startswith("tool ") and key not in keys]:
            del self._due[key]
        texts = [
            f"{tool_name(tool.name)} running for {format_duration(tool.elapsed_s)}"
            for tool in running
            if self._is_due(f"tool {tool.id}", tool.elapsed_s)
        ]
        idle = event.number("idle_s") or 0.0
        if not running and idle < FIRST_S:
            self._due.pop("idle", None)
        elif not running and self._is_due("idle", idle):
            state = event.text("state").replace("_", " ") or "waiting"
            until = event.text("until")
            texts.append(f"{state} for {format_duration(idle)}{f', until {until}' if until else ''}")
        return texts

    def _waiting_on_human(self, event: Event, running: list[ToolInFlight]) -> list[str]:
        """Return a line at once, and then now and then: a person has to know that the run waits for them."""
        now = event.number("elapsed_s") or 0.0
        self._asked_at = now if self._asked_at is None else self._asked_at
        if now < self._due.get("human", 0.0):
            return []
        self._due["human"] = now + REPEAT_S
        tool, wish = tool_name(running[0].name) if len(running) == 1 else "", asked_for(event)
        subject = f"{tool} ({wish})" if tool and wish else tool or wish
        waited = now - self._asked_at
        duration = f" for {format_duration(waited)}" if waited else ""
        return [f"waiting on human{duration}{f': {subject}' if subject else ''}"]

    def _subagent_progress(self, event: Event) -> list[str]:
        took = (event.number("duration_ms") or 0.0) / 1000
        if not self._is_due(f"subagent {event.text('id')}", took):
            return []
        return [f"subagent running: {join_facts(subagent_facts(event), self._style)}"]

    def _tool_input(self, event: Event) -> list[str]:
        count, key = event.number("bytes") or 0.0, f"input {event.text('id')}"
        if count < self._due.get(key, FIRST_BYTES):
            return []
        self._due[key] = 2 * count
        return [f"{tool_name(event.text('name'))}: {format_size(count)} of input written so far"]

    def _is_due(self, key: str, seconds: float) -> bool:
        if seconds < self._due.get(key, FIRST_S):
            return False
        self._due[key] = seconds + REPEAT_S
        return True
