"""Tests that reading starts at the line that reading everything would find, whatever is malformed in between."""

import json
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.format.line import Line, Oversize
from observer.format.lines import LineSplitter
from observer.format.timestamps import parse_timestamp
from observer.source.line_reader import BLOCK, context_lines
from observer.source.seek import StartPosition, find_offset

BROKEN = st.sampled_from(
    [b"{half a line", b"", b"\x00\xff", b'{"seq":"x","timestamp":7}', b"[1]", b'{"timestamp":"soon"}']
)


def numbered(seq: int, size: int = 0) -> bytes:
    stamp = f"2026-11-23T{seq // 3600 % 24:02}:{seq // 60 % 60:02}:{seq % 60:02}.000000Z"
    return json.dumps({"seq": seq, "timestamp": stamp, "type": "thought", "data": {"text": "x" * size}}).encode()


def reader(data: bytes) -> Callable[[int, int], bytes]:
    return lambda count, offset: data[offset : offset + count]


def at(seq: int) -> float:
    return parse_timestamp(json.loads(numbered(seq))["timestamp"]) or 0.0


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sampled_from([0, 10, 3000, BLOCK + 7]), st.lists(BROKEN, max_size=2)),
        max_size=40,
    ),
    st.integers(0, 120),
)
@settings(max_examples=150, deadline=None)
def test_a_number_or_a_time_is_found_between_malformed_lines(
    events: list[tuple[int, int, list[bytes]]], target: int
) -> None:
    lines: list[bytes] = []
    seq, first = 0, None
    for step, size, broken in events:
        seq += step
        lines += broken
        if first is None and seq >= target:
            first = len(lines)
        lines.append(numbered(seq, size))
    data = b"".join(line + b"\n" for line in lines)
    expected = len(data) if first is None else sum(len(line) + 1 for line in lines[:first])

    assert find_offset(StartPosition(seq=target), reader(data), len(data)) == expected
    assert find_offset(StartPosition(since=at(target)), reader(data), len(data)) == expected


class Matcher:
    """Matches lines, each by itself."""

    first_undecided = None

    def __init__(self, matches: Callable[[Line], bool]) -> None:
        self._matches = matches

    def observe(self, lines: Sequence[Line | Oversize]) -> None:
        pass

    def take(self, lines: Sequence[Line | Oversize]) -> list[Line | Oversize]:
        return [line for line in lines if isinstance(line, Line) and self._matches(line)]


def test_a_partial_line_is_not_considered() -> None:
    data = numbered(1) + b"\n" + numbered(9)
    assert find_offset(StartPosition(seq=5), reader(data), len(data)) == len(numbered(1)) + 1


@given(st.lists(st.sampled_from([0, 5, 100, BLOCK]), max_size=30), st.integers(0, 9))
@settings(deadline=None)
def test_the_last_wanted_lines_are_counted_backwards(sizes: list[int], last: int) -> None:
    lines = [numbered(seq, size) for seq, size in enumerate(sizes)]
    data = b"".join(line + b"\n" for line in lines)
    start = StartPosition(last=last, matches=lambda: Matcher(lambda line: json.loads(line.data)["seq"] % 3 == 0))

    found = find_offset(start, reader(data), len(data))

    wanted = [seq for seq in range(len(sizes)) if seq % 3 == 0]
    shown = [line for line in LineSplitter(found).feed(data[found:]) if isinstance(line, Line)]
    kept = [json.loads(line.data)["seq"] for line in shown if json.loads(line.data)["seq"] % 3 == 0]
    assert kept == (wanted[-last:] if last else [])


