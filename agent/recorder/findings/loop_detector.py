"""Detects an agent that goes in circles: it repeats the same call, or a tool keeps failing. Pure."""

from collections import Counter
from typing import Any

from agent.events import Event, Info, ToolResult, ToolStatus, ToolUse

_SAME_CALLS = 3
_FAILURES = 5


class LoopDetector:
    """Follows the events of a session, each agent and subagent separately."""

    def __init__(self) -> None:
        self._last_call: dict[str | None, tuple[str, dict[str, Any]]] = {}
        self._same_calls: Counter[str | None] = Counter()
        self._failures: Counter[tuple[str | None, str]] = Counter()

    def check(self, event: Event, parent: str | None) -> Info | None:
        """Process an event. Returns a message when a streak becomes long enough, once in each streak."""
        match event:
            case ToolUse():
                return self._check_call(event, parent)
            case ToolResult():
                return self._check_result(event, parent)
        return None

    def _check_call(self, event: ToolUse, parent: str | None) -> Info | None:
        call = event.name, event.input
        self._same_calls[parent] = self._same_calls[parent] + 1 if self._last_call.get(parent) == call else 1
        self._last_call[parent] = call
        if self._same_calls[parent] != _SAME_CALLS:
            return None
        return Info(message=f"{event.name} was called {_SAME_CALLS} times in a row with the same input", kind="stuck")

    def _check_result(self, event: ToolResult, parent: str | None) -> Info | None:
        tool = parent, event.name
        self._failures[tool] = 0 if event.status is ToolStatus.SUCCESS else self._failures[tool] + 1
        if self._failures[tool] != _FAILURES:
            return None
        return Info(message=f"{event.name} failed {_FAILURES} times in a row", kind="stuck")
