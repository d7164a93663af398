"""Pages of lines before and after an offset, within their limits. Tests observer.runs.window.line_filter, too."""

import json
import math
from collections.abc import Iterator
from random import Random

import pytest

from observer.format import lines as lines_module
from observer.format.event import Record
from observer.format.line import Line
from observer.runs.filters.block_matcher import BlockMatcher
from observer.runs.filters.filter import Filter
from observer.runs.filters.pattern import Pattern
from observer.runs.window import line_filter
from observer.runs.window import pages as pages_module
from observer.runs.window.line_filter import FilteredLine, LineFilter
from observer.runs.window.pages import Page, as_filtered, lines_after, lines_before
from observer.source.line_reader import Read
from tests.helpers import line
from tests.observer.runs.filters.test_block_matcher import run_of as random_run

LINES = [line(seq) for seq in range(1, 101)]
CONTENT = b"".join(LINES)
EVERYTHING = Filter()


def reading(content: bytes) -> Read:
    return lambda count, offset: content[offset : offset + count]


def before(content: bytes, offset: int, limit: int, wanted: Filter = EVERYTHING, **most: int) -> Page[FilteredLine]:
    return lines_before(reading(content), offset, len(content), limit, LineFilter(wanted), as_filtered, **most)


def after(content: bytes, offset: int, limit: int, wanted: Filter = EVERYTHING, **most: int) -> Page[FilteredLine]:
    return lines_after(reading(content), offset, len(content), limit, LineFilter(wanted), as_filtered, **most)


def seqs(page: Page[FilteredLine]) -> list[int]:
    return [json.loads(shown.data)["seq"] for shown, _ in page.rows if isinstance(shown, Line)]


def offset_of(seq: int) -> int:
    return len(b"".join(LINES[: seq - 1]))


def test_the_lines_before_an_offset_are_the_last_ones_that_end_there() -> None:
    page = before(CONTENT, offset_of(51), 3)
    assert seqs(page) == [48, 49, 50]
    assert (page.first, page.last) == (offset_of(48), offset_of(51))


def test_the_lines_after_an_offset_are_the_first_ones_that_begin_there() -> None:
    page = after(CONTENT, offset_of(51), 3)
    assert seqs(page) == [51, 52, 53]
    assert (page.first, page.last) == (offset_of(51), offset_of(54))


def test_a_filter_searches_on_until_the_page_is_full() -> None:
    content = b"".join(line(seq, "tool_use" if seq % 10 == 0 else "thought") for seq in range(1, 101))
    wanted = Filter(types=frozenset({"tool_use"}))
    assert seqs(before(content, len(content), 3, wanted)) == [
        80,
        90,
        100,
    ]
    assert seqs(after(content, 0, 3, wanted)) == [10, 20, 30]


def test_a_page_ends_before_the_line_that_would_exceed_its_bytes_but_has_one_line() -> None:
    size = len(LINES[0]) - 1
    assert (
        len(
            lines_after(
                reading(CONTENT), 0, len(CONTENT), 9, LineFilter(EVERYTHING), as_filtered, max_bytes=3 * size
            ).rows
        )
        == 3
    )
    assert seqs(before(CONTENT, len(CONTENT), 9, max_bytes=1)) == [100]


def test_a_search_without_a_match_stops_at_its_limit_and_says_how_far_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_module, "MAX_SEARCHED_BYTES", 1000)
    monkeypatch.setattr(pages_module, "_SEARCHED_BLOCK_BYTES", len(LINES[0]))
    wanted = Filter(types=frozenset({"complete"}))
    later = after(CONTENT, 0, 9, wanted)
    assert later.rows == []
    assert 1000 <= later.last < 1000 + len(LINES[0]) * 2
    earlier = before(CONTENT, len(CONTENT), 9, wanted)
    assert earlier.rows == []
    assert 1000 <= len(CONTENT) - earlier.first < 1000 + len(LINES[0]) * 2


PIECES = [line(seq, text=text, message=name, block=0) for seq, (name, text) in enumerate(
    [("a", "the cat s"), ("b", "no"), ("a", "at on "), ("a", "it"), ("c", "a dog"), ("d", "cat "), ("d", "sat")], 1
)]  # fmt: skip
TEXTS = b"".join(PIECES)


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.parametrize("block", [1, 300, 10**6])
def test_pages_of_a_search_have_all_pieces_of_a_text_that_matches(
    limit: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_module, "_SEARCHED_BLOCK_BYTES", block)
    monkeypatch.setattr(pages_module, "_BLOCK_BYTES", max(100, block))
    wanted = Filter(grep=Pattern("cat sat"))
    forwards, backwards = list[int](), list[int]()
    offset = 0
    while offset < len(TEXTS):
        later = after(TEXTS, offset, limit, wanted)
        assert len(later.rows) <= limit
        forwards += seqs(later)
        offset = later.last
    while offset > 0:
        earlier = before(TEXTS, offset, limit, wanted)
        backwards = seqs(earlier) + backwards
        offset = earlier.first
    assert forwards == backwards == [1, 3, 4, 6, 7]


def pages(content: bytes, wanted: Filter, limit: int) -> Iterator[Page[FilteredLine]]:
    """Yield the pages of a search from the start to the end, and then those of one back to the start."""
    for step in (after, before):
        offset = 0 if step is after else len(content)
        while 0 <= offset <= len(content):
            page = step(content, offset, limit, wanted)
            yield page
            reached = page.last if step is after else page.first
            if reached == offset:
                break
            offset = reached


@pytest.mark.parametrize("near", [1, 60, 200, 10**5])
@pytest.mark.parametrize("pattern", ["needle", "(?i)needle", "x? need(le|ful)", "push|needle", "(?i)push", "zz"])
def test_a_search_that_leaves_out_blocks_by_their_bytes_finds_the_same_lines(
    pattern: str, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "_MIN_BLOCK", 1)
    monkeypatch.setattr(line_filter, "_NEAR_BYTES", near)
    monkeypatch.setattr(pages_module, "MAX_SEARCH_S", math.inf)
    wanted = Filter(grep=Pattern(pattern))
    left_out = 0

    for seed in range(10):
        rng = Random(seed)
        content = b"".join(random_run(rng) for _ in range(3))
        for name in ("_SEARCHED_BLOCK_BYTES", "_BLOCK_BYTES"):
            monkeypatch.setattr(pages_module, name, rng.choice([100, 300, 1000]))
        monkeypatch.setattr(line_filter, "_BLOCK_BYTES", rng.choice([70, 500]))
        fast = list(pages(content, wanted, limit=3))
        with monkeypatch.context() as every_line:
            every_line.setattr(LineFilter, "_excludes", lambda *_: False)
            every_line.setattr(BlockMatcher, "select", lambda _, lines: list(map(Record, lines)))
            slow = list(pages(content, wanted, limit=3))
        assert [page.rows for page in fast] == [page.rows for page in slow], f"seed {seed}"
        left_out += sum(LineFilter(wanted)._excludes(reading(content), page.first, page.last) for page in fast)
    assert left_out > 0 or near > len(content)
