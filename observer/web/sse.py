r"""Encodes lines as server-sent events. Pure.

The `id` of a message is the cursor just past the line, its `data` is the line as written, unless only we can read that.
Since `\r` ends a line in an event stream as well, and JSON allows it only between tokens, it becomes a space: no run
can forge a message.
"""

import re
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from observer.format.event import Malformed, standard_json
from observer.format.line import Line, Oversize

MAX_SENT_LINE_BYTES = 1024 * 1024
"""Longer lines are not sent, only described; the client may request them."""
KEEP_ALIVE = b": \n\n"
CAUGHT_UP = b"event: caught-up\ndata: {}\n\n"
_HEAD_BYTES = 1024
"""Bytes at the beginning of a line that contain its type and number, if an agent wrote it."""
_TYPE = re.compile(rb'"type":\s?"([^"\\]{1,80})"')
_SEQ = re.compile(rb'"seq":\s?(\d{1,18})\b')


class LongLine(Struct, frozen=True):
    """Describes a line that is too long to be sent; fields are None if its beginning does not contain them."""

    bytes: int
    type: str | None
    seq: int | None


class MalformedLine(Struct, frozen=True):
    """Describes a line without an event: its size, the reason, and how it begins."""

    bytes: int
    reason: str
    preview: str


Peek = Callable[[int, int], bytes]
"""Reads bytes of the file: (count, offset)."""


def messages(lines: Iterable[tuple[Line | Oversize, int]], generation: str, peek: Peek) -> bytes:
    """Return the messages for lines, each given with the offset just past it; blank lines have none."""
    return b"".join(message(line, b"%b.%d" % (generation.encode(), end), peek) for line, end in lines)


def message(line: Line | Oversize, cursor: bytes, peek: Peek) -> bytes:
    """Return the message for one line, empty for a blank one."""
    if isinstance(line, Oversize) or len(line.data) > MAX_SENT_LINE_BYTES:
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


def describe_long_line(line: Line | Oversize, peek: Peek) -> LongLine:
    """Return the size of a long line, and the type and number that its beginning contains."""
    head = line.data[:_HEAD_BYTES] if isinstance(line, Line) else peek(_HEAD_BYTES, line.offset)
    head = head.partition(b'"data":')[0]
    type_, seq = _TYPE.search(head), _SEQ.search(head)
    length = len(line.data) if isinstance(line, Line) else line.length
    return LongLine(length, type_[1].decode("utf-8", "replace") if type_ else None, int(seq[1]) if seq else None)


def _message_with_id(name: str, cursor: bytes, data: bytes) -> bytes:
    return b"id: %b\n%b" % (cursor, named_message(name, data))
