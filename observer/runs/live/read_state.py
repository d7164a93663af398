"""Reads the state of a run from the first and the last lines of its file: it takes no longer for a long run."""

from collections.abc import Iterable

from observer.format.event import Event, Record
from observer.format.foreign_encoding import HEAD_BYTES
from observer.format.line import Line
from observer.format.strip_content import event_without_content
from observer.runs.state.no_event import why_no_event
from observer.runs.state.state import RunState
from observer.source.line_reader import Read, context_lines, first_line

COMPLETE_BYTES = 2048
"""Bytes at the end of a file that nearly always hold the last line of a run that has ended."""
HEARTBEAT_BYTES = 128 * 1024
"""Bytes at the end of a file that nearly always hold a heartbeat of an active run."""


def read_state(read: Read, size: int, *, content: bool = True) -> RunState:
    """Return the state of a run from the first line of its file and the last ones before `size`.

    Without `content` it holds no text of the run.
    """
    decode = _event if content else _stripped_event
    line = first_line(read)
    first = decode(line) if line is not None else None
    lines_before = read(line.offset, 0).count(b"\n") if first is not None and line is not None and line.offset else 0
    ending = read(min(COMPLETE_BYTES, size), max(0, size - COMPLETE_BYTES)).rstrip(b"\n")  # its newline may be missing
    last = decode(Line(ending[ending.rfind(b"\n") + 1 :], size - len(ending)))
    if last is not None and last.type == "complete" and last.number("duration_ms") is not None:
        return _fold([first, last], lines_before)
    lines = context_lines(read, size, HEARTBEAT_BYTES)
    events = [decode(line) for line in [*lines, *_unended(read, size)]]
    includes_first = line is None or (lines and lines[0].offset <= line.offset)
    if not includes_first:
        events = [first, *events]
    elif first is None:
        lines_before = next((number for number, event in enumerate(events) if event is not None), 0)
    if not any(events):
        return RunState(unread=why_no_event(read(min(HEAD_BYTES, size), 0)))
    return _fold(events, lines_before)


def _unended(read: Read, size: int) -> list[Line]:
    """Return the last line if only its newline is missing: it is an event as soon as it can be read as one."""
    begin = max(0, size - HEARTBEAT_BYTES)
    end = read(size - begin, begin)
    start = end.rfind(b"\n") + 1
    return [Line(end[start:], begin + start)] if end[start:].rstrip().endswith(b"}") else []


def _event(line: Line) -> Event | None:
    return Record(line).event


def _stripped_event(line: Line) -> Event | None:
    event = event_without_content(Record(line))
    if event is not None:
        for field in ("about", "project_dir"):  # their sizes are of no interest
            event.data.pop(field, None)
    return event


def _fold(events: Iterable[Event | None], lines_before: int) -> RunState:
    """Return the state after events; before the first one are `lines_before` lines that hold none."""
    state = RunState()
    for event in events:
        if event is not None:
            state.begin(event.type, event.seq, lines_before)
            state.apply(event)
    return state
