"""What every source yields, and the protocol they share."""

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from observer.framing import Line, Oversize


class Batch(Struct, frozen=True):
    """Complete lines, in order."""

    lines: list[Line | Oversize]


class Rest(Struct, frozen=True):
    """Bytes after the last newline of something that will get no more: the tail of a file without a final
    newline, or a line that its writer did not live to finish."""

    line: Line | Oversize


class CaughtUp(Struct, frozen=True):
    """Nothing more to read just now.

    `locked` tells whether a writer held the file's lock just *before* this end was found, None when nobody can say.
    """

    locked: bool | None = None


class NoticeKind(StrEnum):
    """What a notice is about."""

    WAITING = "waiting"
    FOUND = "found"
    TRUNCATED = "truncated"
    REPLACED = "replaced"
    GONE = "gone"
    SWITCHED = "switched"
    UNREADABLE = "unreadable"
    POLLING = "polling"


class Notice(Struct, frozen=True):
    """Something about the source itself that the reader of a view should know, in one sentence."""

    kind: NoticeKind
    message: str


Item = Batch | Rest | CaughtUp | Notice


class Source(Protocol):
    """Lines with their offsets. It ends when nothing more can come; closing the iterator frees everything."""

    def items(self) -> AsyncGenerator[Item, None]:
        """Yield lines, notices, and `CaughtUp` at the end and again every now and then while nothing comes."""
        ...

    async def first_line(self) -> Line | None:
        """Return the first line of what is being read, wherever reading began, or None."""
        ...

    def rest(self) -> Rest | None:
        """Return what stands after the last newline read so far."""
        ...
