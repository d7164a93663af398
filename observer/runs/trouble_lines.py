"""Finds in blocks of lines those that are trouble, and those of which only a `TroubleFinder` can tell. Pure.

All others are no trouble, and say nothing to it. What `CHECKS` leaves out, `is_trouble` would refuse.
"""

from collections.abc import Callable, Sequence
from itertools import compress, count
from operator import ne
from typing import NamedTuple

from observer.format.skim import Skimmed, SkimmedData
from observer.runs.state.conversation import USUAL_STOPS
from observer.runs.trouble import ASKING, GOOD_STATUSES, SAME_TEN_S, TroubleFinder


class TroubleLines(NamedTuple):
    """Numbers of lines in order: those that a finder has to take, and others that are trouble and end no stall."""

    undecided: list[int]
    certain: list[int]


def _always(_data: SkimmedData) -> bool:
    return True


def _has_bad_status(data: SkimmedData) -> bool:
    return data.status not in _GOOD


def _has_stopped(data: SkimmedData) -> bool:
    return data.stop_reason is not None and data.stop_reason not in USUAL_STOPS


_RESULTS = frozenset({"tool_result", "subagent_complete"})
_GOOD = GOOD_STATUSES | {None}
CHECKS: dict[str, Callable[[SkimmedData], bool]] = {
    "message": _has_stopped,
    **dict.fromkeys(_RESULTS, _has_bad_status),
    **dict.fromkeys(
        ["error", "api_retry", "rate_limit", "complete", "session_start", "session_end", "info", "progress"], _always
    ),
}
"""Whether an event of a type can be trouble by itself; heartbeats aside, pieces of text, and types that never are."""
_OTHER_CHECKS = CHECKS.keys() - _RESULTS


def find_trouble(finder: TroubleFinder, events: Sequence[Skimmed]) -> TroubleLines | None:
    """Return which of the events are trouble, or have to be taken by a finder that has taken the one before them.

    None if it has to take all, because heartbeats are expected so often that any gap can be a silence.
    """
    kinds = [event.type for event in events]
    distinct = set(kinds)
    if finder.looks_at_all or "run_start" in distinct or not kinds:
        return None
    tens = [(event.timestamp or "")[:SAME_TEN_S] for event in events]
    edges = {0, len(kinds) - 1}
    for number in compress(range(len(tens) - 1), map(ne, tens, tens[1:])):
        edges |= {number, number + 1}
    for number in compress(count(), map("heartbeat".__eq__, kinds)) if "heartbeat" in distinct else ():
        if finder.heartbeat_s is None or _is_notable(events[number].data, finder.stall_after_s):
            edges |= {number, number + 1}  # the next event ends what it says
    trouble = {number for number, event in enumerate(events) if event.data.replaces}
    checked = compress(count(), map(_OTHER_CHECKS.__contains__, kinds))
    trouble.update(number for number in checked if CHECKS[kinds[number]](events[number].data))
    results = compress(count(), map(_RESULTS.__contains__, kinds))  # there are many, so they are not checked by a call
    failed = [number for number in results if events[number].data.status not in _GOOD]
    trouble.update(failed)
    certain = [number for number in failed if number not in edges]
    undecided = edges.union(trouble).difference(certain, [len(kinds)])
    return TroubleLines(sorted(undecided), certain)


def _is_notable(data: SkimmedData, stall_after_s: float) -> bool:
    return data.state == ASKING or (data.idle_s is not None and data.idle_s > stall_after_s)
