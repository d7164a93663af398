"""Defines the items that every source yields, and the protocol of sources."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from enum import Enum, StrEnum, auto
from typing import Protocol

from msgspec import Struct

from observer.format.line import Line, Oversize


class Follow(Enum):
    """The extent to which a file is followed."""

    NOT = auto()
    """Read to the end and stop."""
    FILE = auto()
    """Follow this file, or another one that gets its name; a symlink that moves is only reported."""
    NAME = auto()
    """Follow the file that the name refers to at any time."""


class Lines(Struct, frozen=True):
    """Complete lines, in order; many at once may be a `LineBlock`, which is split when one of them is accessed."""

    lines: Sequence[Line | Oversize]


class PartialLine(Struct, frozen=True):
    """The bytes after the last newline of a file that is finished: it has no final newline, or its writer was killed
    in the middle of a line."""

    line: Line | Oversize


class ContextLines(Struct, frozen=True):
    """Lines before the start position: the first line of the file and the last ones before that position.

    They show which run it is, its state, and whether it had already ended. They are not displayed.
    """

    lines: list[Line]


class Idle(Struct, frozen=True):
    """There is nothing more to read for now.

    `locked` is whether the writer's lock was held when last checked, before reading to the end; None if unknown.
    `modified` is when the file was last written, in seconds since 1970; None if there is no file. With `is_final` there
    will never be more: a compressed file has no writer.
    """

    locked: bool | None = None
    modified: float | None = None
    is_final: bool = False


class NoticeKind(StrEnum):
    """The subject of a notice. After those in `RESET_NOTICES` the content starts from the beginning."""

    WAITING = "waiting"
    FOUND = "found"
    TRUNCATED = "truncated"
    REPLACED = "replaced"
    GONE = "gone"
    SWITCHED = "switched"
    OTHER_RUN = "other run"
    NOT_A_FILE = "not a file"
    UNREADABLE = "unreadable"
    POLLING = "polling"
    CRASHED = "crashed"
    CONTENT = "content"
    STALLED = "stalled"
    BEGINNING = "beginning"


RESET_NOTICES = frozenset({NoticeKind.TRUNCATED, NoticeKind.REPLACED, NoticeKind.SWITCHED})
"""The kinds after which everything that was read before is void."""


ALARMING_NOTICES = frozenset({NoticeKind.CRASHED, NoticeKind.STALLED})
"""The kinds that report what became of the run rather than of its file."""


class Notice(Struct, frozen=True):
    """A sentence for users about the source itself; `unread` is the part of it that says why there can be no event."""

    kind: NoticeKind
    message: str
    unread: str | None = None


Item = Lines | PartialLine | ContextLines | Idle | Notice


NO_RUN = ""
"""The origin of items that concern all runs of a source."""


class Tagged(Struct, frozen=True):
    """An item of one of several runs; `origin` is the name of the run."""

    origin: str
    item: Item


class Source(Protocol):
    """Yields lines with their offsets. It ends when nothing more can come; closing the iterator frees its resources."""

    def items(self) -> AsyncGenerator[Item | Tagged, None]:
        """Yield lines, notices, and `Idle` at the end of the input and repeatedly while nothing comes."""
        ...

    def rest(self, origin: str | None = None, /) -> PartialLine | None:
        """Return the bytes after the last newline read so far, of the run with that name."""
        ...


async def until_idle(next_items: Callable[[], Awaitable[list[Item]]]) -> AsyncGenerator[Item, None]:
    """Yield items, read after read, until there is nothing more to read."""
    is_idle = False
    while not is_idle:
        for item in await next_items():
            yield item
            is_idle = isinstance(item, Idle)
