"""Decides what counts as trouble: the one predicate for `--errors`, for the colours of views, and for reports. Pure.

An event is trouble by itself (`is_trouble`), or as the end of a silence or a standstill, which only its predecessors
tell (`TroubleFinder`).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from observer.format.event import Event, Record, events_of
from observer.format.fields import Fields
from observer.format.timestamps import parse_timestamp
from observer.runs.state.conversation import describe_stop, failed_servers
from observer.runs.state.in_flight import running_tools
from observer.runs.state.state import MISSED_BEATS, STALL_AFTER_S, USUAL_HEARTBEAT_S

ALARMING = frozenset({"stuck", "crashed", "unsafe", "backoff", "rate_limited", "missing"})
"""Kinds of `info` events that report trouble."""
GOOD_STATUSES = frozenset({"", "success", "completed"})
"""Statuses of results and subagents; a writer that states none has not reported a failure."""
_BOUNDS = frozenset({"run_start", "heartbeat", "complete"})
SAME_TEN_S, _TEN_S = len("2026-11-23T01:12:3"), 10.0
"""Timestamps that are equal so far are less than ten seconds apart, and need not be parsed."""
ASKING = "waiting_on_human"
"""The state in a heartbeat of a run that waits for a person."""


def is_trouble(event: Event, *, stall_after_s: float = STALL_AFTER_S) -> bool:
    """Return whether an event reports that something went wrong, or that the run waits for a person.

    >>> from observer.format.lines import Line
    >>> is_trouble(Event(Line(b"", 0), "tool_result", {"status": "error"}))
    True
    """
    match event.type:
        case "tool_use":
            return False
        case "thought" | "thinking":
            return bool(event.text("replaces"))
        case "error" | "api_retry":
            return True
        case "tool_result" | "subagent_complete":
            return event.text("status") not in GOOD_STATUSES
        case "rate_limit":
            return event.text("status") not in {"", "allowed"}
        case "complete":
            return event.text("outcome") != "success" or bool(blocked_items(event))
        case "session_end":
            return event.text("outcome") != "success"
        case "message":
            return bool(describe_stop(event))
        case "session_start":
            return bool(failed_servers(event))
        case "info":
            return event.text("kind") in ALARMING
        case "progress":
            return _has_failing_feature(event)
        case "heartbeat":
            return is_asking(event) or is_standstill(event, stall_after_s)
    return False


def without_torn_text(record: Record) -> Record:
    """Return a piece that repeats an interrupted message without its text, and any other record as it is.

    The piece alone is trouble, not those that continue it: its text would be torn off.
    """
    if record.type not in {"thought", "thinking"} or (event := record.event) is None or not event.text("replaces"):
        return record
    return Record(record.line, replace(event, data={**event.data, "text": ""}), stalled_s=record.stalled_s)


def blocked_items(event: Event) -> list[Fields]:
    """Return the blocked calls that a `complete` lists: what names a command, a tool or a call; a text is a command."""
    items = [Fields({"command": item} if isinstance(item, str) else item) for item in event.values("blocked")
             if isinstance(item, str | dict)]  # fmt: skip
    return [item for item in items if any(item.words(key) for key in ("command", "name", "tool_use_id"))]


def is_asking(event: Event) -> bool:
    """Return whether a heartbeat says that the run waits for a person."""
    return event.type == "heartbeat" and event.text("state") == ASKING


def is_standstill(event: Event, stall_after_s: float = STALL_AFTER_S) -> bool:
    """Return whether a heartbeat says that nothing has happened for long, and the run waits for nothing known."""
    idle = event.number("idle_s")
    if idle is None or idle <= stall_after_s:
        return False
    waits = event.text("until") or event.text("state") in {ASKING, "rate_limited"}
    return not waits and not running_tools(event)


def _has_failing_feature(event: Event) -> bool:
    """Return whether a feature that passed fails now."""
    return any(not feature.flag("passes") for feature in event.items("changed"))


class TroubleFinder:
    """Takes the events of a run in order, and finds the trouble among them.

    Heartbeats that repeat that the run stands still or waits for a person are trouble only once.
    """

    def __init__(self, stall_after_s: float = STALL_AFTER_S) -> None:
        self.stall_after_s = stall_after_s
        self.heartbeat_s: float | None = None
        """Seconds between heartbeats, None while nothing is known of them."""
        self._last_stamp = self._same_ten_s = ""
        self._standing_s: float | None = None
        """Seconds without progress at the last event, if that was a heartbeat of a run that stood still."""
        self._is_asking = False

    @property
    def looks_at_all(self) -> bool:
        """Whether less than ten seconds between two events may be a silence."""
        return self.heartbeat_s is not None and self.heartbeat_s * MISSED_BEATS <= _TEN_S

    def take(self, event: Event) -> tuple[bool, float | None]:
        """Return whether an event is trouble, and how many seconds of stall it ends, None if it ends none."""
        kind, stamp, stood_s = event.type, event.timestamp, self._standing_s
        silent_s = None
        if kind in _BOUNDS or stamp is None or stamp[:SAME_TEN_S] != self._same_ten_s:
            silent_s = self._silence(event)
        else:
            self._last_stamp = stamp
        if kind != "heartbeat":
            self._standing_s, self._is_asking = None, False
            stalled_s = stood_s if silent_s is None else silent_s
            return stalled_s is not None or is_trouble(event), stalled_s
        stands, asked = is_standstill(event, self.stall_after_s), self._is_asking
        self._standing_s = event.number("idle_s") if stands else None
        self._is_asking = is_asking(event)
        stalled_s = silent_s if silent_s is not None or stands else stood_s
        is_news = (stands and stood_s is None) or (self._is_asking and not asked)
        return is_news or stalled_s is not None, stalled_s

    def mark_stalls(self, records: Sequence[Record]) -> None:
        """Take the events of records, and note on each how long a stall it ends. Other trouble is not looked for."""
        for record, event in zip(records, events_of(records), strict=True):
            if event is None:
                continue
            stamp = event.timestamp
            if (
                self._standing_s is None
                and stamp is not None
                and stamp[:SAME_TEN_S] == self._same_ten_s
                and event.type not in _BOUNDS
            ):
                self._last_stamp, self._is_asking = stamp, False
            else:
                record.stalled_s = self.take(event)[1]

    def observe(self, event: Event) -> None:
        """Take an event that need not directly precede the next one: only what it says of heartbeats counts."""
        if event.type in _BOUNDS:
            self._bound(event)

    def _silence(self, event: Event) -> float | None:
        """Return the seconds since the last event if heartbeats are missing between them."""
        beat_s, last, stamp = self.heartbeat_s, self._last_stamp, event.timestamp or self._last_stamp
        self._last_stamp = stamp
        if event.type in _BOUNDS:
            self._bound(event)
        self._same_ten_s = stamp[:SAME_TEN_S] if not self.looks_at_all else ""
        now, before = parse_timestamp(stamp), parse_timestamp(last)
        if not beat_s or now is None or before is None or event.type == "run_start":
            return None
        return now - before if now - before > MISSED_BEATS * beat_s else None

    def _bound(self, event: Event) -> None:
        """Take an event that says how often heartbeats come, or that none are to be expected."""
        if event.type == "run_start":
            self.heartbeat_s = event.number("heartbeat_s")
        elif event.type == "heartbeat":
            self.heartbeat_s = self.heartbeat_s or USUAL_HEARTBEAT_S
        else:
            self._last_stamp = ""
