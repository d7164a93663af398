"""Filters events: all conditions together are one predicate over records. Pure."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.lines import Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.pattern import Pattern
from observer.runs.state import STALL_AFTER_S
from observer.runs.trouble import TroubleFinder

PIECE_TYPES = frozenset({"thought", "thinking"})
"""Types that hold a piece of a text."""
TEXT_TYPES = PIECE_TYPES | {"message"}
"""Types with text of the model, which `--no-thoughts` excludes."""
KNOWN_TYPES = frozenset({
    "run_start", "session_start", "prompt", "thought", "thinking", "message", "todo", "tool_use", "tool_input",
    "tool_result", "subagent_start", "subagent_progress", "subagent_complete", "progress", "heartbeat", "api_retry",
    "rate_limit", "compaction", "info", "error", "session_end", "complete",
})  # fmt: skip
"""The types of version 1 of the format. Others are allowed, but one in a filter may be a misspelling."""
KNOWN_STATUSES = frozenset({
    "success", "error", "blocked", "budget", "failed", "interrupted", "completed", "stopped", "killed", "allowed",
    "allowed_warning", "rejected",
})  # fmt: skip
"""The statuses and outcomes of results, sessions, runs, subagents and rate limits."""
_CLOCK_SKEW_S = 5.0
"""Seconds by which the clock of another machine may be behind this one's."""


class Filter(Struct, frozen=True, kw_only=True):
    """Conditions on an event, all of which must hold. The default matches everything.

    `types`, `exclude`, `tools` (lower case) and `statuses` are names, `agent` is `main` or a subagent's type,
    description or ID, `grep` must match a text of the event, `where` is a predicate over the JSON of the line, `since`
    and `until` are seconds since 1970, and `from_seq` is the lowest sequence number.
    """

    types: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    agent: str | None = None
    iterations: frozenset[int] = frozenset()
    errors: bool = False
    grep: Pattern | None = None
    where: Callable[[bytes], bool] | None = None
    since: float | None = None
    until: float | None = None
    from_seq: int | None = None

    @property
    def matches_all(self) -> bool:
        """Whether the filter lets everything pass."""
        return self == Filter()

    @property
    def is_types_only(self) -> bool:
        """Whether the only condition is on the type, and the types have plain names."""
        plain = all(name.isascii() and name.replace("_", "").isalnum() for name in self.types)
        return bool(self.types) and plain and self == Filter(types=self.types)


class EventMatcher:
    """Applies a filter to the records of a run, in order, and remembers the names of its subagents."""

    def __init__(self, event_filter: Filter, *, stall_after_s: float = STALL_AFTER_S) -> None:
        self._event_filter = event_filter
        self._trouble = TroubleFinder(stall_after_s) if event_filter.errors else None
        self._matches_all = event_filter.matches_all
        self._passes_malformed = not any(
            (
                event_filter.types,
                event_filter.tools,
                event_filter.statuses,
                event_filter.agent,
                event_filter.iterations,
                event_filter.grep,
                event_filter.where,
            )
        )
        self._subagents: dict[str, tuple[str, ...]] = {}
        """Type, description and ID of each subagent, by the tool call that spawned it."""
        self._is_late = False
        """Whether an event was later than `until`."""

    def __call__(self, record: Record) -> bool:
        """Return whether a record passes. A malformed line does, unless the filter has a condition on its event."""
        if self._matches_all:
            return True
        event_filter = self._event_filter
        is_trouble = self._observe(record)
        if event_filter.until is not None and record.event is not None:
            self._in_time(record.event)  # even if the event is excluded for another reason: it shows how far the run is
        if event_filter.types and record.type not in event_filter.types:
            return False
        if record.type in event_filter.exclude and record.type:
            return False
        event = record.event
        if event is None:
            is_malformed = record.decoded is not None or isinstance(record.line, Oversize)
            return is_malformed and self._passes_malformed and not self._is_late
        return is_trouble and self._matches(event)

    def observe(self, record: Record) -> None:
        """Take a record that precedes the first one to be matched."""
        self._observe(record)

    def _observe(self, record: Record) -> bool:
        """Remember the names of a subagent. Return whether the record is trouble, if only that is wanted."""
        if self._event_filter.agent is not None and record.type == "subagent_start" and (event := record.event):
            names = (event.text("agent_type"), event.text("description"), event.text("id"))
            self._subagents[event.text("tool_use_id")] = tuple(name.lower() for name in names if name)
        if self._trouble is None or (event := record.event) is None:
            return True
        is_trouble, record.stalled_s = self._trouble.take(event)
        return is_trouble

    def exhausted(self, now: float | None = None) -> bool:
        """Return whether no later event can pass: one was later than `until`, or `now` (seconds since 1970) is."""
        until = self._event_filter.until
        return until is not None and (self._is_late or (now is not None and now > until + _CLOCK_SKEW_S))

    def _matches(self, event: Event) -> bool:
        event_filter = self._event_filter
        return (
            (not event_filter.iterations or event.iteration in event_filter.iterations)
            and (not event_filter.tools or event.text("name").lower() in event_filter.tools)
            and (
                not event_filter.statuses or bool({event.text("status"), event.text("outcome")} & event_filter.statuses)
            )
            and (event_filter.agent is None or self._is_from(event, event_filter.agent))
            and self._in_time(event)
            and (event_filter.from_seq is None or event.seq is None or event.seq >= event_filter.from_seq)
            and (event_filter.grep is None or any(event_filter.grep.search(text) for text in texts(event.data)))
            and (event_filter.where is None or event_filter.where(event.line.data))
        )

    def _in_time(self, event: Event) -> bool:
        since, until = self._event_filter.since, self._event_filter.until
        if since is None and until is None:
            return True
        time = parse_timestamp(event.timestamp)
        self._is_late = self._is_late or (time is not None and until is not None and time > until)
        return time is not None and (since is None or time >= since) and (until is None or time <= until)

    def _is_from(self, event: Event, agent: str) -> bool:
        """Return whether an event comes from an agent, or reports its start, progress or end."""
        speaker = event.parent
        if event.type.startswith("subagent_"):
            speaker = event.text("tool_use_id") or speaker
        if agent == "main":
            return event.parent is None
        if speaker is None:
            return False
        return speaker == agent or any(agent.lower() in name for name in self._subagents.get(speaker, ()))


def texts(value: Any) -> list[str]:
    """Return every string in a JSON value, without keys."""
    strings: list[str] = []
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            strings.append(item)
        elif isinstance(item, dict):
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return strings
