"""When a viewer gives up change events, for how long, and when it waits for them again: by its lateness alone."""

from hypothesis import given
from hypothesis import strategies as st

from observer.source.lateness import (
    LATE_LOOKS,
    LATE_S,
    MAX_PAUSE_S,
    MIN_PAUSE_S,
    ON_TIME_LOOKS,
    TRUSTED_LOOKS,
    Lateness,
)

LATE, ON_TIME = 2 * LATE_S, LATE_S / 2


def after(lateness: Lateness, *looks: float) -> Lateness:
    for late_s in looks:
        lateness = lateness.after(late_s)
    return lateness


LATELY = after(Lateness(), *[LATE] * LATE_LOOKS)


def test_several_late_looks_in_a_row_and_no_fewer_end_the_waiting_for_events() -> None:
    few = [LATE] * (LATE_LOOKS - 1)
    assert after(Lateness(), *few).waits_for_events
    assert after(Lateness(), *few, ON_TIME, *few).waits_for_events
    assert not after(Lateness(), *few, ON_TIME, *few, LATE).waits_for_events


@given(st.lists(st.floats(0, LATE_S)))
def test_who_is_on_time_is_never_slowed(looks: list[float]) -> None:
    lateness = after(Lateness(), *looks)
    assert lateness.waits_for_events
    assert lateness.pause_s == 0


def test_pauses_double_up_to_a_second_while_looks_are_late() -> None:
    pauses, lateness = [LATELY.pause_s], LATELY
    for _ in range(5):
        lateness = lateness.after(LATE)
        pauses.append(lateness.pause_s)
    assert pauses == [MIN_PAUSE_S, 0.25, 0.5, 1.0, MAX_PAUSE_S, MAX_PAUSE_S]


def test_many_looks_on_time_in_a_row_begin_it_again() -> None:
    almost = [ON_TIME] * (ON_TIME_LOOKS - 1)
    assert not after(LATELY, *almost).waits_for_events
    assert not after(LATELY, *almost, LATE, *almost).waits_for_events
    assert after(LATELY, *almost, ON_TIME).waits_for_events


def test_who_is_late_again_soon_pauses_for_longer() -> None:
    again = after(LATELY, *[ON_TIME] * (ON_TIME_LOOKS + 10), *[LATE] * LATE_LOOKS)
    assert (again.waits_for_events, again.pause_s) == (False, 2 * MIN_PAUSE_S)


def test_after_a_long_time_without_late_looks_earlier_ones_are_forgotten() -> None:
    again = after(LATELY, *[ON_TIME] * (ON_TIME_LOOKS + TRUSTED_LOOKS), *[LATE] * LATE_LOOKS)
    assert (again.waits_for_events, again.pause_s) == (False, MIN_PAUSE_S)


@given(st.lists(st.floats(0, 10), max_size=200))
def test_whatever_happens_pauses_are_bounded_and_it_ends_once_looks_are_on_time(looks: list[float]) -> None:
    lateness = Lateness()
    for late_s in looks:
        lateness = lateness.after(late_s)
        assert lateness.waits_for_events or MIN_PAUSE_S <= lateness.pause_s <= MAX_PAUSE_S
    assert after(lateness, *[ON_TIME] * (ON_TIME_LOOKS + TRUSTED_LOOKS)) in {
        Lateness(in_a_row=count) for count in range(TRUSTED_LOOKS, len(looks) + ON_TIME_LOOKS + TRUSTED_LOOKS + 1)
    }
