"""`observe serve` in the test's own event loop, which a test may stop and start again at the same address."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from observer.web.connections import Connections
from observer.web.listen import listen, make_policy
from observer.web.server import Server

HOST = "127.0.0.1"
MAX_CONNECTIONS = 200


class Served:
    """A runs folder that is served while the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
        """Start; whoever asks from now on is answered."""
        listeners = listen(HOST, self._port, self._stack)
        self._port = listeners[0].getsockname()[1]
        self.server = Server(
            self.folder, make_policy(listeners, HOST, None, ()), Connections(max_connections=MAX_CONNECTIONS)
        )
        self._running = asyncio.create_task(self.server.serve_on(listeners))

    async def stop(self) -> None:
        """End it as Ctrl-C does; an open page must not keep it from ending."""
        self.server.stop()
        await self._running
        self._stack.close()
