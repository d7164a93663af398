"""What somebody waits for in a run, and whether it has happened. Pure."""

import re
from collections.abc import Iterable

from msgspec import Struct

from observer.errors import UsageError
from observer.format.event import Event
from observer.runs.state import RunState, Status, Verdict

_VERDICTS = {
    verdict.value: frozenset({verdict})
    for verdict in (Verdict.COMPLETE, Verdict.FAILED, Verdict.INTERRUPTED, Verdict.CRASHED, Verdict.STALLED)
}
_VERDICTS["ended"] = frozenset(verdict for verdict in Verdict if verdict.final)
_PROGRESS = re.compile(r"progress=(all|\d+)")
_TYPE = re.compile(r"type=(\S+)")


class WaitCondition(Struct, frozen=True):
    """Any of several conditions: verdicts, a type of event, a blocked call, or how many features must pass.

    `passing` is None for all of them when `all_pass` is set.
    """

    verdicts: frozenset[Verdict] = frozenset()
    types: frozenset[str] = frozenset()
    blocked: bool = False
    passing: int | None = None
    all_pass: bool = False

    def happened(self, event: Event, state: RunState) -> str | None:
        """Return what happened with this event, `state` taking it in already; None when nothing of it did."""
        if event.type in self.types:
            return f"{event.type} event, seq {event.seq}" if event.seq is not None else f"{event.type} event"
        if self.blocked and event.type == "tool_result" and event.text("status") == "blocked":
            return f"{event.text('name')} was blocked: {event.text('reason') or event.text('output')}"
        return self._counted(state)

    def stands(self, standing: Status) -> bool:
        """Tell whether a verdict is one that is waited for."""
        return standing.verdict in self.verdicts

    def _counted(self, state: RunState) -> str | None:
        if state.passing is None or not state.total:
            return None
        enough = (self.all_pass and state.passing >= state.total) or (
            self.passing is not None and state.passing >= self.passing
        )
        return f"{state.passing} of {state.total} features pass" if enough else None


def parse_conditions(conditions: Iterable[str]) -> WaitCondition:
    """Return what `--until` means; several conditions wait for the first of them. Raises UsageError.

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
            words = ", ".join([*_VERDICTS, "blocked", "progress=all", "progress=N", "type=TYPE"])
            raise UsageError(f"--until: {condition!r} is nothing to wait for; write one of {words}")
    numbers = [int(count) for count in counts - {"all"}]
    return WaitCondition(frozenset(verdicts), frozenset(types), blocked, min(numbers, default=None), "all" in counts)
