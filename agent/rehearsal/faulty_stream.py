"""The events of a stream with the fault of the script in it. Pure."""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from agent.rehearsal.answer import Json
from agent.rehearsal.faults import Cut, End, ErrorEvent, Fault, Insert, Omit, Stall, StreamFault
from agent.rehearsal.sse import PING, RawEvent, StreamEvent

_DELTA_KEYS = ("text", "thinking", "partial_json")

Event = StreamEvent | RawEvent


def faulty_stream(events: list[StreamEvent], fault: Fault | None) -> Iterator[Event]:
    """Yield `events` as they are sent with `fault`. After a `Cut` or an `End` nothing follows."""
    match fault:
        case Omit(event=name):
            yield from (event for event in events if event.type != name)
        case StreamFault():
            before, after = split_at_fault(events, fault)
            yield from before
            yield from _from_fault_on(after, fault)
        case _:
            yield from events


def split_at_fault(events: list[StreamEvent], fault: StreamFault) -> tuple[list[StreamEvent], list[StreamEvent]]:
    """Return the events before and after `fault`, which occurs before the end of the message at the latest, unless
    `before` names a later event."""
    if fault.before is not None:
        types = [event.type for event in events]
        index = types.index(fault.before if fault.before in types else "message_delta")
        return events[:index], events[index:]
    chars_left, blocks_left = fault.after_chars or 0, fault.after_blocks
    for index, event in enumerate(events):
        if event.type == "message_delta" or blocks_left == 0:
            return events[:index], events[index:]
        if blocks_left is not None:
            blocks_left -= event.type == "content_block_stop"
            continue
        length = len(_delta_text(event))
        if length > chars_left:
            first, second = _split_delta(event, chars_left)
            return [*events[:index], *first], [second, *events[index + 1 :]]
        chars_left -= length
    return events, []


def _from_fault_on(after: list[StreamEvent], fault: StreamFault) -> Iterator[Event]:
    match fault:
        case Stall(silence_s=silence_s, ping_s=ping_s) if ping_s is not None:
            yield from _pings(silence_s, ping_s)
            yield from after
        case Stall(silence_s=silence_s):
            yield replace(after[0], delay_s=after[0].delay_s + silence_s)
            yield from after[1:]
        case ErrorEvent(error=error, message=message):
            yield StreamEvent({"type": "error", "error": {"type": error, "message": message}})
        case Insert(event=name, data=data):
            yield RawEvent(name, data)
            yield from after
        case Cut() | End():
            return


def _pings(seconds: float, interval_s: float) -> Iterable[StreamEvent]:
    """Return the pings of a pause of `seconds`, which may be infinite."""
    ping = replace(PING, delay_s=interval_s)
    return itertools.repeat(ping) if math.isinf(seconds) else itertools.repeat(ping, int(seconds / interval_s))


def _delta_text(event: StreamEvent) -> str:
    delta: Json = event.data.get("delta", {})
    return next((delta[key] for key in _DELTA_KEYS if key in delta), "")


def _split_delta(event: StreamEvent, chars: int) -> tuple[list[StreamEvent], StreamEvent]:
    """Split a delta after `chars` characters; without a first part when that is 0."""
    if chars == 0:
        return [], event
    delta = event.data["delta"]
    key = next(key for key in _DELTA_KEYS if key in delta)
    first = {**event.data, "delta": {**delta, key: delta[key][:chars]}}
    second = {**event.data, "delta": {**delta, key: delta[key][chars:]}}
    return [StreamEvent(first, event.delay_s)], StreamEvent(second)
