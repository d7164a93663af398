r"""How run files look in a stream: a subject a run, a message a line. Pure.

The payload is the line's bytes without the newline; the headers say where in the file they stand, so that the file's
bytes come back exactly, whoever published them and however often it had to begin again. Whoever cuts the same bytes
into pieces cuts them in the same places, however much of a line is there already.
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

_HEADERS = 4 * 1024
"""Bytes of a message that are for its headers: two ids with a run's name of 255 bytes, percent-encoded."""
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


def id_of(name: str, piece: Piece) -> str:
    r"""Return the message id of a piece: the run's name in its subject, seq if it tells one, and offset.

    Nothing else of the run has it. A part of a line has its length too: where it is cut, another relay may cut
    otherwise.

    >>> id_of("r", Piece(b'{"seq":17,"type":"info"}', 4096)), id_of("r", Piece(b"plain", 0, more=True))
    ('r:17:4096', 'r::0:5')
    """
    found = _SEQ.match(piece.data)
    number = found[1].decode() if found else ""
    return f"{name}:{number}:{piece.offset}:{len(piece.data)}" if piece.more else f"{name}:{number}:{piece.offset}"


def headers_of(subject: str, piece: Piece) -> dict[str, str]:
    """Return what a message on a run's subject says of its piece."""
    headers = {ID: id_of(subject.removeprefix(PREFIX), piece), OFFSET: str(piece.offset)}
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


def longest_part(longest: int) -> int:
    """Return how many bytes of a line fit into a message that may have `longest` bytes in all."""
    return longest - _HEADERS if longest >= 4 * _HEADERS else max(64, longest // 4)


def pieces_of(data: bytes, offset: int, longest: int) -> list[Piece]:
    r"""Return the lines in `data`, which stands at `offset`, in pieces of at most `longest` bytes.

    What follows the last newline waits for its own, unless it is longer than a piece already.

    >>> [(piece.data, piece.more) for piece in pieces_of(b"one\ntwo, which is long\nthr", 0, 10)]
    [(b'one', False), (b'two, which', True), (b' is long', False)]
    """
    pieces: list[Piece] = []
    *lines, rest = data.split(b"\n")
    for line in lines:
        at = _cut(line, offset, longest, pieces)
        pieces.append(Piece(line[at:] if at else line, offset + at))
        offset += len(line) + 1
    _cut(rest, offset, longest, pieces)
    return pieces


def _cut(line: bytes, offset: int, longest: int, pieces: list[Piece]) -> int:
    """Add the parts that are full and have more of the line behind them; return where the rest begins."""
    at = 0
    while len(line) - at > longest:
        pieces.append(Piece(line[at : at + longest], offset + at, more=True))
        at += longest
    return at
