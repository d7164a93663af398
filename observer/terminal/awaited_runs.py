"""Which of the runs that a viewer follows are over, and which ones it waits for."""

from collections.abc import Collection

from observer.source.items import NO_RUN
from observer.terminal.viewed_run import ViewedRun


class AwaitedRuns:
    """Notes for each run, by its origin, whether it is over or waited for, and decides when to stop waiting."""

    def __init__(self) -> None:
        self._over: dict[str | None, bool] = {}
        self._awaited: dict[str | None, bool] = {}

    def note(self, origin: str | None, run: ViewedRun, *, endless: bool, ignore_unknown: bool) -> None:
        """Note whether a run is over, or need not be waited for."""
        if origin == NO_RUN:
            return
        is_over = run.exhausted or (not endless and run.has_ended)
        self._over[origin] = is_over
        self._awaited[origin] = not (is_over or (ignore_unknown and not endless and run.is_unknown))

    def done(self, runs: Collection[ViewedRun]) -> bool:
        """Return whether no run is waited for and one is over; without any run, whether no event is waited for."""
        if any(self._awaited.values()):
            return False
        return any(self._over.values()) or all(run.exhausted for run in runs)
