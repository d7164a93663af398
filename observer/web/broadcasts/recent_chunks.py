"""The lines of a run that arrived last, encoded, for clients that were busy when they came. Pure."""

from collections import deque

from observer.web.broadcasts.chunk_cache import Chunk

MAX_BYTES = 512 * 1024
"""Bytes of messages that are kept."""
RECENT_S = 1.0
"""Seconds for which messages are sent without asking whether the file still holds their lines."""


class RecentChunks:
    """The last chunks that were added, up to `MAX_BYTES`; times are those of a clock in seconds."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._by_begin: dict[int, tuple[float, Chunk]] = {}
        self._bytes = 0

    def add(self, chunk: Chunk, now: float) -> None:
        """Add a chunk that has just arrived; the oldest ones are dropped."""
        self._chunks.append(chunk)
        self._by_begin[chunk.begin] = now, chunk
        self._bytes += len(chunk.messages)
        while self._bytes > MAX_BYTES and len(self._chunks) > 1:
            oldest = self._chunks.popleft()
            del self._by_begin[oldest.begin]
            self._bytes -= len(oldest.messages)

    def get(self, begin: int, now: float) -> Chunk | None:
        """Return the chunk that begins at an offset if it arrived within the last `RECENT_S`."""
        arrived_at, chunk = self._by_begin.get(begin, (0.0, None))
        return chunk if now - arrived_at < RECENT_S else None

    def clear(self) -> None:
        """Drop all chunks: the file has another content."""
        self._chunks.clear()
        self._by_begin.clear()
        self._bytes = 0
