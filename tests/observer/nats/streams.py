"""Reads and fills streams without the code of the relay and of the viewers, so that both are tested."""

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import nats
from nats.js.api import StreamConfig

from observer.nats.messages import Piece, headers_for, piece_from_message, run_from_subject, subject_for
from tests.helpers import LIMIT_S

WINDOW = 500


async def _silent(_error: Exception) -> None:
    pass


async def connect(url: str | list[str], **how: Any) -> nats.NATS:
    return await nats.connect(url, error_cb=_silent, max_reconnect_attempts=-1, reconnect_time_wait=0.1, **how)


async def read(url: str | list[str], stream: str = "RUNS") -> dict[str, list[Piece]]:
    """Return the messages of every run, in the stream's order."""
    client = await connect(url)
    try:
        context = client.jetstream()
        last = (await context.stream_info(stream)).state
        found: dict[str, list[Piece]] = defaultdict(list)
        subscription = await context.subscribe("runs.*", stream=stream, ordered_consumer=True)
        left = last.messages
        while left:
            message = await subscription.next_msg(timeout=LIMIT_S)
            pieces = found[run_from_subject(message.subject)]
            pieces.append(piece_from_message(message.data, message.headers, pieces[-1].end if pieces else 0))
            left -= 1
        await subscription.unsubscribe()
        return dict(found)
    finally:
        await client.close()


def bytes_of(pieces: list[Piece]) -> bytes:
    """Return the file's bytes; every piece must stand right behind the one before."""
    end = 0
    for piece in pieces:
        assert piece.offset == end, f"{piece.offset} after {end}"
        end = piece.end
    return b"".join(piece.raw for piece in pieces)


async def publish(url: str, path: Path, *, run: str | None = None, stream: str = "RUNS", begin: int = 0) -> None:
    """Publish a file's lines from an offset on, as the relay does it."""
    name = path.name.removesuffix(".ndjson") if run is None else run
    client = await connect(url)
    try:
        context = client.jetstream(timeout=LIMIT_S)
        await context.add_stream(StreamConfig(name=stream, subjects=["runs.*"], allow_direct=True))
        data = path.read_bytes()
        pieces = []
        while begin < len(data):
            end = data.find(b"\n", begin, begin + 512 * 1024)
            stop = end if end >= 0 else min(len(data), begin + 512 * 1024)
            pieces.append(Piece(data[begin:stop], begin, more=end < 0))
            begin = pieces[-1].end
        for first in range(0, len(pieces), WINDOW):
            acks = [
                await context.publish_async(
                    subject_for(name), piece.data, headers=headers_for(subject_for(name), piece)
                )
                for piece in pieces[first : first + WINDOW]
            ]
            await asyncio.gather(*acks)
    finally:
        await client.close()
