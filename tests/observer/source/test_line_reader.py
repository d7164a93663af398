"""Lines are read forwards and backwards from any offset as splitting the whole file would give them."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer.format.line import Line, Oversize
from observer.format.lines import Block, LineSplitter
from observer.source.line_reader import (
    BLOCK,
    context_lines,
    first_line,
    offset_of_last,
    read_blocks,
    read_lines,
    read_lines_backwards,
)

LIMIT = 50
DATA = st.lists(st.sampled_from([b"", b"a", b"b" * 7, b"c" * LIMIT, b"d" * (LIMIT + 1)]), max_size=20).map(
    lambda lines: b"".join(line + b"\n" for line in lines)
)
PARTIAL = st.sampled_from([b"", b"e", b"f" * 2 * LIMIT])


def reader(data: bytes) -> Callable[[int, int], bytes]:
    return lambda count, offset: data[offset : offset + count]


def all_lines(data: bytes) -> list[Line | Oversize]:
    return LineSplitter(limit=LIMIT).feed(data)


@given(DATA, PARTIAL, st.integers(0, 300), st.integers(0, 300), st.integers(1, 40))
@settings(deadline=None)
def test_the_lines_that_begin_between_two_offsets_are_read(
    data: bytes, partial: bytes, begin: int, end: int, block: int
) -> None:
    batches = list(read_lines(reader(data + partial), begin, end, block=block, limit=LIMIT))

    assert [line for lines in batches for line in lines] == [
        line for line in all_lines(data) if begin <= line.offset < end
    ]
    assert [] not in batches


@given(DATA, PARTIAL, st.integers(1, 40))
@settings(deadline=None)
def test_bytes_after_the_last_newline_are_a_line_only_on_request(data: bytes, partial: bytes, block: int) -> None:
    read, size = reader(data + partial), len(data + partial)
    complete = [line for lines in read_lines(read, 0, size, block=block, limit=LIMIT) for line in lines]
    everything = [line for lines in read_lines(read, 0, size, block=block, limit=LIMIT, partial=True) for line in lines]

    splitter = LineSplitter(limit=LIMIT)
    assert complete == splitter.feed(data + partial)
    assert everything == complete + [line for line in [splitter.rest()] if line is not None]


@given(DATA, PARTIAL, st.integers(0, 300), st.integers(1, 40))
@settings(deadline=None)
def test_the_lines_before_an_offset_are_read_last_first(data: bytes, partial: bytes, end: int, block: int) -> None:
    lines = list(read_lines_backwards(reader(data + partial), end, block=block, limit=LIMIT))
    assert lines == all_lines(data[:end])[::-1]


@given(DATA, PARTIAL, st.integers(0, 25))
def test_the_last_lines_begin_where_counting_all_of_them_says(data: bytes, partial: bytes, count: int) -> None:
    offsets = [line.offset for line in all_lines(data)] + [len(data)]
    found = offset_of_last(reader(data + partial), len(data + partial), count)
    assert found == (offsets[-1 - count] if count < len(offsets) else 0)


def test_nothing_beyond_the_stop_is_read() -> None:
    asked: list[int] = []

    def read(count: int, offset: int) -> bytes:
        asked.append(offset)
        return b"x" * count

    assert list(read_lines(read, 10, 1000, block=16, stop=64)) == []
    assert max(asked) < 64


def test_reading_ends_once_the_last_line_is_longer_than_the_limit() -> None:
    offsets: list[int] = []

    def read(count: int, offset: int) -> bytes:
        offsets.append(offset)
        return b"x" * count

    assert list(read_lines(read, 0, 20, block=16, limit=LIMIT)) == []
    assert max(offsets) <= LIMIT + 16


def test_the_end_of_the_last_line_is_read_although_it_is_beyond_the_end() -> None:
    data = b"a\n" + b"b" * 3 * BLOCK + b"\nc\n"
    (lines,) = list(read_lines(reader(data), 1, 5))
    assert lines == [Line(b"b" * 3 * BLOCK, 2)]


@pytest.mark.parametrize(("data", "line"), [(b"", None), (b"a", None), (b"a\nb", Line(b"a", 0)), (b"\n", Line(b"", 0))])
def test_the_first_line_is_known_once_it_is_complete(data: bytes, line: Line | None) -> None:
    assert first_line(reader(data)) == line


def test_a_long_first_line_is_found_and_an_endless_one_is_not() -> None:
    assert first_line(reader(b"a" * 100_000 + b"\nb")) == Line(b"a" * 100_000, 0)
    assert first_line(lambda count, _offset: b"a" * count) is None


@pytest.mark.parametrize(("count", "expected"), [(5, [b"ccc"]), (9, [b"bbb", b"ccc"]), (12, [b"aaa", b"bbb", b"ccc"])])
def test_context_is_the_complete_lines_among_the_last_bytes(count: int, expected: list[bytes]) -> None:
    data = b"aaa\nbbb\nccc\n"
    assert [line.data for line in context_lines(reader(data), len(data), count)] == expected


def test_more_bytes_are_read_for_context_if_they_contain_no_complete_line() -> None:
    data = b"a\n" + b"b" * 100 + b"\n"
    assert context_lines(reader(data), len(data), 10)[-1] == Line(b"b" * 100, 2)


@given(DATA, PARTIAL, st.integers(1, 40), st.booleans())
@settings(deadline=None)
def test_blocks_hold_the_same_lines(data: bytes, partial: bytes, block: int, with_partial: bool) -> None:
    read, size = reader(data + partial), len(data + partial)
    lines: list[Line | Oversize] = []
    for part in read_blocks(read, size, block=block, limit=LIMIT, partial=with_partial):
        assert not isinstance(part, Block) or len(part.data) <= block
        lines += LineSplitter(part.offset, limit=LIMIT).feed(part.data) if isinstance(part, Block) else part

    expected = read_lines(read, 0, size, block=block, limit=LIMIT, partial=with_partial)
    assert lines == [line for batch in expected for line in batch]


def test_lines_that_fit_into_a_block_are_not_divided() -> None:
    data = b'{"seq":1}\n{"seq":2}\n{"seq":3,"text":"a long line"}\n{"seq":40}\n{"seq":5}\n'

    assert list(read_blocks(reader(data), len(data), block=20)) == [
        Block(b'{"seq":1}\n{"seq":2}\n', 0), [Line(b'{"seq":3,"text":"a long line"}', 20)],
        Block(b'{"seq":40}\n', 51), Block(b'{"seq":5}\n', 62),
    ]  # fmt: skip
