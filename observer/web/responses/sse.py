r"""Encodes lines as server-sent events. Pure.

The `id` of a message is the cursor just past the line, its `data` is the line as written, unless only we can read that.
Since `\r` ends a line in an event stream as well, and JSON allows it only between tokens, it becomes a space: no run
can forge a message.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from observer.format.event import Malformed, standard_json
from observer.format.line import Line, Oversize
from observer.runs.window.long_line import MAX_LOADED_LINE_BYTES, Peek, describe_long_line

KEEP_ALIVE = b": \n\n"
CAUGHT_UP = b"event: caught-up\ndata: {}\n\n"


class MalformedLine(Struct, frozen=True):
    """Describes a line without an event: its size, the reason, and how it begins."""

    bytes: int
    reason: str
    preview: str


def messages(lines: Iterable[tuple[Line | Oversize, int]], generation: str, peek: Peek) -> bytes:
    """Return the messages for lines, each given with the offset just past it; blank lines have none."""
    return b"".join(message(line, b"%b.%d" % (generation.encode(), end), peek) for line, end in lines)


def message(line: Line | Oversize, cursor: bytes, peek: Peek) -> bytes:
    """Return the message for one line, empty for a blank one."""
    if isinstance(line, Oversize) or len(line.data) > MAX_LOADED_LINE_BYTES:
        return _message_with_id("long", cursor, msgspec.json.encode(describe_long_line(line, peek)))
    data = standard_json(line)
    if data is None:
        return b""
    if isinstance(data, Malformed):
        return _message_with_id("malformed", cursor, msgspec.json.encode(describe_malformed(data)))
    return b"id: %b\ndata: %b\n\n" % (cursor, data.replace(b"\r", b" ") if b"\r" in data else data)


def reset(reason: str) -> bytes:
    """Return the message that invalidates all previous ones: the file has other content now."""
    return named_message("reset", msgspec.json.encode({"reason": reason}))


def refused(reason: str) -> bytes:
    """Return the message that ends a stream that cannot continue."""
    return named_message("refused", msgspec.json.encode({"error": reason}))


def position(cursor: object) -> bytes:
    """Return a message that only sets the browser's last event ID: the stream is silent, but has got this far."""
    return b"id: %b\n\n" % str(cursor).encode()


def named_message(name: str, data: bytes) -> bytes:
    """Return a message of a named type; `data` is one line of JSON."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


def describe_malformed(line: Malformed) -> MalformedLine:
    """Return what the page needs to know of a line without an event."""
    return MalformedLine(line.length, line.reason, line.preview)


def _message_with_id(name: str, cursor: bytes, data: bytes) -> bytes:
    return b"id: %b\n%b" % (cursor, named_message(name, data))
