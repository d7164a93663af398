"""What a log shows together: the pieces of a text, and a call with its result. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from observer.runs.filters.filter import LIVENESS_TYPES, PIECE_TYPES
from observer.runs.rows.row_types import Block, Row, Span, Tone

Key = tuple[object, ...]
"""Identifies an entry, however many of its lines are known."""
_CALL_KINDS = frozenset({"tool_use", "tool_input", "tool_result", "subagent_start", "subagent_progress",
                         "subagent_complete"})  # fmt: skip


class LoadedRow(Struct, frozen=True, gc=False):
    """The row of a line, and the offsets between which the line stands in the file."""

    begin: int
    end: int
    row: Row
    only_session: str | None = None
    """Of the end of a session that succeeded and is all of its run, its turns in words; None for any other line."""


class Entry(Struct, eq=False):
    """The rows that are shown together, in the order of the file; at least one."""

    key: Key
    parts: list[LoadedRow]
    is_labeled: bool = False
    """Whether the agent of the entry is named before it, as it is another one than that of the entry above."""
    is_spaced: bool = False
    """Whether a blank line separates it from the entry above."""

    @property
    def row(self) -> Row:
        """The row that says what it is: the first one, or that of the end of a run."""
        last = self.parts[-1].row
        return last if last.kind == "complete" else self.parts[0].row

    @property
    def begin(self) -> int:
        """The offset of the first line."""
        return self.parts[0].begin

    @property
    def end(self) -> int:
        """The offset just past the last line."""
        return self.parts[-1].end

    @property
    def kind(self) -> str:
        """`text`, `thinking`, `call`, or the type of the event."""
        if self.row.kind == "thought":
            return "text"
        return "call" if self.key[0] == "call" else self.row.kind

    @property
    def is_trouble(self) -> bool:
        """Whether something in it went wrong."""
        return any(part.row.trouble for part in self.parts)

    @property
    def text(self) -> str:
        """The joined text of its pieces."""
        return "".join([part.row.text for part in self.parts if part.row.text])

    @property
    def status(self) -> list[Span]:
        """How the call stands."""
        return next((part.row.status for part in reversed(self.parts) if part.row.status), [])

    @property
    def blocks(self) -> list[Block]:
        """The blocks of all its rows."""
        return [block for part in self.parts for block in part.row.blocks]

    @property
    def is_liveness(self) -> bool:
        """Whether it only shows that the run is alive."""
        return self.row.kind in LIVENESS_TYPES


class EntryList:
    """Joins rows, which come in the order of the file, to entries."""

    def __init__(self, rows: Iterable[LoadedRow] = ()) -> None:
        self.entries: list[Entry] = []
        self._by_key: dict[Key, Entry] = {}
        self._spoken: set[str] = set()
        for row in rows:
            self.add(row)

    def find(self, key: Key) -> Entry | None:
        """Return the entry with a key."""
        return self._by_key.get(key)

    def add(self, loaded: LoadedRow) -> Entry | None:
        """Add the next row, and return the entry that has it; None if it says nothing that is not shown already."""
        row = loaded.row
        if row.kind in PIECE_TYPES and row.message:
            self._spoken.add(row.message)
        if row.kind == "message" and not row.title and (row.message in self._spoken or not row.blocks):
            return None
        above = self.entries[-1] if self.entries else None
        if row.kind == "complete" and row.tone is Tone.GOOD and above and above.parts[0].only_session is not None:
            above.parts.append(loaded)  # a success is said once
            return above
        key = key_of(loaded)
        entry = self._by_key.get(key)
        if entry is not None:
            entry.parts.append(loaded)
            return entry
        entry = self._by_key[key] = Entry(key, [loaded])
        self.entries.append(entry)
        return entry


def key_of(loaded: LoadedRow) -> Key:
    """Return what a row shares with those that are shown together with it."""
    row = loaded.row
    if row.kind in PIECE_TYPES and row.message:
        return "piece", row.kind, row.agent, row.message, row.block
    if row.kind in _CALL_KINDS and row.call:
        return "call", row.call
    return "line", loaded.begin
