r"""How run files look in a stream: a subject a run, a message a line. Pure.

The payload is the line's bytes without the newline; the headers say where in the file they stand, so that the file's
bytes come back exactly, whoever published them and however often it had to begin again.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

STREAM = "RUNS"
"""What the stream is called unless somebody says otherwise."""
SUBJECTS = "runs.*"
"""All runs."""
PREFIX = "runs."

ID = "Nats-Msg-Id"
"""A message whose id the server has seen within the stream's duplicate window is acknowledged and not stored again."""
AFTER_ID = "Nats-Expected-Last-Msg-Id"
"""The server stores the message only right behind the one of that id."""
AFTER_SEQUENCE = "Nats-Expected-Last-Subject-Sequence"
"""The server stores the message only if its subject's last one has that sequence number, 0: if it has none."""
OFFSET = "Runtail-Offset"
"""Where in the file the payload's first byte stands."""
MORE = "Runtail-More"
"""There when no newline follows the payload: a part of a long line, or the torn last line of a dead writer."""

_EMPTY = "%00"
"""Stands for the run whose id is empty, as a subject must have something there; no file name holds a NUL."""
_SEQ = re.compile(rb'\{"seq":(0|[1-9][0-9]{0,17})[,}]')


class Piece(Struct, frozen=True, gc=False):
    """Bytes of a run file as one message carries them: a line, or a part of one that goes on (`more`)."""

    data: bytes
    offset: int
    more: bool = False

    @property
    def end(self) -> int:
        """The offset just past it in the file, newline included."""
        return self.offset + len(self.data) + (not self.more)

    @property
    def raw(self) -> bytes:
        """Its bytes as they are in the file."""
        return self.data if self.more else self.data + b"\n"


def subject_of(run: str) -> str:
    """Return the subject of a run; what a subject must not hold is percent-encoded.

    >>> subject_of("20261123T011230Z-7f3a9c"), subject_of("a run.v2")
    ('runs.20261123T011230Z-7f3a9c', 'runs.a%20run%2Ev2')
    """
    return PREFIX + (quote(run.encode("utf-8", "surrogateescape"), safe="").replace(".", "%2E") or _EMPTY)


def run_of(subject: str) -> str:
    """Return the run whose subject that is.

    >>> run_of("runs.a%20run%2Ev2")
    'a run.v2'
    """
    name = subject.removeprefix(PREFIX)
    return "" if name == _EMPTY else unquote_to_bytes(name).decode("utf-8", "surrogateescape")


def id_of(run: str, piece: Piece) -> str:
    r"""Return the message id of a piece: run, seq if it tells one, and offset, which nothing else of the run has.

    A part of a line has its length too: where it is cut, another relay may cut otherwise.

    >>> id_of("r", Piece(b'{"seq":17,"type":"info"}', 4096)), id_of("r", Piece(b"plain", 0, more=True))
    ('r:17:4096', 'r::0:5')
    """
    return _id(subject_of(run).removeprefix(PREFIX), piece)


def _id(name: str, piece: Piece) -> str:
    found = _SEQ.match(piece.data)
    number = found[1].decode() if found else ""
    return f"{name}:{number}:{piece.offset}:{len(piece.data)}" if piece.more else f"{name}:{number}:{piece.offset}"


def headers_of(run: str, piece: Piece) -> dict[str, str]:
    """Return what a message says of its piece."""
    return headers_on(subject_of(run), piece)


def headers_on(subject: str, piece: Piece) -> dict[str, str]:
    """Return the same of a run whose subject is known already."""
    headers = {ID: _id(subject.removeprefix(PREFIX), piece), OFFSET: str(piece.offset)}
    if piece.more:
        headers[MORE] = "1"
    return headers


def piece_of(payload: bytes, headers: Mapping[str, str] | None, offset: int) -> Piece:
    """Return what a message carries; one that says nothing of it is a line at `offset`.

    Another shipper publishes lines without our headers: they count on from what came before them.
    """
    told = headers or {}
    given = told.get(OFFSET, "")
    at = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else offset  # noqa: PLR2004 - 64 bits
    return Piece(payload, at, MORE in told)
