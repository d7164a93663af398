"""Applies a filter to the records of a run, in order. Pure."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from observer.format.event import Event, Record
from observer.format.line import Line, Oversize
from observer.format.skim import Skimmed
from observer.format.timestamps import parse_timestamp
from observer.runs.filters.filter import PIECE_TYPES, Filter
from observer.runs.filters.message_text import MessageText, texts
from observer.runs.filters.seen import Seen
from observer.runs.state.state import STALL_AFTER_S
from observer.runs.trouble import TroubleFinder
from observer.runs.trouble_lines import TroubleLines, find_trouble

if TYPE_CHECKING:
    from observer.runs.filters.pattern import Pattern

_CLOCK_SKEW_S = 5.0
"""Seconds by which the clock of another machine may be behind this one's."""


_MAX_STARTS = 4096
"""First pieces of matches that are kept for `take_starts`, which not every caller uses."""
_TEXT_TYPES = b'"thought"', b'"thinking"', b'"message"'


class EventMatcher:
    """Applies a filter to the records of a run, in order, and remembers what later ones need.

    That are the names of subagents, the text of messages so far, and whether the run stands still. With `explains` it
    collects in `seen` what could explain why nothing matches.
    """

    def __init__(self, event_filter: Filter, *, stall_after_s: float = STALL_AFTER_S, explains: bool = False) -> None:
        self._event_filter = event_filter
        self._matches_all = event_filter.matches_all
        self._stall_after_s = stall_after_s
        self._trouble = TroubleFinder(stall_after_s) if event_filter.errors else None
        self._observes = event_filter.agent is not None or event_filter.errors
        self._text = MessageText(event_filter.grep.search) if event_filter.grep is not None else None
        self._tools = frozenset(name.lower() for name in event_filter.tools)
        names = event_filter.tools or event_filter.statuses or event_filter.agent or event_filter.iterations
        bounds = (event_filter.since, event_filter.until, event_filter.from_seq)
        has_conditions = bool(names) or bounds != (None, None, None)
        self._collects = explains and has_conditions
        self._collects_types = explains and bool(event_filter.types)
        needs_all = has_conditions or event_filter.errors or event_filter.types
        grep = event_filter.grep
        self._prefilter: Pattern | None = grep if grep is not None and grep.has_prefilter and not needs_all else None
        self._decodes_all = not event_filter.types and bool(needs_all or event_filter.grep or event_filter.where)
        self._passes_malformed = not (event_filter.types or names or event_filter.grep or event_filter.where)
        self._subagents: dict[str, tuple[str, ...]] = {}
        """Type, description and ID of each subagent, by the tool call that spawned it."""
        self._is_late = False
        """Whether an event was later than `until`."""
        self.seen = Seen()
        """What the records had that did not match; complete only if none matched."""

    @property
    def is_undecided(self) -> bool:
        """Whether records that were taken may turn out to match when later ones are taken."""
        return self._text is not None and self._text.is_undecided

    @property
    def has_unnamed_text(self) -> bool:
        """Whether a text is open that any event may end, as its pieces name no message."""
        return self._text is not None and self._text.has_unnamed

    @property
    def open_messages(self) -> list[str]:
        """The messages of the texts that may be continued."""
        return self._text.open_messages if self._text is not None else []

    @property
    def needs_all(self) -> bool:
        """Whether records that cannot match are needed too, to explain why none did; not once one has."""
        return (self._collects or self._collects_types) and not self.seen.has_match

    @property
    def needs_types(self) -> bool:
        """Whether nothing but their types is needed of records that cannot match, to explain why none did."""
        return self._collects_types and not self._collects and not self.seen.has_match

    def passes(self, record: Record) -> bool:
        """Return whether a record meets all conditions other than that its text matches."""
        event_filter = self._event_filter
        if self._prefilter is not None:
            return self._may_match(record.line) and self._passes_others(record)
        is_trouble = self._observe(record) if self._observes else True
        event = record.event if self._decodes_all else None  # then its type need not be decoded alone
        kind = record.type
        if self._collects_types and not self.seen.has_match:
            self.seen.add_type(kind)
        if event_filter.until is not None and record.event is not None:
            self._in_time(record.event)  # even if the event is excluded for another reason: it shows how far the run is
        if (event_filter.types and kind not in event_filter.types) or (kind and kind in event_filter.exclude):
            return False
        event = event or record.event
        if event is None:
            is_malformed = record.decoded is not None or isinstance(record.line, Oversize)
            return is_malformed and self._passes_malformed and not self._is_late
        if self._collects and not self.seen.has_match:
            self.seen.add(event)
        return is_trouble and self._meets(event)

    def _passes_others(self, record: Record) -> bool:
        """Return whether a record meets the conditions that may stand beside one on its text alone."""
        event, event_filter = record.event, self._event_filter
        if event is None or event.type in event_filter.exclude:
            return False
        return event_filter.where is None or event_filter.where([event.line.data])[0]

    @property
    def needs_few(self) -> bool:
        """Whether `find_few` can tell anything: trouble is looked for, or a subagent."""
        chosen = self._event_filter
        observes = self._trouble is not None or chosen.agent not in {None, "main"}
        return observes and chosen.grep is None and chosen.until is None

    def find_few(self, events: Sequence[Skimmed]) -> TroubleLines | None:
        """Return which events `take` needs, which has taken the one before them, and which are trouble; None if all.

        The others do not match, and say nothing about those that do.
        """
        few = find_trouble(self._trouble, events) if self._trouble is not None else TroubleLines([], [])
        if few is None or self._event_filter.agent is None:
            return few
        subagents = [
            number for number, event in enumerate(events)
            if event.type == "subagent_start" or (self._trouble is None and _is_of_subagent(event))
        ]  # fmt: skip
        return TroubleLines(sorted({*few.undecided, *subagents}), few.certain)

    def explain(self, events: Sequence[Skimmed]) -> None:
        """Collect in `seen` what many events have, unless one has matched."""
        if self.needs_all:
            self.seen.add_skimmed(self._event_filter, events)

    def take(self, records: Iterable[Record]) -> list[Record]:
        """Take the next records. Return those that match, and earlier ones that turn out to match by them.

        The pieces of a paragraph match, all of them, if its text does. A malformed line matches, unless the filter has
        a condition on its event.
        """
        if self._matches_all:
            return list(records)
        found: list[Record] = []
        for record in records:
            if self.passes(record):
                if self._text is None:
                    found.append(record)
                else:
                    self._find(record, self._text, found)
        if self._text is not None:
            found += self._text.search()
            del self._text.starts[:-_MAX_STARTS]
        self.seen.has_match = self.seen.has_match or bool(found)
        return found

    def take_starts(self, records: Iterable[Record]) -> list[Record]:
        """Take the next records. Return the first one of each match that is new: a paragraph is one match."""
        found = self.take(records)
        if self._text is None:
            return found
        starts, self._text.starts = self._text.starts, []
        starts += [record for record in found if record.type not in PIECE_TYPES]
        return sorted(starts, key=lambda record: record.line.offset)

    @property
    def first_undecided(self) -> Record | None:
        """The first record that was taken and may still turn out to match."""
        return self._text.first_undecided if self._text is not None else None

    @property
    def needs_context(self) -> bool:
        """Whether records that precede those to be matched can change what matches."""
        return self._text is not None or self._trouble is not None

    def observe(self, records: Iterable[Record]) -> None:
        """Take records that precede the first one that may be shown."""
        if self._text is not None:
            has_match = self.seen.has_match
            self.take(records)
            self._text.starts, self.seen.has_match = [], has_match
            return
        for record in records:
            self._observe(record)
            self.seen.add_time(record)

    def fork(self) -> "EventMatcher":
        """Return a matcher for another part of the same run, which knows the same subagents."""
        matcher = EventMatcher(self._event_filter, stall_after_s=self._stall_after_s)
        matcher._subagents = self._subagents
        return matcher

    def exhausted(self, now: float | None = None) -> bool:
        """Return whether no later event can pass: one was later than `until`, or `now` (seconds since 1970) is."""
        until = self._event_filter.until
        return until is not None and (self._is_late or (now is not None and now > until + _CLOCK_SKEW_S))

    def _find(self, record: Record, text: MessageText, found: list[Record]) -> None:
        """Add to `found` what matches by a record that passes all other conditions."""
        event, pattern = record.event, self._event_filter.grep
        if event is None or pattern is None:
            return
        if event.type in PIECE_TYPES:
            found += text.add(record, event)
            return
        found += text.end(event)
        if not pattern.may_match(event.line.data):
            return
        own = event.data if event.type != "message" or not text.has_found(event) else {**event.data, "text": ""}
        if any(pattern.search(part) for part in texts(own)):
            found += text.search()  # what was said before comes before
            found.append(record)

    def _may_match(self, line: Line | Oversize) -> bool:
        """Return whether a text of a line may match, as far as its bytes tell; a piece may match with others.

        A `message` ends its pieces.
        """
        if self._prefilter is None or isinstance(line, Oversize) or (self._text and self._text.has_unnamed):
            return True
        data = line.data
        thought, thinking, message = _TEXT_TYPES  # named one by one, as each line of a run comes by here
        return thought in data or thinking in data or message in data or self._prefilter.may_match(data)

    def _observe(self, record: Record) -> bool:
        """Remember the names of a subagent. Return whether the record is trouble, if only that is wanted."""
        if self._event_filter.agent is not None and record.type == "subagent_start" and (event := record.event):
            names = (event.text("agent_type"), event.text("description"), event.text("id"))
            self._subagents[event.text("tool_use_id")] = tuple(name.lower() for name in names if name)
            self.seen.add_agent(names[:2], (names[2], event.text("tool_use_id")))
        if self._trouble is None or (event := record.event) is None:
            return True
        is_trouble, record.stalled_s = self._trouble.take(event)
        return is_trouble

    def _meets(self, event: Event) -> bool:
        event_filter = self._event_filter
        return (
            (not event_filter.iterations or event.iteration in event_filter.iterations)
            and (not self._tools or event.text("name").lower() in self._tools)
            and (
                not event_filter.statuses or bool({event.text("status"), event.text("outcome")} & event_filter.statuses)
            )
            and (event_filter.agent is None or self._is_from(event, event_filter.agent))
            and self._in_time(event)
            and (event_filter.from_seq is None or event.seq is None or event.seq >= event_filter.from_seq)
            and (event_filter.where is None or event_filter.where([event.line.data])[0])
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


def _is_of_subagent(event: Skimmed) -> bool:
    """Return whether an event comes from a subagent, or reports its start, progress or end."""
    return event.parent is not None or event.type.startswith("subagent_")
