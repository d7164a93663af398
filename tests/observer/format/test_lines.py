"""Bytes are split into complete lines."""

import tracemalloc
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from observer.format.lines import Line, LineSplitter, Oversize

Fed = tuple[list[Line | Oversize], Line | Oversize | None]


def feed(*pieces: bytes, limit: int = 1 << 20) -> Fed:
    framer = LineSplitter(limit=limit)
    lines = [line for piece in pieces for line in framer.feed(piece)]
    return lines, framer.rest()


@given(st.binary(), st.lists(st.integers(min_value=0), max_size=20), st.integers(min_value=0, max_value=12))
def test_any_bytes_in_any_chunks_yield_the_same_as_one_read(data: bytes, cuts: list[int], limit: int) -> None:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[begin:end] for begin, end in pairwise(edges)]

    assert feed(*pieces, limit=limit) == feed(data, limit=limit)


@given(st.binary())
def test_lines_and_the_partial_line_join_to_the_bytes_at_their_offsets(data: bytes) -> None:
    lines, rest = feed(data)

    assert all(isinstance(line, Line) for line in lines)
    kept = [line for line in lines if isinstance(line, Line)]
    whole = b"".join(line.data + b"\n" for line in kept)
    assert whole + (rest.data if isinstance(rest, Line) else b"") == data
    assert all(data[line.offset : line.end] == line.data + b"\n" for line in kept)


def test_a_partial_line_is_held_back_until_its_newline() -> None:
    framer = LineSplitter()

    assert framer.feed(b'{"a":') == []
    assert framer.feed(b"1}") == []
    assert framer.feed(b"\n") == [Line(b'{"a":1}', 0)]
    assert framer.rest() is None


def test_only_a_newline_ends_a_line() -> None:
    text = "a\rb\x0b\x0c\x1c\x85\u2028\u2029c\r\nd\n".encode()

    lines, _ = feed(text)

    assert [line.data for line in lines if isinstance(line, Line)] == [text[: text.index(b"\n")], b"d"]


def test_a_line_over_the_limit_is_reported_by_size_and_the_next_one_is_complete() -> None:
    lines, _ = feed(b"short\n123", b"456", b"7890\nnext\n", limit=8)

    assert lines == [Line(b"short", 0), Oversize(6, 10), Line(b"next", 17)]


def test_a_line_of_100_mb_takes_no_more_memory_than_the_limit() -> None:
    framer = LineSplitter(limit=1 << 20)
    chunk = b"x" * (1 << 16)
    tracemalloc.start()
    try:
        for _ in range(1600):
            assert framer.feed(chunk) == []
        lines = framer.feed(b"\nnext\n")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert lines == [Oversize(0, 1600 << 16), Line(b"next", (1600 << 16) + 1)]
    assert peak < 3 << 20


def test_offsets_start_where_reading_started() -> None:
    assert LineSplitter(100).feed(b"a\nb\n") == [Line(b"a", 100), Line(b"b", 102)]
