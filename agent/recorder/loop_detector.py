"""Going in circles: the same call again and again, or a tool that only fails. Pure."""

from collections import Counter

import msgspec

from agent.events import Event, Info, ToolResult, ToolStatus, ToolUse

_SAME_CALLS = 3
_FAILURES = 5


class Stuck:
    """A fold over the events of a session, each agent and subagent by itself."""

    def __init__(self) -> None:
        self._last_call: dict[str | None, tuple[str, bytes]] = {}
        self._same: Counter[str | None] = Counter()
        self._failures: Counter[tuple[str | None, str]] = Counter()

    def note(self, event: Event, parent: str | None) -> Info | None:
        """Take in an event. Returns what to say when a streak has become one, once in each streak."""
        match event:
            case ToolUse():
                return self._called(event, parent)
            case ToolResult():
                return self._ended(event, parent)
        return None

    def _called(self, event: ToolUse, parent: str | None) -> Info | None:
        call = event.name, msgspec.json.encode(event.input, order="deterministic")
        self._same[parent] = self._same[parent] + 1 if self._last_call.get(parent) == call else 1
        self._last_call[parent] = call
        if self._same[parent] != _SAME_CALLS:
            return None
        return _stuck(f"{event.name} was called {_SAME_CALLS} times in a row with the same input")

    def _ended(self, event: ToolResult, parent: str | None) -> Info | None:
        tool = parent, event.name
        self._failures[tool] = 0 if event.status is ToolStatus.SUCCESS else self._failures[tool] + 1
        if self._failures[tool] != _FAILURES:
            return None
        return _stuck(f"{event.name} failed {_FAILURES} times in a row")


def _stuck(message: str) -> Info:
    return Info(message=message, kind="stuck")
