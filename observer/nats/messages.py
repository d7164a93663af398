r"""Maps run files to messages: a subject per run, a message per line. Pure.

The payload is the line without its newline; the headers hold its offset in the file, so that the file's bytes come back
exactly, whoever published them and however often that was interrupted. The same bytes are always split at the same
offsets, however much of a line is there already.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

STREAM = "RUNS"
"""The default name of the stream."""
SUBJECTS = "runs.*"
"""The subjects of all runs."""
PREFIX = "runs."

ID = "Nats-Msg-Id"
"""A message whose ID was stored within the stream's duplicate window is acknowledged and not stored again."""
AFTER_ID = "Nats-Expected-Last-Msg-Id"
"""The server stores the message only directly after the one with this ID."""
AFTER_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"
"""The server stores the message only if its subject's last one has this sequence number (0: if there is none)."""
OFFSET = "Runtail-Offset"
"""The offset of the payload's first byte in the file."""
MORE = "Runtail-More"
"""Present if no newline follows the payload: a part of a long line, or the partial last line of a dead writer."""

_HEADERS = 4 * 1024
"""Bytes of a message reserved for headers: two IDs with a run name of 255 bytes, percent-encoded."""
_EMPTY = "%00"
"""Encodes an empty run ID: a subject token must not be empty, and no file name contains a NUL."""
_SEQ = re.compile(rb'\{"seq":(0|[1-9][0-9]{0,17})[,}]')


class Piece(Struct, frozen=True, gc=False):
    """Bytes of a run file in one message: a line, or a part of one that continues (`more`)."""

    data: bytes
    offset: int
    more: bool = False

    @property
    def end(self) -> int:
        """The offset just past it in the file, including the newline."""
        return self.offset + len(self.data) + (not self.more)

    @property
    def raw(self) -> bytes:
        """Its bytes in the file."""
        return self.data if self.more else self.data + b"\n"


def subject_for(run: str) -> str:
    """Return the subject of a run; characters that a subject must not contain are percent-encoded.

    >>> subject_for("20261123T011230Z-7f3a9c"), subject_for("a run.v2")
    ('runs.20261123T011230Z-7f3a9c', 'runs.a%20run%2Ev2')
    """
    return PREFIX + (quote(run.encode("utf-8", "surrogateescape"), safe="").replace(".", "%2E") or _EMPTY)


def run_from_subject(subject: str) -> str:
    """Return the run that a subject belongs to.

    >>> run_from_subject("runs.a%20run%2Ev2")
    'a run.v2'
    """
    name = subject.removeprefix(PREFIX)
    return "" if name == _EMPTY else unquote_to_bytes(name).decode("utf-8", "surrogateescape")


def message_id(name: str, piece: Piece) -> str:
    r"""Return the message ID of a piece: the run's name in its subject, the line's seq if it has one, and the offset.

    It is unique within the run. For a part of a line it includes the length, as another relay may split elsewhere.

    >>> message_id("r", Piece(b'{"seq":17,"type":"info"}', 4096)), message_id("r", Piece(b"plain", 0, more=True))
    ('r:17:4096', 'r::0:5')
    """
    match = _SEQ.match(piece.data)
    number = match[1].decode() if match else ""
    return f"{name}:{number}:{piece.offset}:{len(piece.data)}" if piece.more else f"{name}:{number}:{piece.offset}"


def headers_for(subject: str, piece: Piece) -> dict[str, str]:
    """Return the headers of a message with this piece on a run's subject."""
    headers = {ID: message_id(subject.removeprefix(PREFIX), piece), OFFSET: str(piece.offset)}
    if piece.more:
        headers[MORE] = "1"
    return headers


def piece_from_message(payload: bytes, headers: Mapping[str, str] | None, offset: int) -> Piece:
    """Return the piece that a message carries; a message without our headers is a line at `offset`.

    Other shippers publish lines without these headers: their offsets continue from the previous message.
    """
    headers = headers or {}
    value = headers.get(OFFSET, "")
    is_offset = value.isascii() and value.isdigit() and len(value) < 19  # noqa: PLR2004 - 64 bits
    return Piece(payload, int(value) if is_offset else offset, MORE in headers)


def max_part_bytes(max_message_bytes: int) -> int:
    """Return how many bytes of a line fit into a message of at most `max_message_bytes`."""
    if max_message_bytes >= 4 * _HEADERS:
        return max_message_bytes - _HEADERS
    return max(64, max_message_bytes // 4)


def split_into_pieces(data: bytes, offset: int, limit: int) -> list[Piece]:
    r"""Split `data`, which begins at `offset` in the file, into lines, and lines over `limit` bytes into parts.

    What follows the last newline is not returned, except for parts of it that are full.

    >>> [(piece.data, piece.more) for piece in split_into_pieces(b"one\ntwo, which is long\nthr", 0, 10)]
    [(b'one', False), (b'two, which', True), (b' is long', False)]
    """
    pieces: list[Piece] = []
    *lines, rest = data.split(b"\n")
    for line in lines:
        end = _split_parts(line, offset, limit, pieces)
        pieces.append(Piece(line[end:] if end else line, offset + end))
        offset += len(line) + 1
    _split_parts(rest, offset, limit, pieces)
    return pieces


def _split_parts(line: bytes, offset: int, limit: int, pieces: list[Piece]) -> int:
    """Append the full parts of a line that continues after them; return where the rest begins."""
    end = 0
    while len(line) - end > limit:
        pieces.append(Piece(line[end : end + limit], offset + end, more=True))
        end += limit
    return end
