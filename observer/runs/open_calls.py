"""Remembers the tool calls that are not shown, until their results are: these name them. Pure."""

from collections.abc import Iterable

from observer.format.event import Record

_KINDS = frozenset({"tool_use", "tool_result"})
_MAX_CALLS = 1024
"""Calls without a result that are remembered."""


class OpenCalls:
    """Takes all records of a run, and returns the calls that those which are shown refer to."""

    def __init__(self) -> None:
        self._calls: dict[str, Record] = {}

    def take(self, records: Iterable[Record], shown: set[int]) -> list[Record]:
        """Take the next records; those with an `id()` in `shown` are shown. Return what a view has to know for that.

        That are the calls of results, and those that spawned the speakers, or the subagents that ended.
        """
        needed: list[Record] = []
        for record in records:
            kind, is_shown = record.type, id(record) in shown
            if not is_shown and kind not in _KINDS:
                continue
            if kind == "tool_use" and not is_shown:
                self._add(record)
            elif kind == "tool_result" and (event := record.event) is not None:
                call = self._calls.pop(event.text("tool_use_id"), None)
                if call is not None and is_shown:
                    needed.append(call)
            if is_shown and (event := record.event) is not None:
                spawning = (event.parent, event.text("tool_use_id") if kind == "subagent_complete" else None)
                needed += [self._calls.pop(call_id) for call_id in spawning if call_id in self._calls]
        return needed

    def hidden(self, id_: str) -> Record | None:
        """Return a call that was not shown and has no result, None if it is not known."""
        return self._calls.get(id_)

    def _add(self, record: Record) -> None:
        if (event := record.event) is not None:
            self._calls[event.text("id")] = record
            if len(self._calls) > _MAX_CALLS:
                del self._calls[next(iter(self._calls))]
