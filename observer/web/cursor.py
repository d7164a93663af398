"""A place in a run file that survives a restart of the server: which content it is, and a byte offset. Pure."""

import re
from hashlib import blake2b

from msgspec import Struct

HEAD = 4096
"""Bytes of a file's first line that tell it from others: run and time of the beginning are among the first hundred."""
NO_GENERATION = ""
"""Of a file that has no complete line yet, so that nothing of it can have been told."""
_WRITTEN = re.compile(r"([0-9a-f]{16})\.([0-9]{1,18})")


class Cursor(Struct, frozen=True):
    """The file's generation, and the offset just past a line, which is where the next one begins."""

    generation: str
    offset: int

    def __str__(self) -> str:
        return f"{self.generation}.{self.offset}"


def cursor(text: str) -> Cursor | None:
    """Return the cursor that somebody wrote down, None when it is none.

    >>> cursor("0123456789abcdef.42")
    Cursor(generation='0123456789abcdef', offset=42)
    >>> cursor("42") is None
    True
    """
    found = _WRITTEN.fullmatch(text)
    return Cursor(found[1], int(found[2])) if found else None


def generation_of(inode: int, head: bytes) -> str:
    """Return 16 hex digits that stand for a file; `head` are its first bytes, `HEAD` of them if there are so many."""
    line, newline, _ = head[:HEAD].partition(b"\n")
    if not newline and len(line) < HEAD:
        return NO_GENERATION
    return blake2b(b"%d\n%b" % (inode, line), digest_size=8).hexdigest()
