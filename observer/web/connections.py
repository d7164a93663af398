"""Connection limits: total, per client address, and timeouts for clients that stop reading or send no request."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from observer.web.access import is_loopback

MAX_CONNECTIONS = 2000
"""Connections in total."""
MAX_PER_ADDRESS = 64
"""Connections of one client address, loopback excepted."""
READ_TIMEOUT_S = 30.0
"""A client that reads nothing of its pending data for this long is disconnected; it can resume with its cursor."""
REQUEST_TIMEOUT_S = 15.0
"""A connection without a request for this long is closed."""
_CHECK_INTERVAL_S = 1.0

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
        self, *, max_connections: int = MAX_CONNECTIONS, max_per_address: int = MAX_PER_ADDRESS,
        read_timeout_s: float = READ_TIMEOUT_S, request_timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> None:  # fmt: skip
        self.max_connections = max_connections
        self._max_per_address = max_per_address
        self._read_timeout_s = read_timeout_s
        self._request_timeout_s = request_timeout_s
        self._open: dict[Peer, Connection] = {}
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, transport: asyncio.Transport) -> bool:
        """Count a new connection. Return False if it exceeds a limit, and has to be refused."""
        peer = peer_of(transport)
        too_many = not is_loopback(peer[0]) and self._addresses[peer[0]] >= self._max_per_address
        if too_many or len(self._open) >= self.max_connections:
            return False
        self._addresses[peer[0]] += 1
        self._open[peer] = Connection(transport, idle_since=asyncio.get_running_loop().time())
        return True

    def remove(self, peer: Peer) -> None:
        """Forget a connection that was closed."""
        if self._open.pop(peer, None) is not None:
            self._addresses[peer[0]] -= 1
            if not self._addresses[peer[0]]:
                del self._addresses[peer[0]]

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
        """Close all connections, whatever data is pending."""
        for connection in list(self._open.values()):
            connection.transport.abort()

    async def run(self) -> None:
        """Close connections whose client does not read or sends no request. Never returns."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_CHECK_INTERVAL_S, self._read_timeout_s / 4))
            for connection in [each for each in self._open.values() if self._has_timed_out(each, loop.time())]:
                connection.transport.abort()

    def _has_timed_out(self, connection: Connection, now: float) -> bool:
        pending = connection.transport.get_write_buffer_size()
        if not pending or pending != connection.unread:
            connection.unread, connection.unread_since = pending, now
        if pending:
            return now - connection.unread_since > self._read_timeout_s
        return not connection.requests and now - connection.idle_since > self._request_timeout_s


def peer_of(transport: asyncio.Transport) -> Peer:
    """Return the client's address and port, or a unique placeholder if it has already disconnected."""
    name: Any = transport.get_extra_info("peername")
    return (str(name[0]), int(name[1])) if name else ("", id(transport))
