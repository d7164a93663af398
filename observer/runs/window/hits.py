"""The events of a run that pass a filter, counted while the run is read, and steps from one to the next."""

import threading
import time
from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence

from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.line import Line
from observer.format.units import pluralize
from observer.runs.filters.filter import PIECE_TYPES, Filter
from observer.runs.window.line_filter import FilteredLine, LineFilter, blocks_between
from observer.runs.window.shared_file import IsCancelled, SharedFile

MAX_HITS = 100_000
"""Hits after which no more are looked for."""
_MAX_READ_S = 0.5
"""Seconds that one request reads. It returns what it has by then; the page requests the rest."""
_CALL_TYPES = frozenset({"tool_use", "tool_input", "tool_result"})


class HitAnswer(Struct, frozen=True):
    """Where a hit is, None if there is none or it is not known yet, and in words which one it is of how many."""

    generation: str
    size: int
    read_to: int
    at: int | None
    words: str


class HitRequest(Struct, frozen=True):
    """The hit that is wanted: the first one `after` an offset, the last one `before` it, or the one `at` it.

    At most one is given; without any, only the number of hits is wanted.
    """

    after: int | None = None
    before: int | None = None
    at: int | None = None


class HitList:
    """The hits of one filter in a run up to `read_to`. For one thread at a time, which holds `lock`.

    What a view shows together is one hit: the pieces of a text, and a call with its result.
    """

    def __init__(self, choice: Filter, max_hits: int = MAX_HITS) -> None:
        self.lock = threading.Lock()
        self.read_to = 0
        self._filter = LineFilter(choice)
        self._max_hits = max_hits
        self._offsets = array("q")
        self._rows: set[int] = set()
        """Hashes of what the hits share with later lines: those themselves would take five times the memory."""

    def read_on(self, file: SharedFile, is_cancelled: IsCancelled) -> None:
        """Read lines that were not read yet, for a moment. Raises UnreadableError when it is cancelled."""
        deadline, read = time.monotonic() + _MAX_READ_S, file.cancellable_read(is_cancelled)
        if self.read_to == 0:
            self._filter.learn_subagents(read, file.end)
        for lines, reached in blocks_between(read, self.read_to, file.end):
            self._add(self._filter.apply_all(lines))
            self.read_to = reached
            if time.monotonic() > deadline or self._is_full:
                return
        self._add(self._filter.apply_all([]))

    def answer(self, file: SharedFile, request: HitRequest) -> HitAnswer:
        """Return the hit that is wanted, as far as it is known yet."""
        is_complete = self._is_full or self.read_to >= file.end
        at, words = find_hit(self._offsets, request, self.read_to, is_complete=is_complete, is_full=self._is_full)
        return HitAnswer(file.generation, file.end, file.end if is_complete else self.read_to, at, words)

    @property
    def _is_full(self) -> bool:
        return len(self._offsets) >= self._max_hits

    def _add(self, matches: Sequence[FilteredLine]) -> None:
        for line, end in matches:
            event = Record(line).event if isinstance(line, Line) else None
            row = None if event is None else _row_of(event)
            if row is not None:
                if (key := hash(row)) in self._rows:
                    continue
                self._rows.add(key)
            insort(self._offsets, line.offset if isinstance(line, Line) else end - line.length - 1)


def find_hit(
    offsets: Sequence[int], request: HitRequest, read_to: int, *, is_complete: bool, is_full: bool = False
) -> tuple[int | None, str]:
    """Return the offset of the wanted hit and words about it; beyond the last hit follows the first again.

    `offsets` are those of all hits up to `read_to`, in order. It is None as long as that may not be all it takes.

    >>> find_hit([10, 20, 30], HitRequest(after=21), 40, is_complete=True)
    (30, 'hit 3 of 3')
    >>> find_hit([10, 20, 30], HitRequest(after=31), 40, is_complete=False)
    (None, 'at least 3 hits')
    """
    count = len(offsets)
    total = f"more than {count:,}" if is_full else f"{count:,}" if is_complete else f"at least {count:,}"
    index, again = _index_of(offsets, request)
    is_known = count > 0 and (is_complete or (not again and (request.before is None or read_to >= request.before)))
    if index is not None and is_known:
        return offsets[index % count], f"hit {index % count + 1:,} of {total}{again}"
    if is_complete and not count:
        return None, "no hits"
    return (
        None,
        f"more than {count:,} hits" if is_full else f"{'' if is_complete else 'at least '}{pluralize(count, 'hit')}",
    )


def _index_of(offsets: Sequence[int], request: HitRequest) -> tuple[int | None, str]:
    """Return which hit is wanted, and whether it is beyond the last or the first one, in words."""
    if request.after is not None:
        index = bisect_left(offsets, request.after)
        return index, ", again from the start" if index == len(offsets) else ""
    if request.before is not None:
        index = bisect_left(offsets, request.before) - 1
        return index, ", again from the end" if index < 0 else ""
    if request.at is not None:
        index = bisect_left(offsets, request.at)
        return (index if index < len(offsets) and offsets[index] == request.at else None), ""
    return None, ""


def _row_of(event: Event) -> tuple[str, ...] | None:
    """Return what an event shares with those that a view shows together with it, None if it stands alone."""
    if event.type in PIECE_TYPES and (message := event.text("message")):
        return event.type, event.parent or "", message, str(event.value("block"))
    if event.type in _CALL_TYPES and (id_ := event.text("tool_use_id") or event.text("id")):
        return "call", id_
    return None
