"""Parses the conditions of `observe wait`, and decides whether a run meets them. Pure."""

import re
from collections.abc import Iterable

from msgspec import Struct

from observer.errors import UsageError
from observer.format.event import Event
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict

_VERDICTS = {
    verdict.value: frozenset({verdict})
    for verdict in Verdict
    if verdict.final or verdict in {Verdict.STALLED, Verdict.UNKNOWN, Verdict.IDLE}
}
_VERDICTS["waiting-on-human"] = frozenset({Verdict.WAITING_ON_HUMAN})
_VERDICTS["ended"] = frozenset(verdict for verdict in Verdict if verdict.final)
CONDITIONS = (*_VERDICTS, "blocked", "progress=all")
"""Those that need no number and no name."""
_PROGRESS = re.compile(r"progress=(all|\d{1,18})")
_TYPE = re.compile(r"type=(\S+)")


class WaitCondition(Struct, frozen=True):
    """Is met by any of these: a verdict, an event type, a blocked call, `passing` features, or all features."""

    verdicts: frozenset[Verdict] = frozenset()
    types: frozenset[str] = frozenset()
    blocked: bool = False
    passing: int | None = None
    all_pass: bool = False

    def match_event(self, event: Event, state: RunState) -> str | None:
        """Return a description of what meets the condition, or None; `state` already includes the event."""
        if event.type in self.types:
            return f"{event.type} event, seq {event.seq}" if event.seq is not None else f"{event.type} event"
        if self.blocked and event.type == "tool_result" and event.text("status") == "blocked":
            return f"{event.text('name')} was blocked: {event.text('reason') or event.text('output')}"
        return self._match_progress(state)

    def match_status(self, status: Status) -> bool:
        """Return whether a verdict meets the condition."""
        return status.verdict in self.verdicts

    def _match_progress(self, state: RunState) -> str | None:
        if state.passing is None or not state.total:
            return None
        enough = (self.all_pass and state.passing >= state.total) or (
            self.passing is not None and state.passing >= self.passing
        )
        return f"{state.passing} of {state.total} features pass" if enough else None


def parse_conditions(conditions: Iterable[str]) -> WaitCondition:
    """Return a condition that is met when any of `conditions`, written as for `--until`, is met. Raises UsageError.

    >>> parse_conditions(["complete", "progress=3"]).passing
    3
    """
    verdicts: set[Verdict] = set()
    types: set[str] = set()
    blocked, counts = False, set[str]()
    for condition in conditions:
        if condition in _VERDICTS:
            verdicts |= _VERDICTS[condition]
        elif condition == "blocked":
            blocked = True
        elif match := _TYPE.fullmatch(condition):
            types.add(match[1])
        elif match := _PROGRESS.fullmatch(condition):
            counts.add(match[1])
        else:
            known = ", ".join([*CONDITIONS, "progress=N", "type=TYPE"])
            raise UsageError(f'invalid value for --until: unknown condition "{condition}"; use one of {known}')
    numbers = [int(count) for count in counts - {"all"}]
    return WaitCondition(frozenset(verdicts), frozenset(types), blocked, min(numbers, default=None), "all" in counts)
