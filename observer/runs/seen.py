"""Remembers what the events of a run hold, and says why none of them matched a filter. Pure."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.timestamps import parse_timestamp
from observer.format.zone import UTC, Zone
from observer.runs.filter import Filter

_MAX_NAMES = 200
"""Names of a kind that are remembered."""
_MAX_LISTED = 12


class Seen(Struct):
    """The names, the times and the numbers that events of a run had; `has_match` is whether one of them matched."""

    has_match: bool = False
    types: set[str] = set()
    tools: set[str] = set()
    statuses: set[str] = set()
    agents: set[str] = set()
    agent_ids: set[str] = set()
    iterations: set[int] = set()
    first: str | None = None
    last: str | None = None
    seq: int | None = None

    def add_type(self, name: str) -> None:
        """Add the type of a record."""
        if len(self.types) < _MAX_NAMES and name:
            self.types.add(name)

    def add_agent(self, names: Iterable[str], ids: Iterable[str]) -> None:
        """Add the names of a subagent, and the IDs by which it can be selected too."""
        if len(self.agents) < _MAX_NAMES:
            self.agents.update(name for name in names if name)
            self.agent_ids.update(id_ for id_ in ids if id_)

    def add_time(self, record: Record) -> None:
        """Add the time and the number of a record that precedes the ones to be matched."""
        if (event := record.event) is not None:
            self._add_place(event)

    def add(self, event: Event) -> None:
        """Add what a filter can select an event by."""
        self._add_place(event)
        if event.type.startswith("tool_") and (name := event.text("name")) and len(self.tools) < _MAX_NAMES:
            self.tools.add(name)
        for status in (event.text("status"), event.text("outcome")):
            if status and len(self.statuses) < _MAX_NAMES:
                self.statuses.add(status)
        if event.iteration is not None and len(self.iterations) < _MAX_NAMES:
            self.iterations.add(event.iteration)

    def _add_place(self, event: Event) -> None:
        if event.timestamp is not None:
            self.first = self.first or event.timestamp
            self.last = event.timestamp
        self.seq = event.seq if event.seq is not None else self.seq


def unite(parts: Sequence[Seen]) -> Seen:
    """Return what the events of several runs held together."""
    times = sorted(time for part in parts for time in (part.first, part.last) if time)
    return Seen(
        has_match=any(part.has_match for part in parts),
        types=set().union(*(part.types for part in parts)),
        tools=set().union(*(part.tools for part in parts)),
        statuses=set().union(*(part.statuses for part in parts)),
        agents=set().union(*(part.agents for part in parts)),
        agent_ids=set().union(*(part.agent_ids for part in parts)),
        iterations=set().union(*(part.iterations for part in parts)),
        first=times[0] if times else None,
        last=times[-1] if times else None,
        seq=max((part.seq for part in parts if part.seq is not None), default=None),
    )


def explain_no_match(event_filter: Filter, seen: Seen, zone: Zone = UTC) -> list[str]:
    """Return a sentence about each condition that no event meets, or one about all of them together.

    >>> explain_no_match(Filter(tools=frozenset({"bsh"})), Seen(tools={"Bash", "Read"}))
    ["no event matched --tool bsh; tools of this run: Bash, Read; did you mean 'Bash'?"]
    """
    named: tuple[tuple[str, str, frozenset[str], set[str]], ...] = (
        ("--type", "types", event_filter.types, seen.types),
        ("--tool", "tools", event_filter.tools, seen.tools),
        ("--status", "statuses", event_filter.statuses, seen.statuses),
    )
    sentences = [
        _sentence(f"{option} {','.join(sorted(names))}", what, sorted(held), names)
        for option, what, names, held in named
        if names and not {name.lower() for name in names} & {name.lower() for name in held}
    ]
    sentences += _explain_agent(event_filter, seen)
    if event_filter.iterations and not event_filter.iterations & seen.iterations:
        sentences.append(_sentence("--iteration", "iterations", [str(number) for number in sorted(seen.iterations)]))
    sentences += _explain_place(event_filter, seen, zone)
    return sentences or [f"no event matched {' and '.join(_options(event_filter))}"]


def _explain_agent(event_filter: Filter, seen: Seen) -> list[str]:
    agent = event_filter.agent
    if agent is None or agent == "main" or any(agent.lower() in name.lower() for name in seen.agents | seen.agent_ids):
        return []
    return [_sentence(f"--agent {agent}", "agents", ["main", *sorted(seen.agents)], [agent])]


def _explain_place(event_filter: Filter, seen: Seen, zone: Zone) -> list[str]:
    first, last = parse_timestamp(seen.first), parse_timestamp(seen.last)
    if first is None or last is None:
        return []
    sentences = []
    span = f"the events of this run are from {zone.date_time(first)} to {zone.date_time(last)}"
    if event_filter.since is not None and last < event_filter.since:
        sentences.append(f"no event matched --since; {span}")
    if event_filter.until is not None and first > event_filter.until:
        sentences.append(f"no event matched --until; {span}")
    if event_filter.from_seq is not None and seen.seq is not None and seen.seq < event_filter.from_seq:
        option = f"--from-seq {event_filter.from_seq}"
        sentences.append(f"no event matched {option}; the last event of this run has number {seen.seq}")
    return sentences


def _sentence(option: str, what: str, held: list[str], names: Iterable[str] = ()) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and rarely needed

    more = f" and {len(held) - _MAX_LISTED} more" if len(held) > _MAX_LISTED else ""
    listed = f"; {what} of this run: {', '.join(held[:_MAX_LISTED])}{more}" if held else f"; this run has no {what}"
    by_lower = {name.lower(): name for name in held}
    near = [by_lower[name] for text in sorted(names) for name in get_close_matches(text.lower(), by_lower, 1)]
    return f"no event matched {option}{listed}" + (f"; did you mean {' or '.join(map(repr, near))}?" if near else "")


def _options(event_filter: Filter) -> list[str]:
    """Return the options of a filter, with their values where they are short."""
    pattern = event_filter.grep
    values = {
        "--type": event_filter.types,
        "--exclude": event_filter.exclude,
        "--tool": event_filter.tools,
        "--status": event_filter.statuses,
        "--agent": event_filter.agent,
        "--iteration": event_filter.iterations,
        "--errors": event_filter.errors,
        "--grep": repr(pattern.text) if pattern is not None else None,
        "--where": event_filter.where,
        "--since": event_filter.since is not None,
        "--until": event_filter.until is not None,
        "--from-seq": event_filter.from_seq,
    }
    shown = {"--grep", "--agent", "--from-seq"}
    return [f"{option} {value}" if option in shown else option for option, value in values.items() if value]
