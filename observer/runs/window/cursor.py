"""A cursor: a position in a run file that survives a restart of the server. Pure.

It names the content of the file (its generation) and a byte offset, so that a client never resumes in the middle of
another file that has taken the name of the first.
"""

import re
from hashlib import blake2b

from msgspec import Struct

HEAD_BYTES = 4096
"""Bytes of a file's first line that identify it. The run and its start time are among the first hundred."""
NO_GENERATION = ""
"""The generation of a file without a complete line: there is no cursor in it yet."""
_CURSOR = re.compile(r"([0-9a-f]{16})\.([0-9]{1,18})")


class Cursor(Struct, frozen=True):
    """The generation of the file, and the offset just past a line, where the next one begins."""

    generation: str
    offset: int

    def __str__(self) -> str:
        return f"{self.generation}.{self.offset}"


def parse_cursor(text: str) -> Cursor | None:
    """Parse a cursor. Return None if the text is not one.

    >>> parse_cursor("0123456789abcdef.42")
    Cursor(generation='0123456789abcdef', offset=42)
    >>> parse_cursor("42") is None
    True
    """
    match = _CURSOR.fullmatch(text)
    return Cursor(match[1], int(match[2])) if match else None


def generation_of(inode: int, head: bytes, edition: str = "") -> str:
    """Return 16 hex digits that identify a file's content, given its first `HEAD_BYTES` bytes or all of a shorter one.

    `edition` differs after the file was rewritten in place. Return NO_GENERATION while the first line is incomplete.
    """
    line, newline, _ = head[:HEAD_BYTES].partition(b"\n")
    if not newline and len(line) < HEAD_BYTES:
        return NO_GENERATION
    return blake2b(b"%d\n%b%b" % (inode, line, edition.encode()), digest_size=8).hexdigest()
