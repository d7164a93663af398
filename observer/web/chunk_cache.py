"""A stretch of a run file, read once and encoded once for all who stand at its beginning. Blocking."""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from msgspec import Struct

from observer.format.lines import Line, Oversize
from observer.source.line_reader import read_lines
from observer.web import sse
from observer.web.shared_file import SharedFile

BLOCK = 128 * 1024
"""Bytes read at once for somebody who is behind."""


class Chunk(Struct, frozen=True):
    """Complete lines from `begin` to `end`, and the messages that tell them; `lines` are kept of news only."""

    begin: int
    end: int
    lines: Sequence[Line | Oversize]
    messages: bytes


def chunk(lines: Sequence[Line | Oversize], begin: int, end: int, file: SharedFile) -> Chunk:
    """Return a chunk of lines that stand between two offsets of a file."""
    return Chunk(begin, end, lines, sse.messages(((line, end_of(line)) for line in lines), file.generation, file.read))


def lines_from(
    file: SharedFile, offset: int, *, longest: int = sse.LONGEST, block: int = BLOCK
) -> tuple[list[Line | Oversize], int] | None:
    """Return the next complete lines, about a block of them, and where they end; None when they are no more.

    A line longer than `longest` is passed over without being kept.
    """
    lines = next(read_lines(file.read, offset, file.end, block=block, limit=longest), None)
    return (lines, end_of(lines[-1])) if lines is not None and file.is_unchanged(offset) else None


def end_of(line: Line | Oversize) -> int:
    """Return the offset just past a line's newline."""
    return line.end if isinstance(line, Line) else line.offset + line.length + 1


class Cache:
    """Encoded messages that were read lately, at most so many bytes of them; those who replay together share them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._chunks: OrderedDict[tuple[str, int], Chunk] = OrderedDict()

    def get(self, generation: str, offset: int) -> Chunk | None:
        """Return the chunk that begins there, if it is still held."""
        found = self._chunks.get((generation, offset))
        if found is not None:
            self._chunks.move_to_end((generation, offset))
        return found

    def put(self, generation: str, made: Chunk) -> None:
        """Hold a chunk, and let go of those that nobody asked for the longest."""
        replaced = self._chunks.pop((generation, made.begin), None)
        self._held += len(made.messages) - (len(replaced.messages) if replaced else 0)
        self._chunks[generation, made.begin] = made
        while self._held > self._limit:
            _, oldest = self._chunks.popitem(last=False)
            self._held -= len(oldest.messages)

    def forget(self, unwanted: Callable[[str], bool]) -> None:
        """Let go of the chunks of some generations."""
        for key in [key for key in self._chunks if unwanted(key[0])]:
            self._held -= len(self._chunks.pop(key).messages)
