"""Who is speaking: the main agent, or a subagent that a tool call spawned, or one that a subagent spawned. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.terminal.theme import GUTTERS, Role

Parent = str | None
"""The tool use that spawned the speaker; None for the main agent."""


_MOST_CALLS = 4096


class Call(Struct):
    """A tool call that has not ended, or that spawned a subagent."""

    name: str
    about: str
    parent: Parent
    spawned: bool = False


class Speakers:
    """Remembers which call spawned whom, for gutters and labels."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._gutters: dict[str, Role] = {}
        self._active: set[str] = set()

    def called(self, event: Event, about: str) -> None:
        """Remember a tool call; of calls whose ends are never told, as filters have it, not more than the latest."""
        if len(self._calls) >= _MOST_CALLS:
            del self._calls[next(iter(self._calls))]
        self._calls[event.text("id")] = Call(event.text("name"), about, event.parent)

    def call(self, tool_use: str) -> Call | None:
        """Return what is remembered of a call."""
        return self._calls.get(tool_use)

    def heard(self, parent: Parent) -> None:
        """Remember that a speaker lives."""
        if parent is None or parent in self._active:
            return
        self._active.add(parent)
        self._gutters.setdefault(parent, GUTTERS[len(self._gutters) % len(GUTTERS)])
        if call := self._calls.get(parent):
            call.spawned = True

    def ended(self, tool_use: str) -> None:
        """Remember that a call ended, and its subagent with it; forget it if nobody needs it any more."""
        self._active.discard(tool_use)
        call = self._calls.get(tool_use)
        if call is not None and not call.spawned:
            del self._calls[tool_use]

    @property
    def several(self) -> bool:
        """Whether more than one subagent speaks, so that their lines need labels."""
        return len(self._active) > 1

    def gutters(self, parent: Parent) -> list[Role]:
        """Return the gutters left of a speaker's text, outermost first."""
        found: list[Role] = []
        while parent is not None and len(found) < 16:  # noqa: PLR2004 - a broken file may make a ring of parents
            found.append(self._gutters.get(parent, Role.GUTTER_1))
            call = self._calls.get(parent)
            parent = call.parent if call else None
        return found[::-1]

    def label(self, parent: Parent) -> str:
        """Return what a subagent is called."""
        call = self._calls.get(parent or "")
        return (call.about or call.name) if call else "subagent"
