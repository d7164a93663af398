"""The part of a sequence of items that is on the screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.terminal.ui.viewport import Viewport


def viewport(*heights: int, height: int = 4) -> Viewport:
    view = Viewport(heights.__getitem__)
    view.count, view.height = len(heights), height
    return view


def test_lines_of_items_fill_the_screen() -> None:
    assert viewport(2, 3).lines() == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_at_the_end_the_last_line_is_at_the_bottom() -> None:
    view = viewport(2, 3, 3)
    view.to_end()
    assert view.lines() == [(1, 2), (2, 0), (2, 1), (2, 2)]
    assert view.is_at_end


def test_few_items_begin_at_the_top() -> None:
    view = viewport(1, 1)
    view.to_end()
    assert view.lines() == [(0, 0), (1, 0)]


@pytest.mark.parametrize(("lines", "expected"), [(1, (0, 1)), (2, (1, 0)), (99, (1, 2)), (-5, (0, 0))])
def test_scrolling_moves_by_lines_and_stops_at_the_ends(lines: int, expected: tuple[int, int]) -> None:
    view = viewport(2, 3, 3)
    view.scroll(lines)
    assert (view.top, view.line) == expected


def test_an_item_is_shown_with_the_least_movement() -> None:
    view = viewport(2, 2, 2, 2, 9)
    view.show(2)
    assert view.lines() == [(1, 0), (1, 1), (2, 0), (2, 1)]
    view.show(1)
    assert view.top == 1
    view.show(4)
    assert view.lines()[0] == (4, 0)
    view.show(0)
    assert view.lines()[0] == (0, 0)


def test_without_items_there_is_nothing_to_show() -> None:
    view = viewport()
    view.scroll(3)
    view.to_end()
    view.clamp()
    assert view.lines() == []


@given(st.lists(st.integers(1, 7), min_size=1, max_size=8), st.integers(1, 6), st.lists(st.integers(-9, 9), max_size=6))
def test_however_it_is_scrolled_it_shows_what_a_list_of_all_lines_would(
    heights: list[int], height: int, steps: list[int]
) -> None:
    everything = [(item, line) for item, count in enumerate(heights) for line in range(count)]
    view, at = viewport(*heights, height=height), 0
    for step in steps:
        view.scroll(step)
        at = max(0, min(at + step, len(everything) - height))
        assert view.lines() == everything[at : at + height]
