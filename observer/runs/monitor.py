"""Keeps the state of one live run up to date from the items of its source, and returns its current status."""

import time
from collections.abc import Callable, Iterable, Iterator
from socket import gethostname

from msgspec import Struct

from observer.format.event import Event, Record, keys_of
from observer.format.foreign_encoding import HEAD_BYTES
from observer.format.lines import Line, Oversize
from observer.format.strip_content import event_without_content
from observer.runs.liveness import is_writer_alive
from observer.runs.no_event import why_no_event
from observer.runs.state import ENDING_TYPES, STALL_AFTER_S, RunState
from observer.runs.verdict import Status, Verdict
from observer.source.items import RESET_NOTICES, ContextLines, Idle, Item, Lines, Notice, NoticeKind, PartialLine


def current_status(
    state: RunState, silent_s: float, *, locked: bool | None, stall_after_s: float = STALL_AFTER_S,
    is_final: bool = False, damage: str = "",
) -> Status:  # fmt: skip
    """Return the status of a run as seen from this machine, `silent_s` seconds after its last event arrived here.

    `locked` says whether a writer holds the lock of its file, None if unknown. With `is_final` the file is compressed:
    it has no writer, so a run that has not ended in it is not at work. `damage` says what of it cannot be read.
    """
    alive = None
    if state.outcome is None:
        alive = is_writer_alive(state, silent_s, hostname=gethostname(), locked=locked)
    status = state.status_at(state.now_after(silent_s), writer_alive=alive, stall_after_s=stall_after_s)
    if not is_final or status.verdict.final or status.verdict is Verdict.UNKNOWN:
        return status
    reason = "is truncated" if "is truncated" in damage else "is damaged" if damage else "ends before the run does"
    return Status(Verdict.UNKNOWN, seconds=max(0.0, silent_s), missing=f"the compressed file {reason}")


class ObservedRun(Struct, frozen=True):
    """What is known of a run at a moment; its last event arrived `silent_s` seconds before."""

    state: RunState
    status: Status
    silent_s: float


class RunMonitor:
    """Takes the items of one run's source and keeps its state, whether its writer is alive, and its status.

    With `ending_only` the state holds only whether and how the run ended, which avoids decoding all other events.
    Without `content` it holds no text of the run. `clock` returns seconds since 1970.
    """

    def __init__(
        self,
        *,
        ending_only: bool = False,
        content: bool = True,
        stall_after_s: float = STALL_AFTER_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.state = RunState()
        self.caught_up = False
        """Whether everything that the file holds has been taken."""
        self._locked: bool | None = None
        self._arrived: float | None = None
        self._is_live = False  # whether what the file held at first has been taken: what comes now is being written
        self.is_unreadable = False
        """Whether the file, or the rest of it, could not be read when that was tried last."""
        self._is_final = False
        self._partial: Line | Oversize | None = None
        self._begun = False
        self._lines_before = 0  # lines without an event before the first one
        self._ending_only = ending_only
        self._content = content
        self._stall_after_s = stall_after_s
        self._clock = clock

    def take(self, item: Item) -> list[Record]:
        """Take the next item of the source and return its lines, except one already returned as a partial line."""
        records = self.records(item)
        self.apply(records)
        return records

    def records(self, item: Item) -> list[Record]:
        """Do the same as `take`, except that the caller must `apply` the lines.

        A caller that decodes them anyway does so first, so that `apply` need not decode them again.
        """
        match item:
            case Lines(lines):
                self.is_unreadable = False
                self._arrived = self._clock()
                return self._begin(self._complete(lines))
            case ContextLines(lines):
                return self._begin([Record(line) for line in lines])
            case PartialLine(line) if line != self._partial:
                self._partial = line
                return self._begin([Record(line)])
            case Notice(kind) if kind in RESET_NOTICES:
                self.state, self.caught_up, self._partial, self._begun = RunState(), False, None, False
                self._is_live, self._lines_before = False, 0
            case Notice(NoticeKind.UNREADABLE):
                self.is_unreadable = True
            case Notice(unread=str(reason)):
                self.state.unread = reason
            case Idle(locked, modified, is_final):
                self._is_final = is_final
                if not self._is_live and modified is not None:
                    self._arrived = modified
                self.caught_up, self._locked, self._is_live = True, locked, self._arrived is not None
        return []

    def apply(self, records: Iterable[Record]) -> None:
        """Add the events of these lines to the state."""
        for _ in self._events(records):
            pass

    def events(self, item: Item) -> Iterator[Event]:
        """Yield the events of the next item, each after adding it to the state; must be iterated to the end."""
        return self._events(self.records(item))

    @property
    def silent_s(self) -> float:
        """Seconds since the last event arrived; 0 while there are more to take.

        An event that was there at first arrived when the file was written. What its writer calls the time does not
        matter: its clock may be wrong.
        """
        return self._clock() - self._arrived if self.caught_up and self._arrived is not None else 0.0

    def status(self) -> Status:
        """Return the current status. A missing writer counts only once everything that it wrote has been taken."""
        locked = self._locked if self.caught_up else True
        return current_status(
            self.state, self.silent_s, locked=locked, stall_after_s=self._stall_after_s, is_final=self._is_final
        )

    def observed(self) -> ObservedRun:
        """Return the state and the status at this moment; the state goes on changing."""
        return ObservedRun(self.state, self.status(), self.silent_s)

    def _complete(self, lines: list[Line | Oversize]) -> list[Record]:
        if not lines:
            return []
        known = self._partial is not None and lines[0] == self._partial  # only its newline is new
        self._partial, self.caught_up = None, False
        return [Record(line) for line in (lines[1:] if known else lines)]

    def _begin(self, records: list[Record]) -> list[Record]:
        """Tell the state with which event the file begins, so that it can be said before the event is shown."""
        for record in () if self._begun else records:
            if isinstance(record.line, Line) and (keys := keys_of(record.line)) is not None:
                self._begun = True
                self.state.begin(record.type, keys.seq, self._lines_before)
                break
            self._lines_before += 1
        return records

    def _events(self, records: Iterable[Record]) -> Iterator[Event]:
        for record in records:
            if self._ending_only:
                kind = record.type
                if kind not in ENDING_TYPES and (not kind or self.state.outcome is None):
                    continue
            event = record.event if self._content else event_without_content(record)
            if event is not None:
                self.state.apply(event)
                yield event
            elif self.state.unread is None and isinstance(record.line, Line):
                self.state.unread = why_no_event(record.line.data[:HEAD_BYTES] + b"\n")
