"""Converts the rollouts of Codex: `~/.codex/sessions/YEAR/MONTH/DAY/rollout-*.jsonl`, of old and of new versions. Pure.

Each line has a timestamp, a type and a payload. The first versions wrote the payloads alone, without a time.
"""

import re
from collections import Counter

from observer.dialects.codex.codex_records import API_ITEMS, EVENTS, RECORDS, Reader, nothing
from observer.dialects.codex.codex_thread import Thread
from observer.dialects.codex.codex_usage import Usage
from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import utc_timestamp
from observer.dialects.records import NO_OBJECT, decode_record, is_blank
from observer.format.fields import Fields

_BOOKKEEPING = re.compile(
    rb'\{"timestamp":"[^"]{0,40}",(?:"ordinal":\d+,)?"type":"'
    rb'(?:world_state"|event_msg","payload":\{"type":"thread_settings_applied"'
    rb'|response_item","payload":\{"type":"(?:ghost_snapshot|message"[^{}]{0,80}"role":"developer)")'
)
"""How lines begin that say nothing of the run; they are long, and are not decoded."""
_CHANNELS = {"response_item": API_ITEMS, "event_msg": EVENTS}
_WITHIN_RUN = frozenset({"prompt", "thought", "thinking", "message", "todo", "tool_use", "tool_result",
                         "subagent_start", "subagent_complete", "api_retry", "compaction", "error"})  # fmt: skip
"""The events of a subagent's thread that become part of the run of the main one."""


class RolloutConverter:
    """Converts a session: its rollout, and those of its subagents, whose events have a call of it as their parent."""

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()
        self._callers: dict[str, str] = {}
        """The call that started each subagent, by the ID of its thread."""
        self._main = Thread(self._callers, self.unknown)
        self._children: dict[str, Thread] = {}
        self._held: dict[str, list[ForeignEvent]] = {}
        """The events of subagents whose call is not known yet."""
        self._is_ended = self._is_partial = False

    def skip(self) -> None:
        """Note that lines are left out here."""
        self._is_partial = True

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        """Return the events of the next line; `origin` is the path of a subagent's rollout, empty for the session's."""
        if _BOOKKEEPING.match(line) or is_blank(line):
            return []
        if (record := decode_record(line)) is None:
            self.unknown[NO_OBJECT] += 1
            return []
        self._is_ended = False
        if not origin:
            self._take(self._main, record)
            return [*self._main.opening.pass_on(self._main.fetch()), *self._release()]
        child = self._children.setdefault(origin, Thread(self._callers, self.unknown, is_main=False))
        self._take(child, record)
        self._held.setdefault(origin, []).extend(child.fetch())
        return self._release()

    def flush(self) -> list[ForeignEvent]:
        """Return nothing: the figures of what has not ended are not known."""
        return []

    def end(self) -> list[ForeignEvent]:
        """Return `complete` if the last turn has ended, and before it what was held; see `Converter`."""
        usages = [thread.messages.total for thread in (self._main, *self._children.values())]
        known = [usage for usage in usages if usage is not None and not self._is_partial]
        ending = None if self._is_ended else self._main.ending(sum(known, Usage()) if known else None)
        if ending is None:
            return []
        self._is_ended = True
        for origin, child in self._children.items():
            child.close()
            self._held[origin] += child.fetch()
        self._main.close()
        events = [*self._main.opening.pass_on(self._main.fetch()), *self._release()]
        self._main.emit("complete", ending)
        return [*events, *self._main.fetch()]

    def _take(self, thread: Thread, record: Fields) -> None:
        thread.arrive(utc_timestamp(record.value("timestamp")))
        kind, payload = record.text("type"), record.fields("payload")
        if payload is None:
            reader, name = _bare(record), kind
            payload = record
        elif kind in _CHANNELS:
            inner = payload.text("type") or ("message" if payload.text("role") else "")
            reader, name = _CHANNELS[kind].get(inner), f"{kind} {inner}"
        else:
            reader, name = RECORDS.get(kind), kind
        if reader is None:
            self.unknown[name or "no type"] += 1
        elif kind == "session_meta" or not thread.is_copied(payload):
            reader(thread, payload)

    def _release(self) -> list[ForeignEvent]:
        """Return the events of subagents whose call is known by now, if the run has begun."""
        released: list[ForeignEvent] = []
        for origin, events in self._held.items():
            caller = self._callers.get(self._children[origin].id)
            if events and caller is not None and self._main.opening.is_over:
                released += [
                    ForeignEvent(event.type, event.data, event.timestamp, caller)
                    for event in events
                    if event.type in _WITHIN_RUN
                ]
                events.clear()
        return released


def _bare(record: Fields) -> Reader | None:
    """Return the reader of a record without an envelope; the first one of a file has no type, but an ID."""
    if (reader := API_ITEMS.get(record.text("type"))) is not None:
        return reader
    if record.text("id") and not record.text("type"):
        return RECORDS["session_meta"]
    return nothing if "record_type" in record.data else None
