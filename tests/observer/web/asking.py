"""A server in the test's own event loop, and a small HTTP client that can send malformed requests."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from observer.web.access.connections import Connections
from observer.web.access.listen import listen, make_policy
from observer.web.access.policy import origin_of
from observer.web.responses.downloads import Reports
from observer.web.server import Server
from tests.helpers import LIMIT_S, RUN


@dataclass
class Answer:
    """A complete HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Message:
    """A server-sent event as a browser would dispatch it."""

    event: str
    data: str
    id: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Stream:
    """A response that is read piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._rest = b""
        self._last_id = ""
        self.status = 0
        self.headers: dict[str, str] = {}

    async def begin(self) -> Self:
        async with asyncio.timeout(LIMIT_S):
            self.status, self.headers = _head(await self._reader.readuntil(b"\r\n\r\n"))
        return self

    async def piece(self) -> bytes:
        """Return the next chunk of the body, nothing at its end."""
        async with asyncio.timeout(LIMIT_S):
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            return (await self._reader.readexactly(size + 2))[:-2]

    async def rest(self) -> bytes:
        """Return the body to its end."""
        body = b""
        while piece := await self.piece():
            body += piece
        return body

    async def message(self) -> Message:
        """Return the next message that a browser would dispatch."""
        while True:
            while b"\n\n" not in self._rest:
                piece = await self.piece()
                assert piece, "the stream has ended"
                self._rest += piece
            block, _, self._rest = self._rest.partition(b"\n\n")
            if (message := self._parse(block.decode("utf-8", "replace"))) is not None:
                return message

    async def messages(self, count: int) -> list[Message]:
        return [await self.message() for _ in range(count)]

    async def until(self, event: str) -> list[Message]:
        """Return the messages before the next one with that name."""
        messages: list[Message] = []
        while (message := await self.message()).event != event:
            messages.append(message)
        return messages

    async def ended(self) -> None:
        """Wait until the server has closed the connection."""
        async with asyncio.timeout(LIMIT_S):
            while await self._reader.read(1 << 16):
                pass

    def close(self) -> None:
        self.writer.transport.abort()

    def _parse(self, block: str) -> Message | None:
        event, data = "message", []
        for line in block.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                self._last_id = value
            elif name == "event":
                event = value
            elif name == "data":
                data.append(value)
        return Message(event, "\n".join(data), self._last_id) if data else None


class Served:
    """A running server, and requests to it."""

    def __init__(self, server: Server, port: int, connections: Connections) -> None:
        self.server = server
        self.port = port
        self.connections = connections
        self.streams: list[Stream] = []

    async def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
        stream = await self.stream(path, {"Connection": "close", **(headers or {})}, method)
        try:
            length = stream.headers.get("content-length")
            async with asyncio.timeout(LIMIT_S):
                body = await stream.rest() if length is None else await stream._reader.readexactly(int(length))
        finally:
            stream.close()
        return Answer(stream.status, stream.headers, body)

    async def lines(self, query: str, run: str = RUN) -> Any:
        answer = await self.get(f"/api/runs/{run}/lines?{query}")
        assert answer.status == 200, answer
        return answer.json

    async def stream(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Stream:
        fields = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
        request = f"{method} {path} HTTP/1.1\r\n{head}\r\n"
        return await (await self.send(request.encode("utf-8", "surrogateescape"))).begin()

    async def events(self, query: str = "", run: str = RUN, headers: Mapping[str, str] | None = None) -> Stream:
        stream = await self.stream(f"/api/runs/{run}/events?{query}", headers)
        assert stream.status == 200, stream.status
        return stream

    async def plain(self, query: str = "", run: str = RUN) -> bytes:
        """Return the plain lines of a run."""
        stream = await self.events(query, run, {"Accept": "application/x-ndjson"})
        return await stream.rest()

    async def send(self, request: bytes) -> Stream:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 26)
        writer.write(request)
        self.streams.append(Stream(reader, writer))
        return self.streams[-1]


@asynccontextmanager
async def serving(
    folder: Path, *, host: str = "127.0.0.1", port: int = 0, token: str | None = None,
    allow_hosts: tuple[str, ...] = (), public_url: str | None = None, complete: Callable[[Path], None] = lambda _: None,
    unread: Callable[[Path], OSError | None] = lambda _: None, reports: Reports = {},  # noqa: B006 - never changed
    **limits: Any,
) -> AsyncIterator[Served]:  # fmt: skip
    """Serve a directory for the duration of the block."""
    with ExitStack() as stack:
        listeners = listen(host, port, stack)
        policy = make_policy(listeners, host, token, allow_hosts, public_url and origin_of(public_url))
        connections = Connections(**limits)
        server = Server(folder, policy, connections, complete=complete, unread=unread, reports=reports)
        served = Served(server, policy.port, connections)
        try:
            async with asyncio.TaskGroup() as group:
                running = group.create_task(server.serve_on(listeners))
                while not server.started and not running.done():
                    await asyncio.sleep(0.001)
                try:
                    yield served
                finally:
                    server.stop()
        finally:
            for stream in served.streams:
                stream.close()
            await asyncio.gather(*(stream.writer.wait_closed() for stream in served.streams), return_exceptions=True)


def run_of(folder: Path, *lines: bytes, name: str = RUN) -> Path:
    path = folder / f"{name}.ndjson"
    path.write_bytes(b"".join(lines))
    return path


def _head(head: bytes) -> tuple[int, dict[str, str]]:
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = (line.partition(":") for line in lines if line)
    return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in fields}
