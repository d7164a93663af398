"""Which events are shown: the filters of the command line as one predicate over records. Pure."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.lines import Oversize
from observer.format.timestamps import parse_timestamp
from observer.runs.pattern import Pattern

TEXT_TYPES = frozenset({"thought", "thinking"})
"""What `--no-thoughts` leaves out."""
KNOWN_TYPES = frozenset({
    "run_start", "session_start", "thought", "thinking", "tool_use", "tool_input", "tool_result", "subagent_start",
    "subagent_progress", "subagent_complete", "progress", "heartbeat", "api_retry", "rate_limit", "compaction", "info",
    "error", "session_end", "complete",
})  # fmt: skip
"""The types of version 1 of the format; others are as good, but who asks for one may have misspelled it."""
KNOWN_STATUSES = frozenset({
    "success", "error", "blocked", "budget", "failed", "interrupted", "completed", "stopped", "killed", "allowed",
    "allowed_warning", "rejected",
})  # fmt: skip
"""What results, sessions, runs, subagents and rate limits say of how they ended or stand."""
_BAD_STATUSES = frozenset({"error", "blocked", "failed", "rejected", "stopped", "killed"})
_CLOCKS_DIFFER_S = 5.0
"""So much later than this machine's clock says another one's may still write."""
ALARMING = frozenset({"stuck", "crashed", "unsafe", "backoff", "rate_limited"})
"""Kinds of `info` events that report trouble."""


class Filter(Struct, frozen=True, kw_only=True):
    """What somebody wants to see; every field that is given must fit. An empty choice takes everything.

    `types`, `exclude`, `tools` (lower case) and `statuses` are names, `agent` is `main` or a subagent's type,
    description or id, `grep` is searched for in every text of an event, `where` is any predicate over a line's JSON,
    `since` and `until` are seconds since 1970, `from_seq` is the first event's number.
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
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Filter()

    @property
    def only_types(self) -> bool:
        """Whether types are all that is asked for, by plain names."""
        plain = all(name.isascii() and name.replace("_", "").isalnum() for name in self.types)
        return bool(self.types) and plain and self == Filter(types=self.types)


class EventMatcher:
    """Applies a choice to the records of a run, in order; it remembers which subagent is called what."""

    def __init__(self, choice: Filter) -> None:
        self._choice = choice
        self._everything = choice.everything
        positive = (
            choice.types,
            choice.tools,
            choice.statuses,
            choice.agent,
            choice.iterations,
            choice.grep,
            choice.where,
        )
        self._takes_broken = not any(positive)
        self._spawned: dict[str, tuple[str, ...]] = {}
        self._late = False  # whether an event was later than what is wanted

    def __call__(self, record: Record) -> bool:
        """Tell whether a record is to be shown. A broken line is, unless something is asked for that it cannot have."""
        if self._everything:
            return True
        choice = self._choice
        self.observe(record)
        if choice.until is not None and record.event is not None:
            self._in_time(record.event)  # also of one that is left out for another reason
        if choice.types and record.type not in choice.types:
            return False
        if record.type in choice.exclude and record.type:
            return False
        event = record.event
        if event is None:
            broken = record.decoded is not None or isinstance(record.line, Oversize)
            return broken and self._takes_broken and not self._late
        return self._fits(event)

    def observe(self, record: Record) -> None:
        """Take note of a record that is not to be shown: it may tell what a subagent is called."""
        if self._choice.agent is not None and record.type == "subagent_start" and (event := record.event):
            names = (event.text("agent_type"), event.text("description"), event.text("id"))
            self._spawned[event.text("tool_use_id")] = tuple(name.lower() for name in names if name)

    def over(self, now: float | None = None) -> bool:
        """Tell whether what comes from here on is later than what is wanted: an event was, or it is by now."""
        until = self._choice.until
        return until is not None and (self._late or (now is not None and now > until + _CLOCKS_DIFFER_S))

    def _fits(self, event: Event) -> bool:
        choice = self._choice
        return (
            (not choice.iterations or event.iteration in choice.iterations)
            and (not choice.tools or event.text("name").lower() in choice.tools)
            and (not choice.statuses or bool({event.text("status"), event.text("outcome")} & choice.statuses))
            and (not choice.errors or is_trouble(event))
            and (choice.agent is None or self._is_of(event, choice.agent))
            and self._in_time(event)
            and (choice.from_seq is None or event.seq is None or event.seq >= choice.from_seq)
            and (choice.grep is None or any(choice.grep.search(text) for text in texts(event.data)))
            and (choice.where is None or choice.where(event.line.data))
        )

    def _in_time(self, event: Event) -> bool:
        since, until = self._choice.since, self._choice.until
        if since is None and until is None:
            return True
        at = parse_timestamp(event.timestamp)
        self._late = self._late or (at is not None and until is not None and at > until)
        return at is not None and (since is None or at >= since) and (until is None or at <= until)

    def _is_of(self, event: Event, agent: str) -> bool:
        """Whether an event comes from an agent, or tells of its beginning, progress and end."""
        speaker = event.parent
        if event.type.startswith("subagent_"):
            speaker = event.text("tool_use_id") or speaker
        if agent == "main":
            return event.parent is None
        if speaker is None:
            return False
        return speaker == agent or any(agent.lower() in name for name in self._spawned.get(speaker, ()))


def is_trouble(event: Event) -> bool:
    """Tell whether an event is what somebody looks for who asks what went wrong.

    >>> from observer.format.lines import Line
    >>> record = Record(Line(b'{"type":"tool_result","data":{"status":"error"}}', 0))
    >>> record.event is not None and is_trouble(record.event)
    True
    """
    match event.type:
        case "error" | "api_retry":
            return True
        case "tool_result" | "subagent_complete" | "rate_limit":
            return event.text("status") in _BAD_STATUSES
        case "session_end" | "complete":
            return event.text("outcome") != "success"
        case "info":
            return event.text("kind") in ALARMING
    return False


def texts(value: Any) -> list[str]:
    """Return every string in a JSON value, keys left out."""
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return found
