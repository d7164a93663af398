"""The lines that arrived last are kept for clients that were busy, within a limit and for a while."""

from observer.web.broadcasts.chunk_cache import Chunk
from observer.web.broadcasts.recent_chunks import MAX_BYTES, RECENT_S, RecentChunks


def chunk(begin: int, size: int = 10) -> Chunk:
    return Chunk(begin, begin + 1, (), bytes(size))


def test_a_chunk_is_recent_for_a_while() -> None:
    chunks = RecentChunks()
    chunks.add(chunk(7), now=5.0)
    assert chunks.get(7, now=5.0 + RECENT_S / 2) == chunk(7)
    assert chunks.get(7, now=5.0 + RECENT_S) is None
    assert chunks.get(8, now=5.0) is None


def test_the_oldest_chunks_are_dropped_but_never_the_last_one() -> None:
    chunks = RecentChunks()
    for begin in range(3):
        chunks.add(chunk(begin, MAX_BYTES // 2), now=0.0)
    assert [begin for begin in range(3) if chunks.get(begin, now=0.0)] == [1, 2]
    chunks.add(chunk(3, 2 * MAX_BYTES), now=0.0)
    assert [begin for begin in range(4) if chunks.get(begin, now=0.0)] == [3]


def test_nothing_is_recent_of_another_content() -> None:
    chunks = RecentChunks()
    chunks.add(chunk(7), now=0.0)
    chunks.clear()
    assert chunks.get(7, now=0.0) is None
