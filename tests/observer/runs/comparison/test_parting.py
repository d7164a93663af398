"""The first step in which two runs differ, whatever the order in which both are read."""

from itertools import zip_longest

import pytest

from observer.runs.comparison.parting import StepComparer
from observer.runs.comparison.steps import Place, Step

Steps = list[tuple[Place, str]]


def step(place: Place, digest: str) -> Step:
    return Step(digest.encode(), place, None, 0)


def compared(first: Steps, second: Steps, *, order: str = "by turns", limit: int = 100) -> StepComparer:
    comparer = StepComparer(limit)
    taken = [[(run, *each) for each in steps] for run, steps in enumerate((first, second))]
    turns = {
        "by turns": [one for pair in zip_longest(*taken) for one in pair if one],
        "first first": [*taken[0], *taken[1]],
        "second first": [*taken[1], *taken[0]],
    }
    for run, place, digest in turns[order]:
        comparer.take(run, place, step(place, digest))
    comparer.end()
    return comparer


def parting(first: Steps, second: Steps, order: str = "by turns") -> tuple[Place, list[str]] | None:
    found = compared(first, second, order=order).parting
    return None if found is None else (found.place, [one.digest.decode() if one else "-" for one in found.steps])


any_order = pytest.mark.parametrize("order", ["by turns", "first first", "second first"])


@any_order
def test_runs_part_at_the_first_step_that_differs(order: str) -> None:
    first, second = [((0,), "a"), ((1,), "b"), ((2,), "c")], [((0,), "a"), ((1,), "x"), ((2,), "c")]
    assert parting(first, second, order) == ((1,), ["b", "x"])
    assert parting(first, first, order) is None


@any_order
def test_a_run_that_does_less_parts_where_it_ends(order: str) -> None:
    first, second = [((0,), "a")], [((0,), "a"), ((1,), "b"), ((2,), "c")]
    assert parting(first, second, order) == ((1,), ["-", "b"])
    assert parting(second, first, order) == ((1,), ["b", "-"])
    assert parting([], [], order) is None


@any_order
def test_subagents_may_run_beside_each_other_in_any_order(order: str) -> None:
    main: Steps = [((0,), "go"), ((1,), "go on")]
    one, other = [((0, 0), "a"), ((0, 1), "b")], [((1, 0), "c")]
    assert parting([*main, *one, *other], [*main, *other, *one], order) is None


@any_order
def test_the_difference_in_a_subagent_that_was_started_earlier_is_the_first(order: str) -> None:
    first = [((0,), "go"), ((1,), "x"), ((0, 0), "a"), ((2,), "late"), ((2, 0), "later")]
    second = [((0,), "go"), ((1,), "y"), ((0, 0), "b"), ((2,), "too"), ((2, 0), "latest")]
    assert parting(first, second, order) == ((0, 0), ["a", "b"])


def test_what_is_the_same_is_counted() -> None:
    same: Steps = [((0,), "a"), ((1,), "b"), ((0, 0), "c")]
    found = compared(same, same)
    assert (found.same, found.parting, found.left_out) == (3, None, 0)


def test_an_agent_that_is_far_ahead_in_one_run_is_left_out_and_that_is_known() -> None:
    many: Steps = [((0, number), "x") for number in range(20)]
    first, second = [((0,), "go"), *many, ((1,), "a")], [((0,), "go"), ((1,), "b")]
    found = compared(first, second, order="first first", limit=10)
    assert found.left_out == 1
    assert found.parting is not None
    assert found.parting.place == (1,)
