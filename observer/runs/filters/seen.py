"""Remembers what the events of a run hold, and says why none of them matched a filter. Pure."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.skim import Skimmed
from observer.format.timestamps import parse_timestamp
from observer.format.zone import UTC, Zone
from observer.runs.filters.filter import TEXT_TYPES, Filter

_MAX_NAMES = 200
"""Names of a kind that are remembered."""
_MAX_LISTED = 12
_TYPE_LIMITS = frozenset({"--type", "--no-thoughts", "--exclude"})
_PLACE_LIMITS = frozenset({"--since", "--until", "--from-seq"})
"""Options that keep events from being looked at, by their type and by their place."""


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

    def add_types(self, names: Iterable[str]) -> None:
        """Add the types of many records in order."""
        for name in dict.fromkeys(names):
            self.add_type(name)

    def add_agent(self, names: Iterable[str], ids: Iterable[str]) -> None:
        """Add the names of a subagent, and the IDs by which it can be selected too."""
        if len(self.agents) < _MAX_NAMES:
            self.agents.update(name for name in names if name)
            self.agent_ids.update(id_ for id_ in ids if id_)

    def add_time(self, record: Record) -> None:
        """Add the time and the number of a record that precedes the ones to be matched."""
        if (event := record.event) is not None:
            self._add_place(event.timestamp, event.seq)

    def add(self, event: Event) -> None:
        """Add what a filter can select an event by."""
        statuses = (event.text("status"), event.text("outcome"))
        self.add_fields(event.type, event.text("name"), statuses, event.iteration, event.timestamp, event.seq)

    def add_fields(
        self, kind: str, name: str | None, statuses: Iterable[str | None], iteration: int | None,
        timestamp: str | None, seq: int | None,
    ) -> None:  # fmt: skip
        """Do the same for an event of which only these fields are known."""
        self._add_place(timestamp, seq)
        if kind.startswith("tool_") and name and len(self.tools) < _MAX_NAMES:
            self.tools.add(name)
        for status in statuses:
            if status and len(self.statuses) < _MAX_NAMES:
                self.statuses.add(status)
        if iteration is not None and len(self.iterations) < _MAX_NAMES:
            self.iterations.add(iteration)

    def add_skimmed(self, event_filter: Filter, events: Sequence[Skimmed]) -> None:
        """Add the types of many events in order, and what else those have that a filter selects by their type."""
        self.add_types([event.type for event in events])
        types, exclude = event_filter.types, event_filter.exclude
        chosen = [event for event in events if (not types or event.type in types) and event.type not in exclude]
        for kind, name, iteration, *statuses in dict.fromkeys([
            (event.type, event.data.name, event.iteration, event.data.status, event.data.outcome) for event in chosen
        ]):  # fmt: skip
            self.add_fields(kind, name, statuses, iteration, None, None)
        stamps = [stamp for event in chosen if (stamp := event.timestamp) is not None]
        numbers = [seq for event in chosen if (seq := event.seq) is not None]
        for stamp in (*stamps[:1], *stamps[-1:]):
            self._add_place(stamp, None)
        self._add_place(None, numbers[-1] if numbers else None)

    def _add_place(self, timestamp: str | None, seq: int | None) -> None:
        if timestamp is not None:
            self.first = self.first or timestamp
            self.last = timestamp
        self.seq = seq if seq is not None else self.seq


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


def explain_no_match(event_filter: Filter, seen: Seen, zone: Zone = UTC, *, is_whole: bool = True) -> list[str]:
    """Return a sentence about each condition that no event meets, or one about all of them together.

    `is_whole` is whether the run was read from its beginning, or from where the filter begins. A sentence says what
    the run lacks only if all of its events were looked at.

    >>> explain_no_match(Filter(tools=frozenset({"Bsh"})), Seen(tools={"Bash", "Read"}))
    ["no event matched --tool Bsh; tools of this run: Bash, Read; did you mean 'Bash'?"]
    >>> explain_no_match(Filter(types=frozenset({"todo"}), tools=frozenset({"Bash"})), Seen(types={"todo"}))
    ['no event matched --tool Bash together with --type todo']
    """
    chosen, iterations = event_filter, {str(number) for number in event_filter.iterations}
    named: tuple[tuple[str, str, Iterable[str], set[str]], ...] = (
        ("--type", "types", chosen.types, seen.types),
        ("--tool", "tools", chosen.tools, seen.tools),
        ("--status", "statuses", chosen.statuses, seen.statuses),
        ("--iteration", "iterations", iterations, {str(number) for number in seen.iterations}),
    )
    given = _options(event_filter)
    sentences = [
        _sentence(option, what, held, names, given, is_whole=is_whole)
        for option, what, names, held in named
        if names and not {name.lower() for name in names} & {name.lower() for name in held} and len(held) < _MAX_NAMES
    ]
    if chosen.agent not in {None, "main"} and not _has_agent(seen, str(chosen.agent)):
        agents = {"main", *seen.agents}
        sentences.append(_sentence("--agent", "agents", agents, [str(chosen.agent)], given, is_whole=is_whole))
    sentences += _explain_place(event_filter, seen, zone)
    return sentences or [f"no event matched {' and '.join(given.values())}"]


def _has_agent(seen: Seen, agent: str) -> bool:
    return len(seen.agents) >= _MAX_NAMES or any(agent.lower() in name.lower() for name in seen.agents | seen.agent_ids)


def _explain_place(event_filter: Filter, seen: Seen, zone: Zone) -> list[str]:
    first, last = parse_timestamp(seen.first), parse_timestamp(seen.last)
    if first is None or last is None or event_filter.types or event_filter.exclude:  # of others, the time is not known
        return []
    sentences = []
    if event_filter.since is not None and last < event_filter.since:
        span = f"from {zone.date_time(first)} to {zone.date_time(last)}"
        sentences.append(f"no event matched --since; the events of this run are {span}")
    if event_filter.until is not None and first > event_filter.until:
        sentences.append(f"no event matched --until; the events of this run begin at {zone.date_time(first)}")
    if event_filter.from_seq is not None and seen.seq is not None and seen.seq < event_filter.from_seq:
        option = f"--from-seq {event_filter.from_seq}"
        sentences.append(f"no event matched {option}; the last event of this run has number {seen.seq}")
    return sentences


def _sentence(
    option: str, what: str, held: set[str], names: Iterable[str], given: dict[str, str], *, is_whole: bool
) -> str:
    """Return a sentence about an option whose `names` none of the events has that were looked at, but those `held`."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and rarely needed

    limits = _TYPE_LIMITS | _PLACE_LIMITS if option not in {"--type", "--agent"} else _PLACE_LIMITS
    others = [text for name, text in given.items() if name in limits]
    together = f" together with {' and '.join(others)}" if others else ""
    in_order = _in_order(held, what)
    more = f" and {len(held) - _MAX_LISTED} more" if len(held) > _MAX_LISTED else ""
    owner = "this run" if is_whole and not others else "the events looked at"
    listed = f"; {what} of {owner}: {', '.join(in_order[:_MAX_LISTED])}{more}" if held else ""
    if not held and is_whole and not others:
        listed = f"; this run has no {what}"
    by_lower = {name.lower(): name for name in held} if option != "--iteration" else {}
    near = [by_lower[name] for text in sorted(names) for name in get_close_matches(text.lower(), by_lower, 1)]
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"no event matched {given[option]}{together}{listed}{hint}"


