"""A proxy that passes connections on in pieces of any size, and breaks each of them after a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

_MOST_BYTES = 300_000
_LONGEST_S = 1.0


@asynccontextmanager
async def flaky_proxy(port: int, chance: Random) -> AsyncIterator[int]:
    """Pass connections on to `port` on loopback while the block runs; yield the port of the proxy."""
    own = Random(chance.random())  # connections come at any time: what else is chosen must not depend on them

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.timeout(_LONGEST_S * own.random()), asyncio.TaskGroup() as group:
                group.create_task(_pass_on(reader, forth, _MOST_BYTES, own))
                group.create_task(_pass_on(back, writer, own.randint(1, _MOST_BYTES), own))
        except* (OSError, TimeoutError, _BrokenError):
            pass
        finally:
            for end in (writer, forth):
                end.transport.abort()
                with suppress(OSError):
                    await end.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


class _BrokenError(Exception):
    """The connection has passed on what it was to."""


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int, chance: Random) -> None:
    while count > 0:
        data = await reader.read(min(count, chance.choice((1, 7, 1000, 65536))))
        if not data:
            break
        count -= len(data)
        writer.write(data)
        await writer.drain()
    raise _BrokenError
