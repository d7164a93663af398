"""Quotes the last events of a run, for a report of one that did not succeed: one line each. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import parse_timestamp
from observer.format.zone import UNKNOWN, UTC, Zone
from observer.runs.filters.filter import LIVENESS_TYPES, PIECE_TYPES
from observer.runs.one_run.run import Run
from observer.runs.words.describe import describe
from observer.runs.words.words import Words

COUNT = 10
_LOOKED_AT = 2000
"""Events at the end of a run among which the last ones are looked for: a text may have hundreds of pieces."""
_MAX_TEXT = 300
"""Characters of a text, of which the end is kept."""


class _Quoted(Struct):
    """An event to quote; `text` is the end of the text of which it is the last piece."""

    event: Event
    text: str | None


def last_events(run: Run, zone: Zone = UTC) -> list[str]:
    """Return the last events that a person would read, with the time of each; the pieces of a text are one.

    They hold text of the run that is not sanitized.
    """
    quoted: list[_Quoted] = []
    for event in reversed(run.events[-_LOOKED_AT:]):
        if event.type in LIVENESS_TYPES:
            continue
        if quoted and _same_text(event, quoted[-1]):
            quoted[-1].text = (event.words("text") + (quoted[-1].text or ""))[-_MAX_TEXT:]
            continue
        if len(quoted) == COUNT:
            break
        quoted.append(_Quoted(event, event.words("text")[-_MAX_TEXT:] if event.type in PIECE_TYPES else None))
    return [_line(one, zone) for one in reversed(quoted)]


def _same_text(event: Event, after: _Quoted) -> bool:
    """Return whether an event is a piece of the same text as the one after it."""
    return (
        event.type in PIECE_TYPES
        and (event.type, event.parent) == (after.event.type, after.event.parent)
        and event.text("message") == after.event.text("message")
    )


def _line(quoted: _Quoted, zone: Zone) -> str:
    event = quoted.event
    time = zone.date_time(parse_timestamp(event.timestamp)) or UNKNOWN
    text = _in_words(event, zone) if quoted.text is None else quoted.text
    return f"{time} {event.type or 'event'}: {text}"


def _in_words(event: Event, zone: Zone) -> str:
    """Return an event on one line, without the time that stands before it, and with why a session ended."""
    words = describe(event, zone=zone)
    time = zone.date_time(parse_timestamp(event.timestamp))
    why = words.details[:1] if event.type == "session_end" else ()
    facts = tuple(fact.partition("\n")[0] for fact in (*words.facts, *why) if fact != time)
    return Words(words.title, words.text, facts).line()
