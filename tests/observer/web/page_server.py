"""The server of `observe serve` in the event loop of a test, which can stop and restart it at the same address."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from observer.errors import UnreadableError
from observer.web.access.connections import Connections
from observer.web.access.listen import listen, make_policy
from observer.web.server import Server

HOST = "127.0.0.1"
MAX_CONNECTIONS = 200


class Served:
    """Serves a directory of runs while the block lasts: at `port` if that is free, else at any."""

    def __init__(self, directory: Path, token: str | None = None, *, port: int = 0) -> None:
        self.directory = directory
        self.token = token
        self.port = port
        self._stack = ExitStack()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    async def __aenter__(self) -> Self:
        try:
            self.start()
        except UnreadableError:
            self.port = 0
            self.start()
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    def start(self) -> None:
        """Start the server; it accepts connections when this returns."""
        listeners = listen(HOST, self.port, self._stack)
        self.port = listeners[0].getsockname()[1]
        self.server = Server(
            self.directory, make_policy(listeners, HOST, self.token, ()), Connections(max_connections=MAX_CONNECTIONS)
        )
        self._running = asyncio.create_task(self.server.serve_on(listeners))

    async def stop(self) -> None:
        """Stop the server as Ctrl-C does, even if pages are open."""
        self.server.stop()
        await self._running
        self._stack.close()
