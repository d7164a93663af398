"""Blocks of lines that are read and encoded once for all clients at the same offset. Blocking.

Whether the file still holds what was encoded is looked up whenever it was written meanwhile: a line that was cut out
of it is not sent any more.
"""

from collections import OrderedDict
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from observer.format.line import Line, Oversize
from observer.runs.window.long_line import MAX_LOADED_LINE_BYTES
from observer.runs.window.shared_file import SharedFile
from observer.source.file_change import FileStamp
from observer.source.line_reader import Read, read_lines
from observer.web.broadcasts.row_encoder import RowEncoder
from observer.web.responses import sse

_BLOCK_BYTES = 128 * 1024


class Chunk(Struct, frozen=True):
    """Complete lines from offset `begin` to `end`, encoded as `messages`; chunks in the cache have no `lines`.

    `digest` is that of their bytes, None if a line is too long to be held. `stamp` is that of the file when it was seen
    to hold them, None if it was being written then.
    """

    begin: int
    end: int
    lines: Sequence[Line | Oversize]
    messages: bytes
    digest: int | None = None
    stamp: FileStamp | None = None

    def is_current(self, read: Read) -> bool:
        """Return whether a file still holds these lines."""
        return self.digest is not None and hash(read(self.end - self.begin, self.begin)) == self.digest


def encode_chunk(lines: Sequence[Line | Oversize], begin: int, end: int, file: SharedFile) -> Chunk:
    """Return a chunk of the lines between two offsets of a file."""
    messages = sse.messages(((line, line.end) for line in lines), file.generation, file.read)
    return Chunk(begin, end, lines, messages, _digest(lines))


def encode_rows(file: SharedFile, chunk: Chunk) -> Chunk:
    """Return a chunk of the same lines, whose messages have their rows."""
    lines = chunk.lines
    if not lines:  # a chunk of the cache
        blocks = read_lines(file.read, chunk.begin, chunk.end, block=_BLOCK_BYTES, limit=MAX_LOADED_LINE_BYTES)
        lines = [line for block in blocks for line in block]
    messages = RowEncoder(file).messages(((line, line.end) for line in lines), file.generation)
    return msgspec.structs.replace(chunk, lines=(), messages=messages)


def read_block(
    file: SharedFile, offset: int, *, max_line_bytes: int = MAX_LOADED_LINE_BYTES, block_bytes: int = _BLOCK_BYTES
) -> tuple[list[Line | Oversize], int] | None:
    """Return the next complete lines, about a block of them, and the offset where they end.

    Lines longer than `max_line_bytes` are `Oversize`. Return None if the file no longer has lines there.
    """
    lines = next(read_lines(file.read, offset, file.end, block=block_bytes, limit=max_line_bytes), None)
    return (lines, lines[-1].end) if lines is not None and file.is_unchanged(offset) else None


def _digest(lines: Sequence[Line | Oversize]) -> int | None:
    texts = [line.data for line in lines if isinstance(line, Line)]
    return hash(b"\n".join([*texts, b""])) if len(texts) == len(lines) else None


class ChunkCache:
    """The most recently used chunks, up to a number of bytes of messages; clients that replay together share them.

    It may hold chunks of a file that was rewritten since: check `Chunk.is_current` before one is used.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._chunks: OrderedDict[tuple[str, int], Chunk] = OrderedDict()

    def get(self, generation: str, offset: int) -> Chunk | None:
        """Return the chunk that begins at an offset of a file, if it is cached."""
        chunk = self._chunks.get((generation, offset))
        if chunk is not None:
            self._chunks.move_to_end((generation, offset))
        return chunk

    def put(self, generation: str, chunk: Chunk) -> None:
        """Add a chunk; the least recently used ones are dropped."""
        replaced = self._chunks.pop((generation, chunk.begin), None)
        self._bytes += len(chunk.messages) - (len(replaced.messages) if replaced else 0)
        self._chunks[generation, chunk.begin] = chunk
        while self._bytes > self._max_bytes:
            _, oldest = self._chunks.popitem(last=False)
            self._bytes -= len(oldest.messages)

    def discard(self, generation: str) -> None:
        """Drop the chunks of a file's content."""
        for key in [key for key in self._chunks if key[0] == generation]:
            self._bytes -= len(self._chunks.pop(key).messages)
