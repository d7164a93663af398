"""Follows the subagents of a run: each that started, once, whatever the file says of its parents. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp

_CUT = frozenset({"stopped", "killed"})
"""Statuses of a subagent that was stopped before it was done."""


class Subagent(Struct):
    """A subagent, spawned by tool call `call`; `parent` is the call that spawned its parent, if that is one.

    `began` and `ended` are in seconds since 1970, `over` says whether it has ended, or its session has. What only its
    end states is None until then. `offset` is where its first event is in the file.
    """

    call: str
    id: str
    parent: str | None
    agent_type: str
    description: str
    began: float | None = None
    ended: float | None = None
    iteration: int | None = None
    over: bool = False
    status: str | None = None
    duration_s: float | None = None
    tool_uses: int | None = None
    tokens: int | None = None
    offset: int | None = None


class Subagents:
    """Takes the events that begin and end subagents; `all` holds them in the order in which they started."""

    def __init__(self) -> None:
        self.all: list[Subagent] = []
        self.cut: list[Subagent] = []
        """Those that were stopped before they were done, since the main agent's last tool call."""
        self._by_ids: dict[tuple[str, str], Subagent] = {}
        self._by_id: dict[str, Subagent] = {}
        self._by_call: dict[str, Subagent] = {}

    def start(self, event: Event) -> None:
        """Add a `subagent_start`, unless the same one was added before."""
        if (event.text("tool_use_id"), event.text("id")) not in self._by_ids:
            self._add(event)

    def complete(self, event: Event) -> None:
        """Add a `subagent_complete`, also one whose start is not known."""
        id_, call = event.text("id"), event.text("tool_use_id")
        agent = self._by_ids.get((call, id_)) or self._by_id.get(id_) or self._by_call.get(call)
        if agent is None and not id_ and not call:
            agent = next((one for one in self.running() if not one.call), None)
        agent = agent or self._add(event)
        duration_ms = event.number("duration_ms")
        agent.status, agent.over, agent.ended = event.text("status"), True, parse_timestamp(event.timestamp)
        if agent.status in _CUT:
            self.cut.append(agent)
        agent.duration_s = None if duration_ms is None else duration_ms / 1000
        agent.tool_uses, agent.tokens = event.integer("tool_uses"), event.integer("tokens")

    def end(self, iteration: int | None, at: float | None, *, failed: bool) -> None:
        """End those of the session with this number, or of all sessions, `at` that time in seconds since 1970.

        If it has `failed`, they were cut short.
        """
        for agent in self.running():
            if not iteration or agent.iteration in {None, iteration}:
                agent.over, agent.ended = True, at
                if failed:
                    self.cut.append(agent)

    def of_call(self, call: str | None) -> Subagent | None:
        """Return the subagent that a tool call spawned last."""
        return self._by_call.get(call or "")

    def running(self) -> list[Subagent]:
        """Return those that have not ended."""
        return [agent for agent in self.all if not agent.over]

    def tree(self) -> Iterator[tuple[int, Subagent]]:
        """Yield each subagent with its depth, below the one that spawned it.

        One whose ancestors form a ring, or are not known, is at the top.
        """
        children: dict[str, list[Subagent]] = {}
        tops: list[Subagent] = []
        for agent in self.all:
            has_parent = bool(agent.parent) and agent.parent in self._by_call and agent.parent != agent.call
            (children.setdefault(agent.parent or "", []) if has_parent else tops).append(agent)
        seen: set[int] = set()
        for top in [*tops, *self.all]:  # the rest of them are in rings, or below one
            stack = [(0, top)]
            while stack:
                depth, agent = stack.pop()
                if id(agent) in seen:
                    continue
                seen.add(id(agent))
                yield depth, agent
                inner = children.get(agent.call, []) if agent is self._by_call.get(agent.call) else []
                stack += [(depth + 1, child) for child in reversed(inner)]

    def _add(self, event: Event) -> Subagent:
        id_, call = event.text("id"), event.text("tool_use_id")
        agent = Subagent(
            call=call or id_,
            id=id_,
            parent=event.parent,
            agent_type=event.text("agent_type"),
            description=event.words("description"),
            began=parse_timestamp(event.timestamp) if event.type == "subagent_start" else None,
            iteration=event.iteration,
            offset=event.line.offset,
        )
        self.all.append(agent)
        if id_ or call:
            self._by_ids[call, id_] = agent
            self._by_call[agent.call] = agent
        if id_:
            self._by_id[id_] = agent
        return agent
