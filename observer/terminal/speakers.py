"""Tracks who is speaking: the main agent, or a subagent, spawned by a tool call of any other agent. Pure."""

from msgspec import Struct
from msgspec.structs import replace

from observer.format.event import Event
from observer.runs.words.describe_tools import UNNAMED, tool_of
from observer.terminal.theme import GUTTERS, Role

Speaker = str | None
"""The ID of the tool call that spawned a subagent; None for the main agent."""

MAX_CALLS = 4096
"""Calls remembered: if a filter hides the results, calls never end."""
MAX_DEPTH = 16
"""Gutters beside one line: in a malformed file a call may be its own ancestor."""


class Call(Struct, gc=False):
    """A tool call that has not ended, or that spawned a subagent."""

    name: str
    about: str
    parent: Speaker
    spawned: bool = False
    is_shown: bool = True
    """Whether the call itself was shown, so that a result need not repeat all of it."""


class Speakers:
    """Tracks which call spawned which subagent, for gutters and labels."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._gutters: dict[str, Role] = {}
        self._active: set[str] = set()

    def add_call(self, event: Event, about: str, *, is_shown: bool = True) -> None:
        """Remember a tool call, described by `about`; beyond `MAX_CALLS` the oldest one is forgotten."""
        if len(self._calls) >= MAX_CALLS:
            del self._calls[next(iter(self._calls))]
        self._calls[event.text("id")] = Call(tool_of(event), about, event.parent, is_shown=is_shown)

    def call(self, tool_use_id: str) -> Call | None:
        """Return a remembered call."""
        return self._calls.get(tool_use_id)

    def call_of(self, event: Event) -> Call:
        """Return the call of a result, or what the result says about it: a call without an ID may be another one."""
        id_, name = event.text("tool_use_id"), tool_of(event)
        call = self._calls.get(id_)
        if call is None or (not id_ and call.name not in {name, UNNAMED} and name != UNNAMED):
            return Call(name, event.words("command"), event.parent, is_shown=False)
        return replace(call, name=name) if call.name == UNNAMED else call

    def mark_active(self, speaker: Speaker) -> None:
        """Count a subagent as active, and give it a gutter if it has none."""
        if speaker is None or speaker in self._active:
            return
        self._active.add(speaker)
        self._gutters.setdefault(speaker, GUTTERS[len(self._gutters) % len(GUTTERS)])
        if call := self._calls.get(speaker):
            call.spawned = True

    def end_call(self, tool_use_id: str) -> None:
        """Mark a call and its subagent as ended; forget the call unless later lines need its subagent's name."""
        self._active.discard(tool_use_id)
        call = self._calls.get(tool_use_id)
        if call is not None and not call.spawned:
            del self._calls[tool_use_id]

    @property
    def need_labels(self) -> bool:
        """Whether more than one subagent is active, so that their lines need labels."""
        return len(self._active) > 1

    def gutters(self, speaker: Speaker) -> list[Role]:
        """Return the roles of the gutters to the left of a speaker's text, outermost first."""
        roles: list[Role] = []
        while speaker is not None and len(roles) < MAX_DEPTH:
            roles.append(self._gutters.get(speaker, Role.GUTTER_1))
            call = self._calls.get(speaker)
            speaker = call.parent if call else None
        return roles[::-1]

    def label(self, speaker: Speaker) -> str:
        """Return the name of a subagent: what its call is about."""
        call = self._calls.get(speaker or "")
        return (call.about or call.name) if call else "subagent"
