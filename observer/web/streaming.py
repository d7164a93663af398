"""An answer that goes on: pieces are sent as they come, and nothing is left of it once the client has gone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.types import Receive, Send

from observer.errors import ObserverError
from observer.web import sse
from observer.web.errors import UNREADABLE, ConnectionAborted, HTTPError
from observer.web.headers import UNBUFFERED

EVENTS = b"text/event-stream; charset=utf-8"
LINES = b"application/x-ndjson; charset=utf-8"


class _GoneError(Exception):
    """The client has closed the connection."""


async def stream(pieces: AsyncGenerator[bytes, None], kind: bytes, receive: Receive, send: Send) -> None:
    """Send pieces until there are no more, or nobody is there who wants them."""
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", kind), UNBUFFERED],
        }
    )
    try:
        async with asyncio.TaskGroup() as group, aclosing(pieces):
            watching = group.create_task(_until_gone(receive))
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            watching.cancel()
    except* _GoneError:
        pass  # that is how nearly all of them end
    except* ObserverError as errors:
        if kind != EVENTS:
            raise ConnectionAborted from None  # a proper end would say that there is no more
        refusal = next((error for error in errors.exceptions if isinstance(error, HTTPError)), UNREADABLE)
        await send({"type": "http.response.body", "body": sse.refused(str(refusal)), "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise _GoneError
