"""The connections that are open: how many there may be, and who is let go of because they do not read or do not ask."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from uvicorn.protocols.http.h11_impl import H11Protocol

from observer.web.access import is_loopback
from observer.web.headers import NEVER_STORED, SECURE

MOST = 2000
"""Connections in total."""
MOST_OF_ONE = 64
"""Connections of one client address that is not this machine."""
UNREAD_S = 30.0
"""A client that takes nothing of what waits for it for so long is let go of, and may come back with its cursor."""
UNASKED_S = 15.0
"""A connection on which no request is made for so long is closed."""
_LOOK_S = 1.0


def _answer(status: bytes, sentence: str, headers: bytes = b"") -> bytes:
    """An answer to whoever gets no further than the connection."""
    body = json.dumps({"error": sentence}).encode()
    told = b"".join(b"%b: %b\r\n" % header for header in (*SECURE, NEVER_STORED))
    return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n%b%b\r\n%b" % (
        status,
        len(body),
        headers,
        told,
        body,
    )


_BUSY = _answer(
    b"503 Service Unavailable", "too many connections; close some, or try again later", b"retry-after: 5\r\n"
)
_NO_HTTP = _answer(b"400 Bad Request", "this is no request, or its head is too long")

Peer = tuple[str, int]


class Open(Struct):
    """A connection, how many requests on it are being answered, since when nothing was asked or nothing was read."""

    transport: asyncio.Transport
    answering: int = 0
    idle_since: float = 0.0
    unread: int = 0
    unread_since: float = 0.0


class Connections:
    """Counts connections; `run` must run meanwhile."""

    def __init__(
        self, *, most: int = MOST, most_of_one: int = MOST_OF_ONE, unread_s: float = UNREAD_S,
        unasked_s: float = UNASKED_S,
    ) -> None:  # fmt: skip
        self._most = most
        self._most_of_one = most_of_one
        self._unread_s = unread_s
        self._unasked_s = unasked_s
        self._open: dict[Peer, Open] = {}
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def take(self, transport: asyncio.Transport) -> bool:
        """Take in a connection; return whether it is not one too many."""
        peer = peer_of(transport)
        too_many = not is_loopback(peer[0]) and self._addresses[peer[0]] >= self._most_of_one
        if too_many or len(self._open) >= self._most:
            return False
        self._addresses[peer[0]] += 1
        self._open[peer] = Open(transport, idle_since=asyncio.get_running_loop().time())
        return True

    def drop(self, peer: Peer) -> None:
        """Forget a connection that was closed."""
        if self._open.pop(peer, None) is not None:
            self._addresses[peer[0]] -= 1
            if not self._addresses[peer[0]]:
                del self._addresses[peer[0]]

    @contextmanager
    def answering(self, peer: Peer) -> Iterator[None]:
        """Note that a request of a connection is being answered."""
        found = self._open.get(peer)
        if found is None:
            yield
            return
        found.answering += 1
        try:
            yield
        finally:
            found.answering -= 1
            found.idle_since = asyncio.get_running_loop().time()

    async def cut(self, peer: Peer) -> None:
        """Close a connection in the midst of an answer; return once whoever answers can know."""
        if peer in self._open:
            self._open[peer].transport.abort()
            await asyncio.sleep(0)

    async def run(self) -> None:
        """Let go of those who do not read or do not ask, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(_LOOK_S, self._unread_s / 4))
            for found in [found for found in self._open.values() if self._is_to_go(found, loop.time())]:
                found.transport.abort()

    def abort(self) -> None:
        """Let go of all of them, whatever waits for them."""
        for found in list(self._open.values()):
            found.transport.abort()

    def _is_to_go(self, found: Open, now: float) -> bool:
        waiting = found.transport.get_write_buffer_size()
        if not waiting or waiting != found.unread:
            found.unread, found.unread_since = waiting, now
        unread = waiting > 0 and now - found.unread_since > self._unread_s
        return unread or (not found.answering and not waiting and now - found.idle_since > self._unasked_s)


def protocol_of(connections: Connections) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol, with its connections counted and limited."""

    class Counted(H11Protocol):
        _peer: Peer | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
            if not connections.take(transport):
                transport.write(_BUSY)
                transport.set_protocol(asyncio.Protocol())
                transport.close()
                return
            self._peer = peer_of(transport)
            super().connection_made(transport)

        def send_400_response(self, msg: str) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(_NO_HTTP)
            self.transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            if self._peer is not None:
                connections.drop(self._peer)
            super().connection_lost(exc)

    return Counted


def peer_of(transport: asyncio.Transport) -> Peer:
    """Return the address and port of the other end; none when it has gone already."""
    name: Any = transport.get_extra_info("peername")
    return (str(name[0]), int(name[1])) if name else ("", id(transport))
