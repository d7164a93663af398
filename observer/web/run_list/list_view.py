"""The list of runs as one client wants it: filtered, ordered, grouped, and as much of it as is on its screen. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from observer.format.json import encode
from observer.runs.listing.listed_run import ListedRun, run_fields
from observer.runs.listing.run_filter import RunFilter
from observer.runs.listing.run_names import project_name
from observer.runs.listing.run_order import GroupKey, RunGroup, SortKey, group_runs, sort_runs
from observer.runs.listing.urgency import needs_you
from observer.web.responses import sse
from observer.web.run_list.run_words import run_words

MAX_PROJECTS = 200
"""Projects by which a client can filter, those with the most runs."""
_PASSING_TIME = ("elapsed_s", "seconds", "silent_s", "words")
"""Fields that change with every refresh, and the words, which say the same as the others."""

Runs = Mapping[str, ListedRun]
"""The runs of a directory by name, newest first."""
Row = dict[str, Any]
"""A run as JSON."""


class ListQuery(Struct, frozen=True):
    """Which runs, in which order, and how many of them; `run` names one that is reported in any case."""

    run_filter: RunFilter
    sort: SortKey
    group: GroupKey | None
    limit: int
    run: str | None


class ListMessage(Struct, frozen=True):
    """What is new in a view. `order` has the names of all its runs, None if it is as before; `runs` those that changed.

    `total` and the counts by verdict and project are of all runs, `matching` and the `groups` of those that pass the
    filter; `has_run` says whether the one that is reported in any case exists.
    """

    total: int
    matching: int
    needing: int
    newest: str | None
    verdicts: dict[str, int]
    projects: dict[str, int]
    groups: list[RunGroup]
    order: list[str] | None
    runs: list[Row]
    has_run: bool


class ListView:
    """The part of the list that one client has, and what is new in it."""

    def __init__(self, query: ListQuery) -> None:
        self._query = query
        self._order: list[str] | None = None
        self._sent: dict[str, ListedRun] = {}
        self._counts: tuple[object, ...] = ()

    def update(self, runs: Runs, now: float) -> bytes:
        """Return the message for what is new at `now`, in seconds since 1970; empty if nothing is."""
        query, names = self._query, {id(run): name for name, run in runs.items()}
        matching = query.run_filter.select(runs.values(), now)
        ordered, groups = group_runs(sort_runs(matching, now, query.sort), now, query.group)
        order = [names[id(run)] for run in ordered[: query.limit]]
        shown = {name: runs[name] for name in order}
        if query.run is not None and query.run in runs:
            shown[query.run] = runs[query.run]
        changed = [name for name, run in shown.items() if _has_changed(self._sent.get(name), run, now)]
        message = ListMessage(
            total=len(runs),
            matching=len(matching),
            needing=sum(needs_you(run, now) for run in runs.values()),
            newest=next(iter(runs), None),
            verdicts=dict(Counter(run.status.verdict.value for run in runs.values()).most_common()),
            projects=dict(_projects(runs).most_common(MAX_PROJECTS)),
            groups=groups,
            order=None if order == self._order else order,
            runs=[row_of(runs[name], now) for name in changed],
            has_run=query.run is None or query.run in runs,
        )
        counts = (*msgspec.structs.astuple(message)[:7], message.has_run)
        if message.order is None and not changed and counts == self._counts:
            return b""
        self._order, self._sent, self._counts = order, shown, counts
        return sse.named_message("list", encode(msgspec.to_builtins(message)))


def row_of(listed: ListedRun, now: float) -> Row:
    """Return a run as JSON, without the path of its file on the server; `now` is in seconds since 1970.

    It has the `RunWords`, too.
    """
    return run_fields(listed, now) | {"file": listed.path.name, "words": msgspec.to_builtins(run_words(listed))}


def changes(previous: Runs, current: Runs, now: float) -> bytes:
    """Return the messages that lead from one state of all runs to the next."""
    changed = [
        sse.named_message("run", encode(row_of(run, now)))
        for name, run in reversed(list(current.items()))
        if _has_changed(previous.get(name), run, now)
    ]
    gone = [sse.named_message("gone", encode({"name": name})) for name in previous if name not in current]
    return b"".join(changed + gone)


def _has_changed(before: ListedRun | None, run: ListedRun, now: float) -> bool:
    """Return whether more has changed than the time that has passed."""
    if before is run:
        return False
    return before is None or _lasting(row_of(before, now)) != _lasting(row_of(run, now))


def _lasting(row: Row) -> Row:
    return {key: value for key, value in row.items() if key not in _PASSING_TIME}


def _projects(runs: Runs) -> Counter[str]:
    return Counter(name for run in runs.values() if (name := project_name(run.state.project_dir)))
