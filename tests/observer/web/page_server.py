"""The server of `observe serve` in the event loop of a test, which can stop and restart it at the same address."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from observer.web.access.connections import Connections
from observer.web.access.listen import listen, make_policy
from observer.web.server import Server

HOST = "127.0.0.1"
MAX_CONNECTIONS = 200


class Served:
    """Serves a directory of runs while the block lasts."""

    def __init__(self, directory: Path, token: str | None = None) -> None:
        self.directory = directory
        self.token = token
        self._port = 0
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}/"

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    def start(self) -> None:
        """Start the server; it accepts connections when this returns."""
        listeners = listen(HOST, self._port, self._stack)
        self._port = listeners[0].getsockname()[1]
        self.server = Server(
            self.directory, make_policy(listeners, HOST, self.token, ()), Connections(max_connections=MAX_CONNECTIONS)
        )
        self._running = asyncio.create_task(self.server.serve_on(listeners))

    async def stop(self) -> None:
        """Stop the server as Ctrl-C does, even if pages are open."""
        self.server.stop()
        await self._running
        self._stack.close()