@pytest.mark.parametrize(
    "start", [StartPosition(), StartPosition(last=3), StartPosition(seq=4), StartPosition(since=0.0)]
)
def test_an_empty_file_begins_at_its_start(start: StartPosition) -> None:
    assert find_offset(start, reader(b""), 0) == 0


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (StartPosition(last=50), 10**7 - 50),
        (StartPosition(seq=7_654_321), 7_654_321),
        (StartPosition(since=8e6), 8_000_000),
    ],
)
def test_a_position_in_ten_gigabytes_is_found_by_reading_almost_nothing(start: StartPosition, expected: int) -> None:
    length, read_so_far = 1000, 0

    def line(number: int) -> bytes:
        stamp = datetime.fromtimestamp(number, UTC).isoformat().replace("+00:00", "Z")
        return f'{{"seq":{number},"timestamp":"{stamp}","pad":"'.encode().ljust(length - 3, b"x") + b'"}\n'

    def read(count: int, offset: int) -> bytes:
        nonlocal read_so_far
        read_so_far += count
        first, last = offset // length, (offset + count) // length + 1
        return b"".join(map(line, range(first, min(last, 10**7))))[offset - first * length :][:count]

    assert find_offset(start, read, 10**7 * length) == expected * length
    assert read_so_far < 5_000_000


def test_large_lines_are_not_all_in_memory_while_seeking_backwards() -> None:
    line = numbered(1, size=1_000_000) + b"\n"

    def read(count: int, offset: int) -> bytes:
        first = offset % len(line)
        return (line * (2 + count // len(line)))[first : first + min(count, 100 * len(line) - offset)]

    tracemalloc.start()
    try:
        assert (
            find_offset(
                StartPosition(last=1, matches=lambda: Matcher(lambda line: line.offset == 0)), read, 100 * len(line)
            )
            == 0
        )
        assert tracemalloc.get_traced_memory()[1] < 8 * len(line)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("newline", [b"\n", b"x"])
@pytest.mark.parametrize(("target", "share"), [(300, 0.4), (1900, 0.4), (1000, 1.2)])
def test_a_malformed_range_is_read_at_most_once_and_hardly_if_it_is_elsewhere(
    newline: bytes, target: int, share: float
) -> None:
    size, count, first, last = 100_000, 2_000, 400, 1_800  # lines; all from the first to the last are broken
    junk, read_so_far = b"{half a line".ljust(size - 1) + newline, 0

    def line(number: int) -> bytes:
        return junk if first <= number < last - 1 else numbered(number).ljust(size - 1) + b"\n"

    def read(wanted: int, offset: int) -> bytes:
        nonlocal read_so_far
        begin, end = offset // size, min((offset + wanted) // size + 1, count)
        data = b"".join(map(line, range(begin, end)))[offset - begin * size :][:wanted]
        read_so_far += len(data)
        return data

    expected = last - (newline == b"\n") if first <= target < last else target
    assert find_offset(StartPosition(seq=target), read, size * count) == size * expected
    assert read_so_far < share * size * count


def test_the_search_gives_up_before_an_endless_line() -> None:
    tracemalloc.start()
    found = context_lines(lambda count, _: b"x" * count, 1_000_000_000, 1000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == []
    assert peak < 25_000_000


@pytest.mark.parametrize(("planted", "target"), [(0, 1000), (-7, 1000), (10**9, 4000), (2**70, 4000)])
def test_an_impossible_number_or_time_does_not_mislead_the_search(planted: int, target: int) -> None:
    """Without its bounds the search for line 1000 ends behind the planted line, at 2501."""
    size, count = 1000, 5000
    lines = [numbered(seq).ljust(size - 1) + b"\n" for seq in range(1, count + 1)]
    year = b"1970" if planted <= 0 else b"9999"
    odd = b'{"seq":%d,"timestamp":"%b-01-01T00:00:00Z","type":"info","data":{}}' % (planted, year)
    lines[2500] = odd.ljust(size - 1) + b"\n"
    data = b"".join(lines)

    assert find_offset(StartPosition(seq=target), reader(data), len(data)) == (target - 1) * size
    assert find_offset(StartPosition(since=at(target)), reader(data), len(data)) == (target - 1) * size
