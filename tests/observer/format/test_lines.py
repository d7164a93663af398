"""Bytes are split into complete lines. Tests observer.format.line and observer.format.line_block as well."""

import re
import sys
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from observer.format import lines as lines_module
from observer.format.line import Line, Oversize
from observer.format.line_block import LineBlock, joined
from observer.format.lines import LineSplitter

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
@example(b"\0a\n\0")
def test_lines_and_the_partial_line_join_to_the_bytes_at_their_offsets(data: bytes) -> None:
    data = data.replace(b"\0", b"")  # which stand where the file lost its content: they belong to no line
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


@given(
    st.lists(st.binary() | st.sampled_from([b"\n", b"a\nb\n", b"\0\0x\n", b"\n\n\n"]), max_size=12).map(b"".join),
    st.lists(st.integers(min_value=0), max_size=6),
    st.integers(min_value=0, max_value=12) | st.just(1 << 20),
)
def test_lines_that_are_left_together_are_the_same_as_those_that_are_split(
    data: bytes, cuts: list[int], limit: int
) -> None:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    split, together = LineSplitter(7, limit=limit), LineSplitter(7, limit=limit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "_MIN_BLOCK", 1)
        for begin, end in pairwise(edges):
            lines = split.feed(data[begin:end])
            block = together.feed_block(data[begin:end])
            assert block == lines
            assert len(block) == len(lines)
            assert together.start == split.start
            assert together.rest() == split.rest()


def test_a_block_holds_its_lines_as_they_stand_in_the_file() -> None:
    splitter = LineSplitter()
    splitter.feed(b"beg")
    lines = [b"%d" % number * 50 for number in range(4000)]

    block = splitter.feed_block(b"inning\n" + b"\n".join(lines) + b"\nres")

    assert isinstance(block, LineBlock)
    assert block.first == Line(b"beginning", 0)
    assert block.offset == len(b"beginning\n")
    assert block.raw_lines() == [line + b"\n" for line in lines]
    assert block.size == sum(len(line) + 1 for line in lines)
    assert block[1] == Line(lines[0], block.offset)
    assert splitter.rest() == Line(b"res", block.offset + block.size)


def test_few_lines_are_split_at_once_as_they_arrive_while_they_are_written() -> None:
    assert isinstance(LineSplitter().feed_block(b"a\nb\nc\n"), list)


def test_lines_are_joined_to_the_bytes_of_their_file_whether_they_are_together_or_split(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    splitter = LineSplitter(offset=7)
    assert splitter.feed(b"on") == []
    block = splitter.feed_block(b"e\ntwo\n\nthree\nfour")
    assert isinstance(block, LineBlock)
    assert joined(block) == joined(list(block)) == b"one\ntwo\n\nthree\n"
    assert joined([]) == b""


def test_lines_that_are_not_as_in_their_file_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    with_hole = LineSplitter().feed_block(b"one\n\0\0two\nthree\n")
    assert joined(with_hole) is None
    assert joined([Line(b"one", 0), Oversize(4, 100)]) is None
    assert joined(LineBlock(Oversize(0, 100), b"one\n", 0, 4, 101)) is None


@pytest.mark.parametrize("hole", [1, 5, 100])
def test_a_hole_does_not_make_a_line_too_long(hole: int) -> None:
    data = b"x\n" + b"\0" * hole + b"line\n"
    assert feed(data, limit=4) == feed(data[:2], data[2:], limit=4) == ([Line(b"x", 0), Line(b"line", 2 + hole)], None)


class CountedExpression:
    """Finds an expression, and counts the matches."""

    def __init__(self, source: bytes) -> None:
        self._compiled = re.compile(source)
        self.search, self.match = self._compiled.search, self._compiled.match
        self.count = 0

    def finditer(self, data: bytes, start: int = 0, end: int = sys.maxsize, /) -> Iterator[re.Match[bytes]]:
        for match in self._compiled.finditer(data, start, end):
            self.count += 1
            yield match


def test_of_many_matches_on_a_line_only_the_first_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    block = LineSplitter().feed_block(b"first\n" + b"x" * 1000 + b"\n\nax\n" + b"x" * 1000 + b"\n")
    assert isinstance(block, LineBlock)
    expression = CountedExpression(b"x")
    assert [line.offset for line in block.lines_with([expression])] == [6, 1008, 1011]
    assert expression.count <= 6
