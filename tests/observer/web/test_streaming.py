"""Streaming responses whose run becomes unreadable. Tests observer.web.errors as well."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from observer.errors import UnreadableError
from observer.web.errors import ConnectionAborted
from observer.web.streaming import EVENTS, LINES, stream


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
