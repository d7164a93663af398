"""Translates a stream of another program, line by line, into the lines of a run file. Pure."""

from collections.abc import Iterable

from observer.dialects.costs import CostMeter
from observer.dialects.dialect import Dialect, ForeignEvent
from observer.dialects.drift import Drift
from observer.dialects.envelope import Envelope, Writer
from observer.dialects.prices import Prices
from observer.dialects.recognize import HEAD_BYTES, Recognize, recognize
from observer.dialects.records import TOO_LONG
from observer.format.line import OWN_BEGINNING, Line, Oversize
from observer.format.lines import LineSplitter


def is_decided(head: bytes, recognize: Recognize = recognize) -> bool:
    """Return whether the first lines of a stream identify their dialect; bookkeeping lines do not."""
    return (
        not head.startswith(b"{")
        or head.startswith(OWN_BEGINNING)
        or len(head) >= HEAD_BYTES
        or (recognize(head) is not None)
    )


def dialect_of(head: bytes, recognize: Recognize = recognize) -> Dialect | None:
    """Return the dialect of a stream with these first lines, None if it is to be read as a run file."""
    return None if head.startswith(OWN_BEGINNING) else recognize(head)


class Translation:
    """Translates the lines of one stream, whose writer lives on this machine, `host`, for as long as the stream lasts.

    Without a host, nothing is known of its writer. `name` says where they are read from; one that was saved before
    `is_old`. Where it states no cost, `prices` tell it.
    """

    def __init__(self, dialect: Dialect, name: str, host: str | None, prices: Prices, *, is_old: bool = False) -> None:
        self._is_old = is_old
        self._writer = Writer(is_seen=host is not None, host=host)
        self._converter = dialect.converter()
        self._envelope = Envelope(dialect.program, name)
        self._drift = Drift()
        self._costs = CostMeter(prices)
        self._splitter = LineSplitter()

    def feed(self, lines: Iterable[Line | Oversize], arrived: float) -> list[Line | Oversize]:
        """Return the lines of a run file for the next lines, which arrived at a time in seconds since 1970."""
        events: list[ForeignEvent] = []
        for line in lines:
            if isinstance(line, Line):
                events += self._converter.feed(line.data)
            else:
                self._converter.unknown[TOO_LONG] += 1
        return self._lines(events, arrived)

    def end(self, arrived: float) -> list[Line | Oversize]:
        """Return the last lines: how the run ended, unless the stream was cut off before that."""
        events = [*self._converter.flush(), *self._drift.report(self._converter.unknown, self._converter.end())]
        return self._lines(events, arrived)

    def _lines(self, events: list[ForeignEvent], arrived: float) -> list[Line | Oversize]:
        data = self._envelope.lines(
            self._costs.price(events), arrived=arrived, writer=self._writer, is_old=self._is_old
        )
        return self._splitter.feed(data) if data else []
