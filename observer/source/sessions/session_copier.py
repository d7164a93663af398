"""Copies one session of another program into a run file, as it grows."""

import time
from array import array
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from socket import gethostname

from observer.dialects import event_data
from observer.dialects.costs import CostMeter
from observer.dialects.dialect import Dialect, ForeignEvent
from observer.dialects.drift import Drift
from observer.dialects.envelope import Envelope, Writer, run_name
from observer.dialects.prices import Prices
from observer.dialects.records import TOO_LONG
from observer.source.file_change import FileStamp, stamp_at
from observer.source.file_reader import FileReader
from observer.source.sessions.process import NOT_KNOWN, Heartbeats, Process, ProcessOf
from observer.source.sessions.run_copy import RunCopy
from observer.source.sessions.session_files import SessionFiles, SessionLine
from observer.source.sessions.whole_outputs import with_whole_output

_QUIET_AFTER_S = 3600.0
"""Seconds after which a session without a known process is checked again only if its file changes."""
_BATCH = 512
"""Lines whose events are written at once."""


class SessionCopier:
    """Converts what is new in a session's files and appends it to `copy`. Blocking.

    While its process is alive, the copy is locked and has heartbeats. Once it is not, the copy ends as the session
    does: with a `complete` event if its last turn has ended, without one if the process died in the middle of it.

    Of files that are an excerpt, the copy has at least `last` events behind what is left out, or all. Files that
    `stay_open` are not closed while nothing is expected to be written to them. Unless the copy `grows`, or while the
    process may be alive, a half written last line is one that was torn.

    A copy that `is_repeatable` has no heartbeats, no lock and nothing else of its process, and it ends only once that
    is dead, or has been silent for an hour: what is said of a session's files does not depend on when they are read.
    """

    def __init__(
        self, files: SessionFiles, dialect: Dialect, copy: RunCopy, session: str, process_of: ProcessOf, prices: Prices,
        *, last: int = 0, stay_open: bool = False, grows: bool = True, is_repeatable: bool = False,
    ) -> None:  # fmt: skip
        self._last = last
        self._stay_open = stay_open
        self._grows = grows
        self._is_repeatable = is_repeatable
        self._prices = prices
        self._files = files
        self._dialect = dialect
        self._copy = copy
        self._session = session
        self._process_of = process_of
        self._begin()

    def _begin(self) -> None:
        self._converter = self._dialect.converter()
        self._drift = Drift()
        self._costs = CostMeter(self._prices)
        self._envelope = Envelope(self._dialect.program, str(self._files.path), run_name(self._session))
        self._heartbeats = Heartbeats()
        self._process = NOT_KNOWN
        self.stamp: FileStamp | None = None
        """Which content of the session's own file has been copied."""
        self._is_begun = self._has_ended = self._is_catching_up = self._is_seen = self._was_over = False
        self._count = 0
        self._line_numbers = array("L")
        """For each line of the copy the number of the line in the session's own file, 0 if it is from none."""

    def update(self) -> None:
        """Copy everything that is new. Raises CopyError if that cannot be written, OSError if it cannot be read."""
        process = self._process_of(self._files.path)  # first, so that what it wrote last is read
        stamp = stamp_at(self._files.path)
        if self._is_quiet(process) and stamp == self.stamp and (self._was_over or not self._is_repeatable):
            return
        self._is_catching_up, self.stamp = self.stamp is None, stamp
        was_alive, self._process, arrived = self._process.alive, process, self._files.modified()
        is_shown_alive = process.alive and not self._is_repeatable
        if is_shown_alive and not was_alive:
            self._copy.hold_lock()
        is_enough = self._read(arrived) or not self._is_catching_up
        if self._files.was_rewritten() or not is_enough:
            self._start_over()
        elif is_shown_alive:
            self._is_catching_up = False  # a heartbeat is of this moment
            if self._is_begun:  # it is not the first line: what the run is about is not known before its first event
                self._write(self._heartbeats.due(process), time.time())
        else:
            self._end(arrived)
            if not self._stay_open:
                self._files.park()
            self._copy.rest(arrived)

    def _read(self, arrived: float) -> bool:
        """Copy the new lines; return whether an excerpt had as many events as are wanted."""
        lines = self._files.read()
        while batch := list(islice(lines, _BATCH)):
            pairs = [(event, _number_for(event, line)) for line in batch for event in self._events_of(line)]
            self._write([event for event, _ in pairs], arrived, [number for _, number in pairs])
        if self._is_begun:
            unread = self._files.take_unread()
            self._write([ForeignEvent("info", event_data.info(text, "warning")) for text in unread], arrived)
        return not self._files.is_excerpt() or self._count >= self._last

    def _events_of(self, line: SessionLine) -> list[ForeignEvent]:
        if line.follows_gap:
            self._converter.skip()
            self._costs.skip()
            self._count = 0
        events = self._converter.feed(line.data, line.origin)
        self._count += len(events)
        return events

    @property
    def is_final(self) -> bool:
        """Whether the copy says all that the session's files tell: its process is not known to be alive."""
        return not self._process.alive

    def _is_quiet(self, process: Process) -> bool:
        """Return whether nothing changes unless the session's own file does; its subagents write others."""
        return not process.alive and not self._process.alive and self._is_over(process)

    def _is_over(self, process: Process) -> bool:
        """Return whether a process is dead, or nothing is known of it and it has been silent for long."""
        is_old = time.time() - self._files.modified() > _QUIET_AFTER_S
        return process.alive is False or (process.alive is None and is_old)

    def directories(self) -> list[Path]:
        """Return the directories in which the session's files are."""
        return self._files.directories()

    def open_files(self) -> list[FileReader]:
        """Return what reads the session's files that are open."""
        return self._files.open_files()

    def close(self) -> None:
        """Close all files."""
        self._files.close()
        self._copy.close()

    def _end(self, arrived: float) -> None:
        if self._has_ended or (self._is_repeatable and not self._is_over(self._process)):
            return
        self._was_over = True
        if not self._grows or self._process.alive is False:
            torn = [event for line in self._files.take_torn() for event in self._events_of(line)]
            self._write([*torn, *self._converter.flush()], arrived)
        if too_long := self._files.too_long():
            self._converter.unknown[TOO_LONG] = too_long
        end = self._converter.end()
        self._write(self._drift.report(self._converter.unknown, end), arrived)
        self._has_ended = bool(end)

    def line_in_session(self, number: int) -> int:
        """Return the number of the line in the session's own file from which a line of the copy is, 0 if from none."""
        return self._line_numbers[number - 1] if 0 < number <= len(self._line_numbers) else 0

    def _write(self, events: list[ForeignEvent], arrived: float, numbers: Sequence[int] = ()) -> None:
        if not events:
            return
        is_seen = self._process.alive is not None and not self._is_repeatable
        writer = Writer(is_seen, gethostname() if is_seen else None)
        if self._has_ended or (self._is_begun and is_seen and not self._is_seen):  # it is known only now that it lives
            self._has_ended = False
            resumed = {"message": "the session was resumed", "kind": "resumed", **writer.fields}
            events = [ForeignEvent("info", resumed), *events]
        self._is_begun, self._is_seen = True, is_seen or self._is_seen
        events = [with_whole_output(event, self._files.path) for event in events]
        self._heartbeats.take(events)
        events = self._costs.price(events)
        is_old = self._is_catching_up or self._is_repeatable
        lines = self._envelope.lines(events, arrived=arrived, writer=writer, is_old=is_old)
        self._line_numbers.extend([0] * (lines.count(b"\n") - len(numbers)))  # of what was put before the events
        self._line_numbers.extend(numbers)
        self._copy.append(lines)

    def _start_over(self) -> None:
        """Convert the session again, all of it: a file was replaced or truncated, or an excerpt is not enough."""
        self._files = self._files.reopen()
        self._copy.start_over()
        self._begin()
        self.update()


def _number_for(event: ForeignEvent, line: SessionLine) -> int:
    """Return the number of the line in the session's own file from which an event is; 0 if it is a subagent's."""
    return line.number if not line.origin and event.parent is None else 0
