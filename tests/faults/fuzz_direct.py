"""What the observer does with a damaged file, without a command or a request: a thousand files in the time of one.

Each check takes the bytes of a file and raises when something is wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from random import Random

from observer.format.event import Event, Malformed, Record, decode, events_of, type_of
from observer.format.line import Line, Oversize
from observer.format.lines import LineSplitter
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.matcher import EventMatcher
from observer.runs.filters.pattern import Pattern
from observer.runs.state.state import RunState
from observer.runs.summary.ending import describe_ending
from observer.runs.summary.panel import make_panel
from observer.runs.summary.problems import list_problems, step
from observer.runs.summary.summary import Summary
from observer.runs.words.describe import describe

_FILTERS = (
    Filter(grep=Pattern("e")), Filter(grep=Pattern("(?i)pytest|needle")), Filter(errors=True), Filter(agent="main"),
    Filter(types=frozenset({"tool_use", "tool_result"}), tools=frozenset({"bash"})), Filter(iterations=frozenset({1})),
    Filter(exclude=frozenset({"heartbeat"}), since=1_795_395_151.0), Filter(from_seq=5, statuses=frozenset({"error"})),
)  # fmt: skip


def check_lines(data: bytes) -> None:
    """The lines of a file do not depend on the pieces in which it is read."""
    rng, splitter, begin = Random(len(data)), LineSplitter(), 0
    found: list[Line | Oversize] = []
    while begin < len(data):
        end = min(len(data), begin + rng.randint(1, 5000))
        found += splitter.feed(data[begin:end])
        begin = end
    assert found == _lines(data)


def check_events(data: bytes) -> None:
    """An event is the same whether it is decoded alone, with others, or only asked for its type."""
    records = [Record(line) for line in _lines(data)]
    together = events_of(records)
    for line, event, record in zip(_lines(data), together, records, strict=True):
        alone = decode(line) if isinstance(line, Line) else None
        assert event == Record(line).event
        assert record.type == Record(line).type
        if isinstance(alone, Event):
            assert isinstance(line, Line)
            assert type_of(line) == alone.type
            describe(alone)
        else:
            assert alone is None or isinstance(alone, Malformed)


def check_state(data: bytes) -> None:
    """A file always has a state, a verdict, a summary and a panel, which do not depend on how it is read."""
    state, summary, together = RunState(), Summary(), Summary()
    for event in _events(data):
        state.apply(event)
    for line in _lines(data):
        summary.take([line])
    together.take(_lines(data))
    now = state.now_after(1.0)
    for alive in (True, False, None):
        status = state.status_at(now, writer_alive=alive, stall_after_s=600.0)
        endings = [describe_ending(one, state, status, 1.0, now) for one in (summary, together)]
        assert make_panel(summary, state, endings[0]) == make_panel(together, state, endings[1])
        offsets = [problem.offset for problem in list_problems(summary, endings[0])]
        for position in (0, len(data) // 2, len(data)):
            step(offsets, position, forwards=True)
            step(offsets, position, forwards=False)


def check_filters(data: bytes) -> None:
    """A filter finds the same lines in a whole file as one by one."""
    for wanted in _FILTERS:
        one_by_one, at_once = EventMatcher(wanted), EventMatcher(wanted)
        blocks = BlockMatcher(wanted, EventMatcher(wanted))
        expected = sorted({at for line in _lines(data) for at in _offsets(one_by_one.take([Record(line)]))})
        assert sorted(_offsets(at_once.take(map(Record, _lines(data))))) == expected, wanted
        assert sorted(_offsets(blocks.take(LineSplitter().feed_block(data)))) == expected, wanted


CHECKS: dict[str, Callable[[bytes], None]] = {
    "lines": check_lines,
    "events": check_events,
    "state": check_state,
    "filters": check_filters,
}


def problem_of(name: str, data: bytes) -> str | None:
    """Return how a check fails for a file; None if it does not."""
    try:
        CHECKS[name](data)
    except Exception as error:  # noqa: BLE001 - any is a finding
        return f"{type(error).__name__}: {str(error)[:2000]}"
    return None


def _lines(data: bytes) -> Sequence[Line | Oversize]:
    return LineSplitter().feed(data)


def _events(data: bytes) -> Iterator[Event]:
    for line in _lines(data):
        if isinstance(line, Line) and isinstance(event := decode(line), Event):
            yield event


def _offsets(records: Sequence[Record]) -> list[int]:
    return [record.line.offset for record in records]
