"""Answers that take time end when the client disconnects; those of unknown length are sent piece by piece."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.types import Receive, Send

from observer.errors import ObserverError
from observer.web.errors import UNREADABLE, ConnectionAborted, HTTPError
from observer.web.responses import sse

T = TypeVar("T")
EVENTS = b"text/event-stream; charset=utf-8"
LINES = b"application/x-ndjson; charset=utf-8"
REPORT = b"application/octet-stream"
_UNBUFFERED = (b"x-accel-buffering", b"no")
"""Makes nginx forward each piece immediately."""


class _DisconnectedError(Exception):
    """The client has closed the connection."""


async def stream(
    pieces: AsyncGenerator[bytes, None], content_type: bytes, receive: Receive, send: Send,
    *headers: tuple[bytes, bytes],
) -> None:  # fmt: skip
    """Send all pieces, or as many as the client waits for, after these additional headers.

    If the run becomes unreadable, a stream of events ends with the message `refused`. Any other answer raises
    ConnectionAborted, since a regular end would mean that it is complete.
    """
    all_headers = [(b"content-type", content_type), _UNBUFFERED, *headers]
    await send({"type": "http.response.start", "status": 200, "headers": all_headers})
    is_aborted = False
    try:
        async with asyncio.TaskGroup() as group, aclosing(pieces):
            disconnection = group.create_task(_wait_for_disconnect(receive))
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            disconnection.cancel()
    except* _DisconnectedError:
        pass  # the usual end of a stream
    except* ObserverError as errors:
        if content_type == EVENTS:
            error = next((error for error in errors.exceptions if isinstance(error, HTTPError)), UNREADABLE)
            await send({"type": "http.response.body", "body": sse.refused(str(error)), "more_body": False})
        else:
            is_aborted = True
    if is_aborted:
        raise ConnectionAborted  # not above: Python 3.11.2 wraps what `except*` raises in a group


async def until_disconnect(work: Coroutine[Any, Any, T], receive: Receive) -> T | None:
    """Return the result of `work`; None if the client disconnects before, then `work` is cancelled. Raises as it does.

    Nothing may have been sent yet, and nothing of the request's body received.
    """
    working = asyncio.create_task(work)
    tasks = (working, asyncio.create_task(_wait_for_disconnect(receive)))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise _DisconnectedError
