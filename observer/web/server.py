"""The server: uvicorn with access checks and connection limits, and the tasks that run as long as it serves."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from observer.runs.state.state import STALL_AFTER_S
from observer.web.access.connections import Connections, Peer, peer_of
from observer.web.access.middleware import MAX_HEADER_BYTES, MAX_URL_BYTES, AccessMiddleware, with_security_headers
from observer.web.access.policy import AccessPolicy
from observer.web.assets.static import load_static_files
from observer.web.broadcasts.hub import Hub
from observer.web.lines.latest_stream import LatestStream
from observer.web.responses.downloads import Reports
from observer.web.routes import create_app
from observer.web.run_directory import RunDirectory
from observer.web.run_list.run_list import RunList
from observer.web.search_pool import Pools
from observer.web.summaries.panel_cache import PanelCache

GRACE_S = 0.5
"""Seconds in which responses may still be sent when the server stops; then their connections are closed."""
_MAX_BACKLOG = 2048
"""Connections that are accepted at once; those beyond the limit hold a descriptor until they are refused."""
_BURST_SHARE = 8


class Server(uvicorn.Server):
    """Serves the runs in `directory` according to `policy`, within the limits of `connections`.

    `by_time` is for a directory of copies, whose names do not tell their time, `complete` as in `RunDirectory`,
    `unread` as in `Listing`. `reports` make the reports that clients can save.
    """

    def __init__(
        self,
        directory: Path,
        policy: AccessPolicy,
        connections: Connections,
        *,
        stall_after_s: float = STALL_AFTER_S,
        by_time: bool = False,
        complete: Callable[[Path], None] = lambda _: None,
        unread: Callable[[Path], OSError | None] = lambda _: None,
        reports: Reports = {},  # noqa: B006 - never changed
    ) -> None:
        runs = RunDirectory(directory, complete)
        self.hub = Hub(runs, stall_after_s=stall_after_s)
        self.run_list = RunList(runs, stall_after_s=stall_after_s, by_time=by_time, unread=unread)
        self.pools = Pools()
        self._latest = LatestStream(runs, self.hub)
        self._limits = connections
        panels = PanelCache(stall_after_s)
        app = create_app(runs, self.hub, self.run_list, self._latest, self.pools, panels, load_static_files(), reports)
        super().__init__(
            uvicorn.Config(
                AccessMiddleware(app, policy, connections),
                interface="asgi3",
                http=protocol_class(connections),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # limits apply to the connection's address, not to one that a header claims
                timeout_graceful_shutdown=1,
                h11_max_incomplete_event_size=MAX_URL_BYTES + MAX_HEADER_BYTES,
                backlog=min(_MAX_BACKLOG, max(1, connections.max_connections // _BURST_SHARE)),
            )
        )

    async def serve_on(self, listeners: Sequence[socket.socket]) -> None:
        """Serve on listening sockets until `stop` is called."""
        try:
            async with asyncio.TaskGroup() as group:
                background = (self.run_list.run(), self._latest.run(), self._limits.run())
                tasks = [group.create_task(coroutine) for coroutine in background]
                group.create_task(self.hub.run())  # ends when it is closed
                try:
                    await self.serve(list(listeners))
                finally:
                    self._end_streams()
                    for task in tasks:
                        task.cancel()
        finally:
            self.pools.close()

    def stop(self) -> None:
        """End every stream, and then the server."""
        self.should_exit = True
        self._end_streams()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the caller; uvicorn would raise them again when it has stopped."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait up to `GRACE_S` for responses to be sent, then close all connections."""
        self._end_streams()
        closing = asyncio.get_running_loop().call_later(GRACE_S, self._limits.abort_all)
        try:
            await super().shutdown(sockets)
        finally:
            closing.cancel()

    def _end_streams(self) -> None:
        self.hub.close()
        self.run_list.close()
        self.pools.cancel_all()


def protocol_class(connections: Connections) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol, with its connections counted and limited."""

    class LimitedProtocol(H11Protocol):
        _peer: Peer | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
            if not connections.add(transport):
                transport.write(_TOO_MANY_CONNECTIONS)
                transport.set_protocol(asyncio.Protocol())
                transport.close()
                return
            self._peer = peer_of(transport)
            super().connection_made(transport)

        def send_400_response(self, msg: str) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(_BAD_REQUEST)
            self.transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._peer is not None:
                connections.remove(self._peer)
            super().connection_lost(exc)

    return LimitedProtocol


def _raw_response(status: bytes, message: str, *headers: tuple[bytes, bytes]) -> bytes:
    """Return a complete HTTP response for a connection that never reaches the application."""
    body = json.dumps({"error": message}).encode()
    fields = [(b"content-type", b"application/json"), (b"connection", b"close"), *headers]
    fields.append((b"content-length", b"%d" % len(body)))
    head = b"".join(b"%b: %b\r\n" % field for field in with_security_headers(fields))
    return b"HTTP/1.1 %b\r\n%b\r\n%b" % (status, head, body)


_TOO_MANY_CONNECTIONS = _raw_response(
    b"503 Service Unavailable", "too many connections; close some or try again later", (b"retry-after", b"5")
)
_BAD_REQUEST = _raw_response(b"400 Bad Request", "malformed HTTP request, or its headers are too long")
