"""Finds one event of a run by its number, with the call or the result that belongs to it. Blocking."""

from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from observer.errors import UnreadableError, UsageError
from observer.format.event import Event, Record
from observer.format.json import encode
from observer.format.line import Line
from observer.format.lines import Block
from observer.source.output_files import read_output
from observer.source.seek import StartPosition, find_offset
from observer.source.snapshot import Snapshot

_ID_FIELDS = {"tool_use": "id", "tool_result": "tool_use_id"}
"""Calls and their results, and the field by which they belong together."""


class FoundEvent(Struct, frozen=True):
    """An event, the first line of its run, and the call or the result that belongs to it; None if there is none.

    `problem` says why an output that is in a file of its own could not be read; empty if it is in the result.
    """

    record: Record
    start: Record | None
    call: Record | None
    result: Record | None
    problem: str = ""


def find_event(snapshot: Snapshot, number: int) -> FoundEvent:
    """Return the event with a `seq`, and of a call or a result both, the result with its whole output.

    Raises UsageError if the run has no such event.
    """
    record = _numbered(snapshot, number)
    if record is None or record.event is None:
        raise UsageError(f"{snapshot.display_name}: no event {number} (observe tail -o json prints the numbers as seq)")
    event = record.event
    start = next(_events(snapshot, b'"run_start"', lambda one: one.type == "run_start"), None)
    if not (id_ := event.text(_ID_FIELDS.get(event.type, ""))):
        return FoundEvent(record, start, None, None)
    other = "tool_result" if event.type == "tool_use" else "tool_use"
    needle = encode(id_)[1:-1]
    pair = next(_events(snapshot, needle, lambda one: one.type == other and one.text(_ID_FIELDS[other]) == id_), None)
    call, result = (record, pair) if event.type == "tool_use" else (pair, record)
    if result is None:
        return FoundEvent(record, start, call, None)
    complete, problem = with_output(result, snapshot.outputs)
    return FoundEvent(record, start, call, complete, problem)


def _numbered(snapshot: Snapshot, number: int) -> Record | None:
    offset = find_offset(StartPosition(seq=number), snapshot.read, snapshot.size, finished=True)
    for lines in snapshot.lines(offset):
        for line in lines:
            record = Record(line)
            if record.event is not None and record.event.seq is not None:
                return record if record.event.seq == number else None
    return None


def _events(snapshot: Snapshot, needle: bytes, is_it: Callable[[Event], bool]) -> Iterator[Record]:
    """Yield the events that are the ones looked for; a line of one holds the `needle`."""
    for block in snapshot.blocks():
        if isinstance(block, Block) and needle not in block.data:
            continue
        for line in block.lines() if isinstance(block, Block) else block:
            if isinstance(line, Line) and needle in line.data:
                record = Record(line)
                if record.event is not None and is_it(record.event):
                    yield record


def with_output(record: Record, directory: Path) -> tuple[Record, str]:
    """Return a result with the whole output from its file, which is below `directory`, or why that cannot be read."""
    event = record.event
    named = event.text("output_file") if event is not None and event.type == "tool_result" else ""
    if event is None or not named:
        return record, ""
    try:
        output = read_output(directory, named)
    except UnreadableError as error:
        return record, str(error)
    complete = replace(event, data=event.data | {"output": output, "output_file": None})
    return Record(record.line, complete, event.type), ""
