"""What every source yields, and the protocol they share."""

from collections.abc import AsyncGenerator
from enum import Enum, StrEnum, auto
from typing import Protocol

from msgspec import Struct

from observer.format.lines import Line, Oversize


class Follow(Enum):
    """How long a file is followed."""

    NOT = auto()
    """Read what is there and stop."""
    FILE = auto()
    """Go on with this file, or another one that takes its name; a symlink that is switched is only announced."""
    NAME = auto()
    """Go on with whatever the name leads to."""


class Lines(Struct, frozen=True):
    """Complete lines, in order."""

    lines: list[Line | Oversize]


class PartialLine(Struct, frozen=True):
    """Bytes after the last newline of something that will get no more: the tail of a file without a final
    newline, or a line that its writer did not live to finish."""

    line: Line | Oversize


class ContextLines(Struct, frozen=True):
    """Lines from before the place where reading began: the file's first line and the last ones before that place.

    They tell which run this is, what it is doing, and whether it had ended already. They are not to be shown.
    """

    lines: list[Line]


class Idle(Struct, frozen=True):
    """Nothing more to read just now.

    `locked` tells whether a writer held the file's lock just *before* this end was found, None when nobody can say.
    """

    locked: bool | None = None


class NoticeKind(StrEnum):
    """What a notice is about. `TRUNCATED`, `REPLACED` and `SWITCHED` mean that another content begins."""

    WAITING = "waiting"
    FOUND = "found"
    TRUNCATED = "truncated"
    REPLACED = "replaced"
    GONE = "gone"
    SWITCHED = "switched"
    NEWER = "newer"
    NOT_A_FILE = "not a file"
    UNREADABLE = "unreadable"
    POLLING = "polling"
    CRASHED = "crashed"


RESET_NOTICES = frozenset({NoticeKind.TRUNCATED, NoticeKind.REPLACED, NoticeKind.SWITCHED})


class Notice(Struct, frozen=True):
    """Something about the source itself that the reader of a view should know, in one sentence."""

    kind: NoticeKind
    message: str


Item = Lines | PartialLine | ContextLines | Idle | Notice


NO_RUN = ""
"""The origin of what is said of all the runs of a source."""


class Tagged(Struct, frozen=True):
    """An item of one of several runs; `origin` is what the run is called."""

    origin: str
    item: Item


class Source(Protocol):
    """Lines with their offsets. It ends when nothing more can come; closing the iterator frees everything."""

    def items(self) -> AsyncGenerator[Item | Tagged, None]:
        """Yield lines, notices, and `Idle` at the end and again every now and then while nothing comes."""
        ...

    def rest(self, origin: str | None = None, /) -> PartialLine | None:
        """Return what stands after the last newline read so far, of the run that is called so."""
        ...
