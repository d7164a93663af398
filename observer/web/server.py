"""uvicorn around the gate: it serves a folder until it is told to end, and then ends every stream at once."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from observer.runs.state import STALL_AFTER_S
from observer.web.access import AccessPolicy
from observer.web.connections import Connections, protocol_of
from observer.web.middleware import LONGEST_HEAD, LONGEST_URL, Gate
from observer.web.routes import create_app
from observer.web.service import Service
from observer.web.static import load_static_files

GRACE_S = 0.5
"""What is being sent may take so long once the server is to end; then its connection is dropped."""
_BACKLOG = 2048


class Server(uvicorn.Server):
    """Serves the runs in `folder` to those whom `door` lets in, on connections that `connections` counts."""

    def __init__(
        self, folder: Path, door: AccessPolicy, connections: Connections, *, stall_after_s: float = STALL_AFTER_S
    ) -> None:
        self.service = Service(folder, stall_after_s=stall_after_s)
        self._counted = connections
        gate = Gate(create_app(self.service, load_static_files()), door, connections)
        super().__init__(
            uvicorn.Config(
                gate,
                interface="asgi3",
                http=protocol_of(connections),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # clients are counted by what the connection says, not by what they say
                timeout_graceful_shutdown=1,
                h11_max_incomplete_event_size=LONGEST_URL + LONGEST_HEAD,
                backlog=_BACKLOG,
            )
        )

    async def run_on(self, listeners: Sequence[socket.socket]) -> None:
        """Serve on sockets that listen, until `end`."""
        async with self.service, asyncio.TaskGroup() as group:
            sweeping = group.create_task(self._counted.run())
            await self.serve(list(listeners))
            sweeping.cancel()

    def end(self) -> None:
        """End every stream, and then the server."""
        self.should_exit = True
        self.service.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs the server; uvicorn would raise them again once it has ended."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait a moment for what is being sent, and drop what is left."""
        self.service.close()
        dropping = asyncio.get_running_loop().call_later(GRACE_S, self._counted.abort)
        try:
            await super().shutdown(sockets)
        finally:
            dropping.cancel()
