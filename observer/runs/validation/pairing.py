"""Matches what starts with what ends, for the validator: calls, subagents and messages. Pure.

An event that cannot be read may be the missing counterpart of one that can, so each of those explains one.
"""

from collections import deque
from collections.abc import Callable, Iterator
from math import inf

from msgspec import Struct

from observer.format.fields import FieldAccess, Fields
from observer.format.valid_lines import ValidLine


class Finding(Struct, frozen=True):
    """A violation of the format: the number of the line, counted from 1, the broken rule, and a message.

    The number is 0 if the file that was checked is a copy, and the finding on no line of its original.

    The rules are `encoding`, `json`, `schema`, `format`, `type`, `run`, `seq`, `timestamp`, `start`, `end`, `pair`,
    `message`, `heartbeat`.
    """

    line: int
    rule: str
    message: str


class LostEvents:
    """The events that a file does not show, with the lines at which they were: unreadable, or missing."""

    def __init__(self) -> None:
        self._places: deque[tuple[int, float]] = deque()

    def add(self, line: int, count: float = 1) -> None:
        """Add `count` events that were at a line or before it, after the previous one; infinity if unknown."""
        if count > 0:
            self._places.append((line, count))

    def withdraw(self) -> None:
        """Take back what was added last: it was not lost after all."""
        if self._places:
            self._places.pop()

    def __bool__(self) -> bool:
        return bool(self._places)

    def explain(self, *, after: int = 0) -> bool:
        """Return whether one that is after a line may be what is missing; it explains nothing else then."""
        for index, (line, count) in enumerate(self._places):
            if line > after:
                if count == 1:
                    del self._places[index]
                else:
                    self._places[index] = line, count - 1
                return True
        return False


EVERYTHING = inf
"""The number of lost events if it is not known."""
LineCheck = Callable[[ValidLine, int], Finding | None]
"""Takes a line that conforms to the schema, and its number."""
_PIECES = frozenset({"thought", "thinking"})


class Pairs:
    """The calls or subagents that have started but not ended, with their lines, and those that have ended."""

    def __init__(self, begins: str, begin_key: str, ends: str, end_key: str, lost: LostEvents) -> None:
        self.begins, self.ends = begins, ends
        self._keys = {begins: begin_key, ends: end_key}
        self._open: dict[str, tuple[int, str]] = {}
        self._ended: set[str] = set()
        self._lost = lost

    def take(self, kind: str, data: FieldAccess, number: int) -> Finding | None:
        """Take an event of one of the two types, which is on line `number`."""
        id_ = data.text(self._keys[kind])
        return self.begin(id_, _name(data), number) if kind == self.begins else self.end(id_, number)

    def begin(self, id_: str, name: str, number: int) -> Finding | None:
        """Take the beginning of a call, or of a subagent, which is on line `number`."""
        is_second = id_ in self._open or id_ in self._ended
        self._open[id_] = number, name
        return Finding(number, "pair", f"second {self.begins} with the ID {id_}") if is_second else None

    def end(self, id_: str, number: int) -> Finding | None:
        """Take the end of a call, or of a subagent, which is on line `number`."""
        if id_ in self._open:
            self._end(id_)
            return None
        if id_ in self._ended:
            return Finding(number, "pair", f"second {self.ends} for {id_}")
        if not self._lost.explain():
            return Finding(number, "pair", f"{self.ends} for {id_}, which has no {self.begins}")
        self._ended.add(id_)
        return None

    def note(self, kind: str, data: FieldAccess, number: int) -> None:
        """Take an event about which something was reported already, such as an invalid or a repeated one."""
        id_ = data.text(self._keys[kind])
        if not id_:
            self._lost.add(number)
        elif kind == self.begins and id_ not in self._open and id_ not in self._ended:
            self._open[id_] = number, _name(data)
        elif kind == self.ends and id_ in self._open:
            self._end(id_)

    def unended(self) -> Iterator[Finding]:
        """Yield a finding for each that has not ended."""
        for id_, (number, what) in self._open.items():
            if not self._lost.explain(after=number):
                yield Finding(number, "pair", f"{self.begins} {what} ({id_}) has no {self.ends}")

    def _end(self, id_: str) -> None:
        del self._open[id_]
        self._ended.add(id_)


def _name(data: FieldAccess) -> str:
    return data.text("name") or data.text("agent_type")


class Messages:
    """The messages that are complete, with their lines: no piece of their text follows, and none ends twice."""

    def __init__(self) -> None:
        self._ended: dict[tuple[str | None, str], int] = {}

    def piece(self, kind: str, key: tuple[str | None, str], number: int) -> Finding | None:
        """Take a piece of a message, which its agent and its ID name."""
        line = self._ended.get(key)
        if line is None:
            return None
        return Finding(number, "message", f"{kind} of {key[1]}, which was complete on line {line}")

    def end(self, key: tuple[str | None, str], number: int) -> Finding | None:
        """Take the end of a message."""
        line = self._ended.setdefault(key, number)
        if line == number:
            return None
        return Finding(number, "message", f"second message with the ID {key[1]}; the first is on line {line}")


class Parts:
    """What events begin, continue and end: calls, subagents and messages."""

    def __init__(self, lost: LostEvents) -> None:
        messages = Messages()
        tools = Pairs("tool_use", "id", "tool_result", "tool_use_id", lost)
        subagents = Pairs("subagent_start", "id", "subagent_complete", "id", lost)
        self._messages, self._all_pairs = messages, (tools, subagents)
        self._pairs = {kind: pairs for pairs in self._all_pairs for kind in (pairs.begins, pairs.ends)}
        self.checks: dict[str, LineCheck] = {
            "thought": lambda line, number: messages.piece("thought", (line.parent, line.data.message), number),
            "thinking": lambda line, number: messages.piece("thinking", (line.parent, line.data.message), number),
            "message": lambda line, number: messages.end((line.parent, line.data.id), number),
            "tool_use": lambda line, number: tools.begin(line.data.id, line.data.name, number),
            "tool_result": lambda line, number: tools.end(line.data.tool_use_id, number),
            "subagent_start": lambda line, number: subagents.begin(line.data.id, line.data.agent_type or "", number),
            "subagent_complete": lambda line, number: subagents.end(line.data.id, number),
        }
        """By the type of its event, what takes a line that conforms to the schema."""

    def take(self, kind: str, data: Fields, parent: str | None, number: int) -> Finding | None:
        """Take an event of any type, which is on line `number`."""
        if kind in self._pairs:
            return self._pairs[kind].take(kind, data, number)
        if kind in _PIECES:
            return self._messages.piece(kind, (parent, data.text("message")), number)
        return self._messages.end((parent, data.text("id")), number) if kind == "message" else None

    def note(self, kind: str, data: FieldAccess, number: int) -> None:
        """Take an event about which something was reported already, such as an invalid or a repeated one."""
        if kind in self._pairs:
            self._pairs[kind].note(kind, data, number)

    def unended(self) -> Iterator[Finding]:
        """Yield a finding for each call and subagent that has not ended."""
        for pairs in self._all_pairs:
            yield from pairs.unended()
