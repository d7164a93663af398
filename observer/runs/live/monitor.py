"""Keeps the state of one live run up to date from the items of its source, and returns its current status."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from observer.format.event import Event, Record, keys_of
from observer.format.foreign_encoding import HEAD_BYTES
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock
from observer.format.strip_content import event_without_content
from observer.platform.process_info import host_name
from observer.runs.filters.decisive_lines import DecisiveLines
from observer.runs.live.liveness import is_writer_alive
from observer.runs.state.no_event import why_no_event
from observer.runs.state.state import ENDING_TYPES, STALL_AFTER_S, RunState
from observer.runs.state.verdict import Status, Verdict
from observer.source.items import RESET_NOTICES, ContextLines, Idle, Item, Lines, Notice, NoticeKind, PartialLine

_LASTING_TYPES = ENDING_TYPES | {"session_start", "session_end", "todo", "progress", "rate_limit", "info"}
"""Types of events whose effect on the state lasts; what others say is repeated soon, or over."""


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
        alive = is_writer_alive(state, silent_s, hostname=host_name(), locked=locked)
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
        self._decisive: DecisiveLines | None = None
        self._last_block: LineBlock | None = None
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
        """Take an item as `take` does, except that the caller must `apply` its lines.

        A caller that decodes them anyway does so first, so that `apply` need not decode them again.
        """
        self._take_last_block()
        match item:
            case Lines(lines):
                self._arrive()
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

    @property
    def takes_blocks(self) -> bool:
        """Whether `take_block` may be called: the file has begun, and no line was taken before it was complete."""
        return self._begun and self._partial is None

    def take_block(self, block: LineBlock) -> None:
        """Take many lines of which only those count that decide whether the run has ended, or that last long.

        What else is going on, such as calls in flight, is known from the last block. So a run of any size is read at
        the pace of reading.
        """
        self._arrive()
        if self._decisive is None:
            self._decisive = DecisiveLines(ENDING_TYPES if self._ending_only else _LASTING_TYPES)
        self._pass_over()
        self.caught_up, self._last_block = False, block

    def take_shown(self, records: list[Record]) -> None:
        """Take some lines of a block, which were decoded to be shown."""
        self._arrive()
        self._take_last_block()
        self.caught_up = False
        self.apply(records)

    def _pass_over(self) -> None:
        """Add what lasts of the last block to the state."""
        block, self._last_block = self._last_block, None
        if block is None or self._decisive is None:
            return
        decisive = self._decisive.find(block)
        if decisive or (self._ending_only and self.state.outcome is not None):
            self.apply(map(Record, block if self._ending_only else decisive))

    def _take_last_block(self) -> None:
        """Add all of the last block to the state."""
        if self._ending_only:
            self._pass_over()
        block, self._last_block = self._last_block, None
        if block is not None:
            self.apply(map(Record, block))

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
        self._take_last_block()
        locked = self._locked if self.caught_up else True
        return current_status(
            self.state, self.silent_s, locked=locked, stall_after_s=self._stall_after_s, is_final=self._is_final
        )

    def observed(self) -> ObservedRun:
        """Return the state and the status at this moment; the state continues to change."""
        self._take_last_block()
        return ObservedRun(self.state, self.status(), self.silent_s)

    def _arrive(self) -> None:
        self.is_unreadable, self._arrived = False, self._clock()

    def _complete(self, lines: Sequence[Line | Oversize]) -> list[Record]:
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
