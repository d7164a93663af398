"""Checks the numbers and the times of events, for the validator. Pure.

One wrong number or time is one finding: what follows it is compared with what it should have been, too.
"""

from collections.abc import Iterator

from observer.format.timestamps import parse_timestamp
from observer.format.units import format_duration
from observer.runs.pairing import EVERYTHING, Finding, LostEvents
from observer.runs.state import MISSED_BEATS


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
            said = f"{_events(missing)} missing" if missing > 0 else f"it must be {expected}"
            yield Finding(line, "seq", f"seq {seq} follows {before}: {said}")
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

    def beat(self, stamp: str, line: int) -> None:
        """Take a heartbeat, or what counts as one."""
        self._check(stamp, line)
        self.note(stamp, line)

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

    def _check(self, stamp: str, line: int) -> None:
        at = parse_timestamp(stamp)
        if at is None or self._beat is None or not self.interval or self._unread == EVERYTHING:
            return
        since, before = self._beat
        if at - before > MISSED_BEATS * self.interval * (self._unread + 1):
            passed = f"{format_duration(at - before)} without a heartbeat since line {since}"
            self._silence = Finding(line, "heartbeat", f"{passed}; one is due every {self.interval:g} s")


def _events(count: float) -> str:
    return "1 event is" if count == 1 else f"{count:,} events are"
