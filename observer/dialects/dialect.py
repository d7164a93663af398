"""The protocol of dialects: a dialect turns the lines of another program's file into the events of a run. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from observer.dialects.prices import Billing


class ForeignEvent(Struct, frozen=True):
    """An event of a run file without its envelope's seq, run, phase and iteration.

    `timestamp` is RFC 3339 in UTC with six digits, as the record says, None if it does not say; it may be earlier than
    that of the event before. `parent` is the ID of the tool_use that started the subagent from which the event comes.
    `billing` says of a message what its tokens alone do not tell of its cost.
    """

    type: str
    data: dict[str, object]
    timestamp: str | None = None
    parent: str | None = None
    billing: Billing = Billing()


class Converter(Protocol):
    """Converts the records of one session, in order; it remembers what later records need.

    `unknown` counts the records of each type that the dialect does not know.
    """

    unknown: Counter[str]

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        """Return the events of the next line, without its newline; a line that says nothing of the run has none.

        `origin` names the file the line is from: empty for the main one, else its path relative to the directory of
        the session's companions. Raises nothing, whatever the line holds.
        """
        ...

    def skip(self) -> None:
        """Note that lines are left out between those so far and the next: what they add up to is not known any more."""
        ...

    def flush(self) -> list[ForeignEvent]:
        """Return the events that had waited for more lines: none will follow, even if the last turn has not ended."""
        ...

    def end(self) -> list[ForeignEvent]:
        """Return what is known if no line follows: `complete` if the last turn has ended, else nothing.

        Lines may follow all the same.
        """
        ...


class Dialect(Protocol):
    """A format of files, by its `name`, such as `codex-rollout`, and the `program` that writes them."""

    name: str
    program: str

    def vote(self, record: Mapping[str, object]) -> int:
        """Return 1 for a record of this dialect, -1 for one that cannot be, 0 for one that says nothing."""
        ...

    def converter(self) -> Converter:
        """Return a converter for one session."""
        ...
