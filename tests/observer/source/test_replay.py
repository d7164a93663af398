"""A replay keeps the timing of the run: exactly, by a clock that the test controls."""

from collections.abc import AsyncGenerator

import pytest

from observer.format.line import Line
from observer.source.items import Idle, Item, Lines, PartialLine, Tagged
from observer.source.replay import KEEPALIVE_S, ReplaySource


class Clock:
    """Time that passes only while somebody sleeps, or works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class Recorded:
    """A source of lines that were written at these seconds, with what comes between them."""

    def __init__(self, *items: float | Idle | None) -> None:
        self._items = items

    def rest(self, _origin: str | None = None) -> PartialLine | None:
        return None

    async def items(self) -> AsyncGenerator[Item | Tagged, None]:
        for item in self._items:
            if isinstance(item, Idle):
                yield item
            else:
                stamp = b"" if item is None else b'"timestamp":"1970-01-01T00:%02d:%06.3fZ",' % divmod(item, 60)
                yield Lines([Line(b'{%b"type":"info","data":{}}' % stamp, 0)])


async def times(clock: Clock, source: ReplaySource, *, work_s: float = 0.0) -> tuple[list[float], int]:
    """Return when each line came, and how many empty batches there were; each line takes `work_s` to display."""
    came, empty = [], 0
    async for item in source.items():
        if isinstance(item, Lines):
            came += [round(clock.now, 6) for _ in item.lines]
            empty += not item.lines
            clock.now += work_s * len(item.lines)
    return came, empty


@pytest.mark.parametrize(
    ("speed", "full_gaps", "expected"),
    [
        (1.0, False, [0, 2, 7]),
        (1.0, True, [0, 2, 42]),
        (10.0, False, [0, 0.2, 0.7]),
        (10.0, True, [0, 0.2, 4.2]),
    ],
)
async def test_a_gap_lasts_as_long_as_in_the_run_but_no_longer_than_5_s(
    speed: float, full_gaps: bool, expected: list[float]
) -> None:
    clock = Clock()
    source = ReplaySource(Recorded(5, 7, 47), speed, full_gaps=full_gaps, clock=clock, sleep=clock.sleep)
    came, _ = await times(clock, source)
    assert came == expected


async def test_a_delay_shortens_the_next_gaps() -> None:
    clock = Clock()

    async def oversleep(seconds: float) -> None:
        clock.now += seconds + 0.3

    came, _ = await times(clock, ReplaySource(Recorded(0, 1, 2), 1.0, clock=clock, sleep=oversleep))
    assert came == [0, 1.3, 2.3]


async def test_a_long_gap_is_interrupted_by_empty_batches() -> None:
    clock = Clock()
    source = ReplaySource(Recorded(0, 4.5), 1.0, clock=clock, sleep=clock.sleep)
    assert await times(clock, source) == ([0, 4.5], int(4.5 / KEEPALIVE_S))


async def test_a_time_that_decreases_or_is_missing_causes_no_delay() -> None:
    clock = Clock()
    source = ReplaySource(Recorded(10, None, 5, 6), 1.0, clock=clock, sleep=clock.sleep)
    assert (await times(clock, source))[0] == [0, 0, 0, 1]


async def test_lines_that_arrive_after_catching_up_are_not_delayed() -> None:
    for copy, last in [(False, 0), (True, 3)]:
        clock = Clock()
        source = ReplaySource(Recorded(0, Idle(), 3), 1.0, copy=copy, clock=clock, sleep=clock.sleep)
        assert (await times(clock, source))[0] == [0, last]


async def test_lines_after_the_end_are_not_waited_for() -> None:
    clock = Clock()
    source = ReplaySource(Recorded(0, 1, 4), 1.0, until=1.0, clock=clock, sleep=clock.sleep)
    assert (await times(clock, source))[0] == [0, 1, 1]
