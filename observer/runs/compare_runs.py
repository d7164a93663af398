"""Reads two runs beside each other, a block at a time, and compares them. Blocking."""

from collections.abc import Iterator

from observer.format.event import Event, Record, events_in
from observer.format.line import Line, Oversize
from observer.format.lines import Block
from observer.format.strip_content import without_content
from observer.format.zone import UTC, Zone
from observer.runs.comparison.compared_fields import Comparison
from observer.runs.comparison.comparison import FoundParting, SummedRun, compare_totals
from observer.runs.comparison.differences import StepContent
from observer.runs.comparison.parting import Parting, StepComparer
from observer.runs.comparison.steps import Step, StepReader
from observer.runs.listing.listing import list_run
from observer.runs.state.state import STALL_AFTER_S
from observer.runs.summary.ending import describe_ending
from observer.runs.summary.summary import Summary
from observer.source.line_reader import read_lines
from observer.source.snapshot import Snapshot

_MAX_TEXT = 20_000
"""Characters of a text that are read again to show where it differs."""
_MAX_AGAIN = 4 * 1024 * 1024
"""Bytes that are read again for that."""


class _Reading:
    """One of the runs as it is read."""

    def __init__(self, snapshot: Snapshot, *, content: bool) -> None:
        self.snapshot = snapshot
        self.summary = Summary()
        self.steps = 0
        self.offset = 0
        self.is_over = False
        self._content = content
        self._reader = StepReader()
        self._blocks = snapshot.blocks()

    def read_on(self) -> Iterator[Step]:
        """Read the next block, and return the steps that it completes."""
        block = next(self._blocks, None)
        if block is None:
            self.is_over = True
            yield from self._counted(self._reader.end())
            return
        for event in self._take(block):
            yield from self._counted(self._reader.take(event))

    def _counted(self, steps: Iterator[Step]) -> Iterator[Step]:
        for step in steps:
            self.steps += 1
            yield step

    def _take(self, block: Block | list[Line | Oversize]) -> Iterator[Event]:
        if isinstance(block, Block):
            self.offset = block.offset + len(block.data)
            events = events_in(block, ())
            if events is not None and self._content:
                self.summary.take_block(block)
                yield from events
                return
        lines = block.lines() if isinstance(block, Block) else block
        for line in lines:
            record = Record(line)
            is_shown = self._content or record.event is None
            self.summary.take([line if is_shown else without_content(record).line])
            if record.event is not None:
                yield record.event


class RunComparer:
    """Compares two runs while it reads them; call `read_on` until it returns False, then `compare`.

    Without `content` the result holds no text of the runs, though their texts are compared.
    """

    def __init__(self, first: Snapshot, second: Snapshot, *, content: bool = True) -> None:
        self._runs = _Reading(first, content=content), _Reading(second, content=content)
        self._steps, self._calls = StepComparer(), StepComparer()
        self._content = content

    @property
    def read_bytes(self) -> int:
        """How many bytes of both runs were read."""
        return sum(run.offset for run in self._runs)

    def read_on(self) -> bool:
        """Read a block of the run that has done less so far. Return whether there is more. Raises UnreadableError."""
        active = [run for run in self._runs if not run.is_over]
        if not active:
            return False
        run = min(active, key=lambda run: run.steps)
        number = self._runs.index(run)
        for step in run.read_on():
            self._steps.take(number, step.place, step)
            if step.call_place is not None:
                self._calls.take(number, step.call_place, step)
        return True

    def compare(self, now: float, *, stall_after_s: float = STALL_AFTER_S, zone: Zone = UTC) -> Comparison:
        """Return the comparison of what was read; `now` is in seconds since 1970. Raises UnreadableError."""
        self._steps.end()
        self._calls.end()
        first, second = self._runs
        return compare_totals(
            (self._summed(first, now, stall_after_s, zone), self._summed(second, now, stall_after_s, zone)),
            self._found(self._steps.parting),
            self._found(self._calls.parting),
            same=self._steps.same,
            left_out=self._steps.left_out,
            content=self._content,
        )

    def _summed(self, run: _Reading, now: float, stall_after_s: float, zone: Zone) -> SummedRun:
        listed = list_run(run.snapshot, stall_after_s=stall_after_s, content=self._content)
        ending = describe_ending(run.summary, listed.state, listed.status, listed.silent_s(now), now, zone)
        file = run.snapshot.display_name
        return SummedRun(listed.run, file, run.summary, listed.state, ending, listed.elapsed_s(now))

    def _found(self, parting: Parting | None) -> FoundParting | None:
        if parting is None:
            return None
        first, second = (
            None if step is None else read_step(run.snapshot, step.offset, content=self._content)
            for run, step in zip(self._runs, parting.steps, strict=True)
        )
        return FoundParting(parting, (first, second))


def read_step(snapshot: Snapshot, offset: int, *, content: bool = True) -> StepContent | None:
    """Return the step whose first event is at an offset, with the beginning of its text. Raises UnreadableError.

    Without `content` it has no text, and of its event only what `without_content` leaves.
    """
    first: Event | None = None
    texts: list[str] = []
    chars = 0
    for lines in read_lines(snapshot.read, offset, min(snapshot.size, offset + _MAX_AGAIN), partial=True):
        for line in lines:
            event = Record(line).event
            if event is None:
                continue
            if not content:
                stripped = without_content(Record(line)).event
                return None if stripped is None else StepContent(stripped)
            first = first or event
            if first.type != "thought":
                return StepContent(first, first.text("text"))
            if event.parent != first.parent:
                continue
            is_piece = event.type == "thought" and event.text("message") == first.text("message")
            if is_piece:
                texts.append(event.text("text"))
                chars += len(texts[-1])
            if chars > _MAX_TEXT or event.type in {"tool_use", "message", "session_end"}:
                return StepContent(first, "".join(texts))
    return None if first is None else StepContent(first, "".join(texts))
