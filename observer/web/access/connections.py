"""Connection limits: total, per client address, and timeouts for clients that stop reading or send no request.

At a limit, the connection that has been idle longest makes room for a new one, so that idle ones do not
lock out new clients.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from observer.web.access.policy import is_loopback

MAX_CONNECTIONS = 2000
"""Connections in total."""
MAX_PER_ADDRESS = 64
"""Connections of one client address, loopback excepted."""
_LOCAL_SHARE = 0.75
"""The share of all connections that programs on this machine may have, if others can connect."""
READ_TIMEOUT_S = 30.0
"""A client that reads nothing of its pending data for this long is disconnected; it can resume with its cursor."""
REQUEST_TIMEOUT_S = 15.0
"""A connection without a request for this long is closed."""
_CHECK_INTERVAL_S = 1.0
_LOCAL = "loopback"

Peer = tuple[str, int]
"""Address and port of a client."""


class Connection(Struct):
    """An open connection: requests in progress, and since when it is idle or its pending bytes are unread."""

    transport: asyncio.Transport
    requests: int = 0
    idle_since: float = 0.0
    unread: int = 0
    unread_since: float = 0.0


class Connections:
    """Counts the open connections; `run` enforces the timeouts."""

    def __init__(
        self, *, max_connections: int = MAX_CONNECTIONS, max_per_address: int = MAX_PER_ADDRESS, public: bool = False,
        read_timeout_s: float = READ_TIMEOUT_S, request_timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> None:  # fmt: skip
        """Set the limits; `public` means that other machines can connect, for which some connections are reserved."""
        self.max_connections = max_connections
        self._max_local = int(max_connections * _LOCAL_SHARE) if public else max_connections
        self._max_per_address = max_per_address
        self._read_timeout_s = read_timeout_s
        self._request_timeout_s = request_timeout_s
        self._open: dict[Peer, Connection] = {}
        self._origins: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, transport: asyncio.Transport) -> bool:
        """Count a new connection. Return False if it exceeds a limit, and has to be refused."""
        peer = peer_of(transport)
        origin = _origin(peer)
        limit = self._max_local if origin == _LOCAL else self._max_per_address
        if self._origins[origin] >= limit:
            has_room = self._close_idle(origin)
        else:
            has_room = len(self._open) < self.max_connections or self._close_idle()
        if not has_room:
            return False
        self._origins[origin] += 1
        self._open[peer] = Connection(transport, idle_since=asyncio.get_running_loop().time())
        return True

    def remove(self, peer: Peer) -> None:
        """Forget a connection that was closed."""
        if self._open.pop(peer, None) is not None:
            origin = _origin(peer)
            self._origins[origin] -= 1
            if not self._origins[origin]:
                del self._origins[origin]

    @contextmanager
    def request(self, peer: Peer) -> Iterator[None]:
        """Mark the connection as busy with a request, so that it does not count as idle."""
        connection = self._open.get(peer)
        if connection is None:
            yield
            return
        connection.requests += 1
        try:
            yield
        finally:
            connection.requests -= 1
            connection.idle_since = asyncio.get_running_loop().time()

    async def abort(self, peer: Peer) -> None:
        """Close a connection in the middle of an answer, and let its handler notice."""
        if peer in self._open:
            self._open[peer].transport.abort()
            await asyncio.sleep(0)

    def abort_all(self) -> None:
        """Close all connections, also those with pending data."""
        for connection in list(self._open.values()):
            connection.transport.abort()

    async def run(self) -> None:
        """Close connections whose client does not read or sends no request. Never returns."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_CHECK_INTERVAL_S, self._read_timeout_s / 4))
            for connection in [each for each in self._open.values() if self._has_timed_out(each, loop.time())]:
                connection.transport.abort()

    def _close_idle(self, origin: str | None = None) -> bool:
        """Close the connection, of this origin if given, that has been idle longest. Return whether there was one."""
        idle = [
            (connection.idle_since, peer) for peer, connection in self._open.items()
            if not connection.requests and (origin is None or _origin(peer) == origin)
        ]  # fmt: skip
        if not idle:
            return False
        peer = min(idle)[1]
        self._open[peer].transport.abort()
        self.remove(peer)
        return True

    def _has_timed_out(self, connection: Connection, now: float) -> bool:
        pending = connection.transport.get_write_buffer_size()
        if not pending or pending != connection.unread:
            connection.unread, connection.unread_since = pending, now
        if pending:
            return now - connection.unread_since > self._read_timeout_s
        return not connection.requests and now - connection.idle_since > self._request_timeout_s


def _origin(peer: Peer) -> str:
    """Return by what connections are limited: their address, one for all of this machine."""
    return _LOCAL if is_loopback(peer[0]) else peer[0]


def peer_of(transport: asyncio.Transport) -> Peer:
    """Return the client's address and port, or a unique placeholder if it has already disconnected."""
    name: Any = transport.get_extra_info("peername")
    return (str(name[0]), int(name[1])) if name else ("", id(transport))
