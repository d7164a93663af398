"""A server that seems far away: a proxy on loopback that delays connections and data by a round trip each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

PIECE_BYTES = 64 * 1024


@asynccontextmanager
async def distant(port: int, round_trip_s: float) -> AsyncIterator[int]:
    """Yield the port of a proxy for the server at `port`, `round_trip_s` away from those that connect to it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip_s)  # that of the handshake, which loopback has done at once
        target_reader, target_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(
            _forward(reader, target_writer, round_trip_s / 2), _forward(target_reader, writer, round_trip_s / 2)
        )

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as proxy:
        yield proxy.sockets[0].getsockname()[1]


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """Pass on what is read, each piece `delay_s` after it came, until either side closes its connection."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def send() -> None:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                return
            writer.write(piece)

    sending = asyncio.create_task(send())
    with suppress(ConnectionError):
        while piece := await reader.read(PIECE_BYTES):
            pieces.put_nowait((loop.time() + delay_s, piece))
    pieces.put_nowait((loop.time() + delay_s, b""))
    await sending
    writer.close()
