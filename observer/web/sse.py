r"""Lines as server-sent events. Pure.

A message's `id` is the cursor just past the line, its `data` the line as written. A stream of events ends its lines
at `\r` too, so a `\r`, which JSON allows between tokens only, becomes a space: no line of a run can forge a message.
"""

import re
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from observer.format.event import Event, Malformed, decode, json_of, type_of
from observer.format.lines import Line, Oversize

LONGEST = 1024 * 1024
"""Bytes of a line that is sent unasked; of a longer one only what it is."""
KEEP_ALIVE = b": \n\n"
CAUGHT_UP = b'event: caught-up\ndata: {"seq_hint":null}\n\n'
_ENVELOPE = 1024
"""Bytes at the beginning of a line among which its type and number stand, if an agent wrote it."""
_TYPE = re.compile(rb'"type":\s?"([^"\\]{1,80})"')
_SEQ = re.compile(rb'"seq":\s?(\d{1,18})\b')


class Envelope(Struct, frozen=True):
    """What a line that is too long to be sent holds; None where its beginning does not tell."""

    bytes: int
    type: str | None
    seq: int | None


Peek = Callable[[int, int], bytes]
"""Bytes of the file: (how many, from which offset)."""


def messages(lines: Iterable[tuple[Line | Oversize, int]], generation: str, peek: Peek) -> bytes:
    """Return messages for lines, each with the offset just past it in the file; blank lines have none."""
    return b"".join(message(line, b"%b.%d" % (generation.encode(), end), peek) for line, end in lines)


def message(line: Line | Oversize, cursor: bytes, peek: Peek) -> bytes:
    """Return the message for one line, empty for a blank one."""
    if isinstance(line, Oversize) or len(line.data) > LONGEST:
        return _named(b"long", cursor, msgspec.json.encode(envelope(line, peek)))
    data = json_of(line)
    if not (type_of(line) or isinstance(decode(line), Event)):
        return malformed(line, cursor) if data.strip() else b""
    return b"id: %b\ndata: %b\n\n" % (cursor, data.replace(b"\r", b" ") if b"\r" in data else data)


def malformed(line: Line, cursor: bytes) -> bytes:
    """Return the message for a line that is no event."""
    found = decode(line)
    reason, preview = (found.reason, found.preview) if isinstance(found, Malformed) else ("", "")
    return _named(b"malformed", cursor, msgspec.json.encode({
        "bytes": len(line.data), "reason": reason, "preview": preview,
    }))  # fmt: skip


def reset(reason: str) -> bytes:
    """Return the message that says that everything told so far is of a file that is no more."""
    return b"event: reset\ndata: %b\n\n" % msgspec.json.encode({"reason": reason})


def refused(reason: str) -> bytes:
    """Return the message that says why a stream cannot go on."""
    return named("refused", msgspec.json.encode({"error": reason}))


def moved_on(cursor: object) -> bytes:
    """Return a message that only tells how far the file was looked through; nobody hears it, the browser keeps it."""
    return b"id: %b\n\n" % str(cursor).encode()


def named(name: str, data: bytes) -> bytes:
    """Return a message of a kind of its own; `data` is one line of JSON."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


def envelope(line: Line | Oversize, peek: Peek) -> Envelope:
    """Return what the beginning of a long line tells of it."""
    head = line.data[:_ENVELOPE] if isinstance(line, Line) else peek(_ENVELOPE, line.offset)
    head = head.partition(b'"data":')[0]
    kind, seq = _TYPE.search(head), _SEQ.search(head)
    length = len(line.data) if isinstance(line, Line) else line.length
    return Envelope(length, kind[1].decode("utf-8", "replace") if kind else None, int(seq[1]) if seq else None)


def _named(name: bytes, cursor: bytes, data: bytes) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (cursor, name, data)
