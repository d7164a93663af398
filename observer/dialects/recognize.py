"""Recognizes the dialect of a file by its first lines: each record votes, and bookkeeping decides nothing. Pure."""

from collections.abc import Callable, Mapping, Sequence

from observer.dialects.claude.claude_dialects import StreamJson, Transcript
from observer.dialects.codex.codex_dialects import CodexExec, CodexRollout
from observer.dialects.dialect import Dialect
from observer.dialects.gemini_stream import GeminiStream
from observer.format.tolerant_json import parse_object

HEAD_BYTES = 64 * 1024
"""The number of bytes at the beginning of a file by which its dialect is recognized."""
DIALECTS: tuple[Dialect, ...] = (Transcript(), StreamJson(), CodexRollout(), CodexExec(), GeminiStream())
"""All dialects; of several that fit equally well, the first one is taken."""
Recognize = Callable[[bytes], Dialect | None]
"""Returns the dialect of a file that begins with these bytes, as `recognize` does."""
_OWN_KEYS = ("seq", "run", "type", "data")
"""Keys of the lines of a run file, of which no other program writes all."""


def recognize(head: bytes, dialects: Sequence[Dialect] = DIALECTS) -> Dialect | None:
    """Return which of the dialects a file is in that begins with `head`; None for a run file, and for any other.

    `head` may end in the middle of a line, which does not count then unless it is whole.
    """
    votes = dict.fromkeys(range(len(dialects)), 0)
    for line in head[:HEAD_BYTES].split(b"\n"):
        record = _record(line)
        if record is None:
            continue
        if all(key in record for key in _OWN_KEYS):
            return None
        for number, dialect in enumerate(dialects):
            votes[number] += dialect.vote(record)
    best = max(votes, key=lambda number: votes[number], default=0)
    return dialects[best] if votes and votes[best] > 0 else None


def _record(line: bytes) -> Mapping[str, object] | None:
    if not line.lstrip(b"\xef\xbb\xbf\0 \t").startswith(b"{"):
        return None
    try:
        return parse_object(line)
    except ValueError:
        return None
