"""Streaming responses whose run becomes unreadable, and work for clients that disconnect.

Tests observer.web.errors as well.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from observer.errors import UnreadableError
from observer.web.errors import ConnectionAborted
from observer.web.responses.streaming import EVENTS, LINES, stream, until_disconnect
from tests.helpers import LIMIT_S


@pytest.mark.parametrize("kind", [EVENTS, LINES])
async def test_a_file_that_cannot_be_read_any_more_ends_its_stream(kind: bytes) -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield b"1"
        raise UnreadableError("/home/me/runs: Input/output error")

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    if kind == LINES:
        with pytest.raises(ConnectionAborted):
            await stream(pieces(), kind, receive, send)
        assert sent[-1]["body"] == b"1"
    else:
        await stream(pieces(), kind, receive, send)
        assert sent[-1]["body"] == b'event: refused\ndata: {"error":"cannot read the run at the moment"}\n\n'
        assert sent[-1]["more_body"] is False


class Client:
    """The receiving side of a request without a body."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self._messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive(self) -> Any:
        if self._messages:
            return self._messages.pop()
        await self.gone.wait()
        return {"type": "http.disconnect"}


async def test_work_is_cancelled_as_soon_as_the_client_disconnects() -> None:
    client, ended = Client(), list[str]()

    async def work() -> str:
        try:
            client.gone.set()
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")
        return "done"

    async with asyncio.timeout(LIMIT_S):
        assert await until_disconnect(work(), client.receive) is None
    assert ended == ["cancelled"]


async def test_work_for_a_client_that_stays_returns_its_result_or_raises_its_error() -> None:
    async def work(error: Exception | None) -> str:
        if error is not None:
            raise error
        return "done"

    assert await until_disconnect(work(None), Client().receive) == "done"
    with pytest.raises(UnreadableError):
        await until_disconnect(work(UnreadableError("gone")), Client().receive)
