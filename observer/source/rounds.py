"""Decides which files to look at beyond those whose change was reported: now and then some, more rarely all. Pure."""

from msgspec import Struct

ROUND_S = 0.5
"""Seconds between rounds by default."""
SWEEP_S = 5.0
"""Seconds between sweeps by default."""


class Round(Struct, frozen=True):
    """What to look at besides the files that were reported."""

    is_due: bool
    """Whether to look at the files that may still be written."""
    is_sweep: bool
    """Whether to look at all files, and for new ones."""


class Rounds:
    """Decides at each wake-up of a watcher whether a round is due, or even a sweep.

    A file that is written all the time causes one wake-up after the other, and must not keep the others from their
    turn: so a round is due after `round_s` seconds, even if the timer has not fired. A sweep, each `sweep_s` seconds,
    finds what no change event was sent for. `now` is the time of a clock in seconds that never goes back.
    """

    def __init__(self, now: float, *, round_s: float = ROUND_S, sweep_s: float = SWEEP_S) -> None:
        self._round_s = round_s
        self._sweep_s = sweep_s
        self._last_round = self._last_sweep = now

    def next(self, now: float, *, on_timer: bool, is_reported: bool) -> Round:
        """Return what to do at a wake-up by the timer, or else by a change; `is_reported` is whether files are named.

        >>> Rounds(0.0).next(0.1, on_timer=False, is_reported=True)
        Round(is_due=False, is_sweep=False)

        A change of which no file is named is the beginning of a watch: what was written before caused no event.

        >>> Rounds(0.0).next(0.1, on_timer=False, is_reported=False)
        Round(is_due=False, is_sweep=True)
        """
        is_due = on_timer or now - self._last_round > self._round_s
        begins = not on_timer and not is_reported
        is_sweep = begins or (is_due and now - self._last_sweep > self._sweep_s)
        self._last_round = now if is_due else self._last_round
        self._last_sweep = now if is_sweep else self._last_sweep
        return Round(is_due, is_sweep)
