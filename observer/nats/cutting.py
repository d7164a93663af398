"""Bytes of a run file into pieces that a message can carry. Pure.

Whoever cuts the same bytes cuts them in the same places, however much of a line is there already.
"""

from observer.nats.wire import Piece

_HEADERS = 4 * 1024
"""Bytes of a message that are for its headers: two ids with a run's name of 255 bytes, percent-encoded."""


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
