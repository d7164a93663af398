"""The order in which runs are listed, and their groups. Pure."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_names import project_name
from observer.runs.listing.urgency import by_urgency, needs_you


class SortKey(StrEnum):
    """What comes first: the runs that need you, the newest, those with the latest event, the dearest, the longest."""

    URGENCY = "urgency"
    NEWEST = "newest"
    LATEST_EVENT = "event"
    COST = "cost"
    DURATION = "duration"


class GroupKey(StrEnum):
    """What the runs of a group have in common."""

    PROJECT = "project"
    VERDICT = "verdict"


class RunGroup(Struct, frozen=True):
    """Runs that follow each other in the list: what they have in common, how many they are, and how many need you."""

    name: str
    count: int
    needing: int


def sort_runs(runs: Iterable[ListedRun], now: float, key: SortKey) -> list[ListedRun]:
    """Return runs, which are given newest first, in another order; `now` is in seconds since 1970.

    Those of which the cost or the duration is not known come last.
    """
    match key:
        case SortKey.NEWEST:
            return list(runs)
        case SortKey.URGENCY:
            return by_urgency(runs, now)
        case SortKey.LATEST_EVENT:
            return sorted(runs, key=lambda run: run.silent_s(now))
        case SortKey.COST:
            return sorted(runs, key=lambda run: _known_or_least(run.state.cost_usd), reverse=True)
        case SortKey.DURATION:
            return sorted(runs, key=lambda run: _known_or_least(run.elapsed_s(now)), reverse=True)


def group_runs(
    runs: Sequence[ListedRun], now: float, key: GroupKey | None
) -> tuple[list[ListedRun], list[RunGroup]]:  # fmt: skip
    """Return the runs group by group, and the groups: first the one of the first run, which keep their order in it."""
    if key is None:
        return list(runs), []
    groups: dict[str, list[ListedRun]] = {}
    for run in runs:
        groups.setdefault(_name(run, key), []).append(run)
    described = [
        RunGroup(name, len(members), sum(needs_you(run, now) for run in members)) for name, members in groups.items()
    ]
    return [run for members in groups.values() for run in members], described


def _known_or_least(value: float | None) -> float:
    return -1.0 if value is None else value


def _name(run: ListedRun, key: GroupKey) -> str:
    return run.status.verdict.value if key is GroupKey.VERDICT else project_name(run.state.project_dir) or ""
