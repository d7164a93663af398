"""The server that `observe serve` is compared with, built the usual way. Started by `serve.py`.

starlette and sse-starlette: one task follows the file and decodes each event. Every client is an `asyncio.Queue` that
gets the whole history first and then every event. Each event is encoded once per client.

    python benchmarks/queue_per_client.py FILE PORT
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

Event = dict[str, object]


class Broadcast:
    """Follows a file and puts its events into the queues of all clients."""

    def __init__(self) -> None:
        self._history: list[Event] = []
        self._queues: set[asyncio.Queue[Event]] = set()

    async def follow(self, file: Path) -> None:
        with file.open("rb") as lines:
            rest = b""
            while True:
                data = lines.read(1 << 20)
                *complete, rest = (rest + data).split(b"\n")
                for line in complete:
                    await self._publish(json.loads(line))
                if not data:
                    await asyncio.sleep(0.01)

    async def events(self, _: Request) -> EventSourceResponse:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        for event in self._history:
            queue.put_nowait(event)
        self._queues.add(queue)
        return EventSourceResponse(self._stream(queue))

    async def _publish(self, event: Event) -> None:
        self._history.append(event)
        for queue in self._queues:
            await queue.put(event)

    async def _stream(self, queue: asyncio.Queue[Event]) -> AsyncIterator[dict[str, str]]:
        try:
            while True:
                yield {"data": json.dumps(await queue.get())}
        finally:
            self._queues.discard(queue)


async def run(file: Path, port: int) -> None:
    broadcast = Broadcast()
    app = Starlette(routes=[Route("/events", broadcast.events)])
    async with asyncio.TaskGroup() as group:
        following = group.create_task(broadcast.follow(file))
        await uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", backlog=2048)).serve()
        following.cancel()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2])))
