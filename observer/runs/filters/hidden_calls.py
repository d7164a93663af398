"""Remembers the tool calls that are not shown, until their results are: these name them. Pure."""

from collections.abc import Iterable, Sequence

from observer.format.event import Record
from observer.format.line import Line
from observer.format.line_block import LineBlock

_KINDS = frozenset({"tool_use", "tool_result"})
_MAX_CALLS = 1024
"""Calls without a result that are remembered."""


class HiddenCalls:
    """Takes all records of a run, and returns the calls that those which are shown refer to."""

    def __init__(self) -> None:
        self._calls: dict[str, Record] = {}

    def take(self, records: Iterable[Record], shown: set[int]) -> list[Record]:
        """Take the next records; those at the offsets `shown` are shown. Return what a view has to know for that.

        That are the calls of results, and those that spawned the speakers, or the subagents that ended.
        """
        needed: list[Record] = []
        for record in records:
            kind, is_shown = record.type, record.line.offset in shown
            if not is_shown and kind not in _KINDS:
                continue
            if (event := record.event) is None:
                continue
            if kind == "tool_use" and not is_shown:
                self._add(event.text("id"), record)
            else:
                needed += self._refer(kind, event.text("tool_use_id"), event.parent, is_shown=is_shown)
        return needed

    def take_block(self, block: LineBlock, shown: Sequence[Record]) -> list[Record]:
        """Do the same for many lines, of which the records `shown` are shown; only calls and results are split off."""
        offsets = {record.line.offset for record in shown}
        events = block.skimmed()
        if events is None:
            return self.take(map(Record, block), offsets)
        needed = self.take([Record(block.first)], offsets)
        offset = block.offset
        for line, event in zip(block.raw_lines(), events, strict=True):
            is_shown = offset in offsets
            if event.type == "tool_use" and not is_shown:
                self._add(event.data.id or "", Record(Line(line[:-1], offset)))
            elif is_shown or event.type == "tool_result":
                needed += self._refer(event.type, event.data.tool_use_id or "", event.parent, is_shown=is_shown)
            offset += len(line)
        return needed

    def hidden(self, id_: str) -> Record | None:
        """Return a call that was not shown and has no result, None if it is not known."""
        return self._calls.get(id_)

    def _add(self, id_: str, call: Record) -> None:
        self._calls[id_] = call
        if len(self._calls) > _MAX_CALLS:
            del self._calls[next(iter(self._calls))]

    def _refer(self, kind: str, tool_use_id: str, parent: str | None, *, is_shown: bool) -> list[Record]:
        """Forget the call that an event ends, and those that it names if it is shown: return these."""
        ended = self._calls.pop(tool_use_id, None) if kind == "tool_result" else None
        if not is_shown:
            return []
        spawning = (parent, tool_use_id if kind == "subagent_complete" else None)
        named = [self._calls.pop(call_id) for call_id in spawning if call_id is not None and call_id in self._calls]
        return [*([] if ended is None else [ended]), *named]
