"""The order of a table of runs: those that need a person first. Pure.

A run needs you while it waits for a person, or if it crashed, failed, stalled or hit a rate limit within a day; what is
older was seen or does not matter, or it would stay on top for ever.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from observer.runs.listing.listed_run import ListedRun
from observer.runs.state.verdict import Verdict

RECENT_S = 24 * 3600.0
"""A run whose last event is older than this does not need a person any more."""
_NEEDS_YOU = (Verdict.WAITING_ON_HUMAN, Verdict.CRASHED, Verdict.FAILED, Verdict.STALLED, Verdict.RATE_LIMITED)
"""Most urgent first."""
_STOPPED = frozenset({Verdict.CRASHED, Verdict.FAILED, Verdict.STALLED})
_ACTIVE = frozenset({Verdict.WORKING, Verdict.IN_TOOL, Verdict.WAITING_ON_MODEL, Verdict.RETRYING})


def by_urgency(runs: Iterable[ListedRun], now: float) -> list[ListedRun]:
    """Return the runs that need you, then the active ones, then the others by time.

    `now` is in seconds since 1970; the time of a run is that of its last event, newest first. Those of a verdict that
    need you because they have stopped are in that order, too; active ones, whose time changes, in the order given.
    """
    return sorted(runs, key=lambda run: _rank(run, now))


def describe_counts(runs: Sequence[ListedRun], now: float, dot: str, *, reasons: bool = True) -> str:
    """Return how many runs need you and (`reasons`) why, and how many others there are; `dot` separates the parts."""
    needing = [run for run in runs if needs_you(run, now)]
    active = sum(run.status.verdict in _ACTIVE for run in runs)
    others = Counter(
        "finished" if run.status.verdict.final else run.status.verdict.value
        for run in runs
        if run.status.verdict not in _ACTIVE and not needs_you(run, now)
    )
    why = f": {count_verdicts(needing)}" if reasons else ""
    parts = [f"{len(needing)} need{'s' * (len(needing) == 1)} you{why}"] if needing else []
    parts += [f"{active} active"] if active else []
    parts += [f"{count} {word}" for word, count in others.most_common()]
    return f" {dot} ".join(parts) or "no runs"


def count_verdicts(runs: Iterable[ListedRun]) -> str:
    """Return how many runs have each verdict, the most urgent first: `1 crashed, 3 working`."""
    counts = Counter(run.status.verdict for run in runs)
    order = [*_NEEDS_YOU, *(verdict for verdict in Verdict if verdict not in _NEEDS_YOU)]
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in order if counts[verdict])


def needs_you(run: ListedRun, now: float) -> bool:
    """Return whether a run needs a person; `now` is in seconds since 1970."""
    return run.status.verdict in _NEEDS_YOU and run.silent_s(now) < RECENT_S


def _rank(run: ListedRun, now: float) -> tuple[int, float]:
    verdict = run.status.verdict
    if needs_you(run, now):
        return _NEEDS_YOU.index(verdict), run.silent_s(now) if verdict in _STOPPED else 0.0
    return (len(_NEEDS_YOU), 0.0) if verdict in _ACTIVE else (len(_NEEDS_YOU) + 1, run.silent_s(now))
