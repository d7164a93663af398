"""When files are looked at of which no change was reported."""

from observer.source.rounds import Round, Rounds

NOTHING = Round(is_due=False, is_sweep=False)
DUE = Round(is_due=True, is_sweep=False)


def test_the_timer_always_brings_a_round() -> None:
    rounds = Rounds(0.0, round_s=1.0, sweep_s=5.0)
    assert [rounds.next(now, on_timer=True, is_reported=False) for now in (0.1, 0.2)] == [DUE, DUE]


def test_a_file_that_is_written_all_the_time_does_not_keep_the_others_from_their_turn() -> None:
    rounds = Rounds(0.0, round_s=1.0, sweep_s=5.0)
    rounds_of = {now: rounds.next(now / 10, on_timer=False, is_reported=True) for now in range(100)}
    assert [now for now, each in rounds_of.items() if each.is_due] == [11, 22, 33, 44, 55, 66, 77, 88, 99]
    assert [now for now, each in rounds_of.items() if each.is_sweep] == [55]


def test_a_watch_begins_with_a_sweep() -> None:
    rounds = Rounds(0.0, round_s=1.0, sweep_s=5.0)
    assert rounds.next(0.1, on_timer=False, is_reported=False).is_sweep
    assert rounds.next(0.2, on_timer=False, is_reported=True) == NOTHING


def test_a_sweep_is_made_after_its_interval_and_counts_from_the_last_one() -> None:
    rounds = Rounds(0.0, round_s=1.0, sweep_s=5.0)
    assert rounds.next(4.0, on_timer=False, is_reported=False).is_sweep
    assert not rounds.next(6.0, on_timer=True, is_reported=False).is_sweep
    assert rounds.next(9.5, on_timer=True, is_reported=False).is_sweep