def _in_order(held: set[str], what: str) -> list[str]:
    """Return names as they are listed: the main agent first, and numbers by their size."""
    return sorted(
        held, key=lambda name: (what == "agents" and name != "main", len(name) * (what == "iterations"), name)
    )


def _options(event_filter: Filter) -> dict[str, str]:
    """Return the options of a filter, with their values where these are short."""
    pattern, numbers = event_filter.grep, sorted(event_filter.iterations)
    without_thoughts = event_filter.exclude >= TEXT_TYPES
    excluded = ",".join(sorted(event_filter.exclude - TEXT_TYPES if without_thoughts else event_filter.exclude))
    values = {
        "--type": ",".join(sorted(event_filter.types)),
        "--no-thoughts": without_thoughts,
        "--exclude": excluded,
        "--tool": ",".join(sorted(event_filter.tools)),
        "--status": ",".join(sorted(event_filter.statuses)),
        "--agent": event_filter.agent,
        "--iteration": _ranges(numbers),
        "--errors": event_filter.errors,
        "--grep": repr(pattern.text) if pattern is not None else None,
        "--where": event_filter.where is not None,
        "--since": event_filter.since is not None,
        "--until": event_filter.until is not None,
        "--from-seq": str(event_filter.from_seq) if event_filter.from_seq is not None else None,
    }
    return {
        option: f"{option} {value}" if isinstance(value, str) else option for option, value in values.items() if value
    }


def _ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as they are typed, such as `2,4-7`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)
