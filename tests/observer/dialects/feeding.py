"""Feeds dialects with lines, and holds what comes out against the format of run files."""

import json
from collections.abc import Iterable
from typing import Any

from agent.schema import schema_text
from observer.dialects.dialect import Converter, ForeignEvent
from observer.format.json import encode
from observer.format.line import Line
from observer.format.schema import Schema
from observer.runs.validation.validator import Validator

SCHEMA = Schema(schema_text())
START = "2026-11-23T01:12:30.000000Z"


def line(record: dict[str, Any]) -> bytes:
    """Return a record as the line of a file."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def feed(converter: Converter, records: Iterable[dict[str, Any]], origin: str = "") -> list[ForeignEvent]:
    """Return the events of these records."""
    return [event for record in records for event in converter.feed(line(record), origin)]


def of_type(events: Iterable[ForeignEvent], *kinds: str) -> list[dict[str, Any]]:
    """Return the data of the events of some types."""
    return [event.data for event in events if event.type in kinds]


def kinds(events: Iterable[ForeignEvent]) -> list[str]:
    """Return the types of events."""
    return [event.type for event in events]


def problems(events: Iterable[ForeignEvent]) -> list[str]:
    """Return what is wrong with a run file of these events, none of which may be of an unknown type."""
    validator = Validator(SCHEMA, strict=True, incomplete=True)
    found, offset, stamp = [], 0, START
    for seq, event in enumerate(events, 1):
        stamp = max(stamp, event.timestamp or stamp)
        envelope = {"seq": seq, "timestamp": stamp, "run": "r", "type": event.type, "phase": "single", "iteration": 1}
        data = encode({**envelope, "parent": event.parent, "data": event.data})
        found += [str(finding) for finding in validator.take(Line(data, offset))]
        offset += len(data) + 1
    return found + [str(finding) for finding in validator.end(offset) if offset]
