"""Checks the numbers and the times of events, for the validator. Pure.

One wrong number or time is one finding: what follows it is compared with what it should have been, too.
"""

from collections.abc import Iterator

from observer.format.fields import LARGEST_INTEGER
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration
from observer.runs.state.state import MISSED_BEATS
from observer.runs.validation.pairing import EVERYTHING, Finding, LostEvents


class Numbers:
    """Checks that each `seq` is one more than the last."""

    def __init__(self, lost: LostEvents) -> None:
        self._lost = lost
        self._seq = 0
        self._highest = 0
        self._instead = range(0)
        """The next number if the last one was wrong."""
        self._unread: float = 0
        """Events since the last number that may have had numbers in between."""

    def skip(self, count: float = 1) -> None:
        """Take events whose numbers cannot be read."""
        self._unread += count

    def follow(self, seqs: list[int]) -> bool:
        """Take numbers if each is one more than the last, as usual; return whether it did."""
        first = self._seq + 1
        if self._unread or self._instead or self._highest >= first or seqs != list(range(first, first + len(seqs))):
            return False
        if seqs[-1] > LARGEST_INTEGER:
            return False
        self._seq = self._highest = seqs[-1]
        return True

    def begin_at(self, seq: int, line: int) -> None:
        """Take the first number of a file whose beginning is gone."""
        self._lost.add(line, seq - 1)
        self._seq = seq - 1

    def take(self, seq: int, line: int) -> Iterator[Finding]:
        """Take the next number, which is on a line."""
        before, expected = self._seq, self._seq + 1
        missing = seq - expected - self._unread
        if seq in self._instead:
            self._lost.withdraw()
            self._highest, self._instead = seq - 1, range(0)
        elif missing > 0 or seq < before:
            problem = f"{_events(missing)} missing" if missing > 0 else f"it must be {expected}"
            yield Finding(line, "seq", f"seq {seq} follows {before}: {problem}")
            self._lost.add(line, max(0, missing))
            self._instead = range(expected + 1, expected + 2 + int(min(self._unread, seq)))
        else:
            self._instead = range(0)
            if seq == before:
                yield Finding(line, "seq", f"seq {seq} follows {before}: it must be {expected}")
        self._seq, self._unread = seq, 0

    def is_repeated(self, seq: int) -> bool:
        """Return whether the number was there before, so that its event is out of order."""
        repeated = seq <= self._highest
        self._highest = max(self._highest, seq)
        return repeated


class Times:
    """Checks that times do not decrease, and that heartbeats are not missing for long."""

    def __init__(self) -> None:
        self.interval: float | None = None
        """Seconds between heartbeats, None if unknown."""
        self._stamp = ""
        self._beat: tuple[int, float] | None = None
        self._unread: float = 0
        """Lines since the last heartbeat that may have been one."""
        self._dropped = 0
        """Heartbeats that the writer says were dropped so far, as while the disk was full."""
        self._silence: Finding | None = None
        """A finding that is only true if the next time confirms the last one."""

    def skip(self, count: float = 1) -> None:
        """Take events whose times cannot be read."""
        self._unread += count

    def take(self, stamp: str, line: int) -> Iterator[Finding]:
        """Take the next time, which is on a line."""
        if stamp[:19] != self._stamp[:19] and parse_timestamp(stamp) is None:  # the schema accepts February 30th
            yield Finding(line, "timestamp", f"invalid time {stamp}")
            return
        if stamp < self._stamp:
            self._silence = self._beat = None  # one of the two is wrong
            yield Finding(line, "timestamp", f"{stamp} is earlier than {self._stamp}, the time of the previous line")
        yield from self.confirm()
        self._stamp = stamp

    @property
    def is_undecided(self) -> bool:
        """Whether the next time decides on a finding."""
        return self._silence is not None

    def are_regular(self, stamps: list[str]) -> bool:
        """Return whether times follow the last one, as usual, so that `take` would find nothing in them."""
        if self._silence is not None or stamps[0] < self._stamp or stamps != sorted(stamps):
            return False
        seconds = {stamp[:19]: stamp for stamp in stamps}
        return all(parse_timestamp(stamp) is not None for stamp in seconds.values())

    def pass_over(self, stamp: str) -> None:
        """Take times that are regular, of which `stamp` is the last one."""
        self._stamp = stamp

    def beat(self, stamp: str, line: int, dropped: int | None = None) -> None:
        """Take a heartbeat, or what counts as one. `dropped` is how many were dropped so far, if it says so."""
        total = self._dropped if dropped is None else dropped
        self._check(stamp, line, max(0, total - self._dropped))
        self.note(stamp, line)
        self._dropped = total

    def note(self, stamp: str, line: int) -> None:
        """Take a heartbeat before which there need not have been others."""
        at = parse_timestamp(stamp)
        if at is not None:
            self._beat, self._unread = (line, at), 0

    def end(self, line: int) -> None:
        """Check the time from the last heartbeat to the last event: the writer lived at least until then."""
        self._check(self._stamp, line)

    def confirm(self) -> Iterator[Finding]:
        """Yield the finding that waited for the next time."""
        if self._silence is not None:
            yield self._silence
            self._silence = None

    def _check(self, stamp: str, line: int, dropped: int = 0) -> None:
        at = parse_timestamp(stamp)
        if at is None or self._beat is None or not self.interval or self._unread == EVERYTHING:
            return
        since, before = self._beat
        if at - before > (MISSED_BEATS * (self._unread + 1) + dropped) * self.interval:
            passed = f"{format_duration(at - before)} without a heartbeat since line {since}"
            self._silence = Finding(line, "heartbeat", f"{passed}; one is due every {self.interval:g} s")


def _events(count: float) -> str:
    return "1 event is" if count == 1 else f"{count:,} events are"
