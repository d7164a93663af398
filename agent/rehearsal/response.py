"""One answer on its way to the client: an error, a stream or a message, until it is told, cut, or nobody listens."""

import asyncio
import math
import time
from collections.abc import Iterable

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from agent.rehearsal.matching import Cue
from agent.rehearsal.script import Cut, HttpError, Stall
from agent.rehearsal.sse import Performance, Piece, parted

TRANSPORT = "runtail.transport"
"""The extension of a request's scope that holds its connection, an `asyncio.Transport`, so that it can be dropped."""

_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The API's names for its statuses; any other is an `api_error`."""

_LAST_WORDS_S = 0.1
"""A client that gets data and the end of its connection at once looks at the end only."""


class Answer(Response):
    """Plays `performance` with the fault of `cue`, and stops when the client has gone or `closing` is set.

    It waits for those itself rather than leave it to the server, because a stall may last forever.
    """

    media_type = "text/event-stream"

    def __init__(self, performance: Performance, cue: Cue, closing: asyncio.Event) -> None:
        super().__init__(headers={"cache-control": "no-cache"})
        del self.headers["content-length"]
        self._performance = performance
        self._cue = cue
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as tasks:
            playing = tasks.create_task(self._play(scope, receive, send))
            gone = tasks.create_task(_disconnected(receive))
            closing = tasks.create_task(self._closing.wait())
            await asyncio.wait({playing, gone, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                _transport(scope).abort()
                await gone  # an answer that ends while its connection stands is an error to uvicorn
            for task in (playing, gone, closing):
                task.cancel()

    async def _play(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _silence(self._cue.turn.delay_s)
        fault = self._cue.fault
        if isinstance(fault, HttpError):
            await refusal(fault)(scope, receive, send)
        elif self._cue.asked.stream:
            await self._play_stream(scope, send)
        elif isinstance(fault, Cut):
            await self._hang_up(scope)
        else:
            await _silence(fault.silence_s if fault else 0)
            await JSONResponse(self._performance.message)(scope, receive, send)

    async def _play_stream(self, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        pieces = self._performance.pieces()
        match self._cue.fault:
            case Cut() as cut:
                await _send_all(parted(pieces, cut)[0], send)
                await self._hang_up(scope)
            case Stall() as stall:
                before, after = parted(pieces, stall)
                await _send_all(before, send)
                await _silence(stall.silence_s)
                await _send_all(after, send)
            case _:
                await _send_all(pieces, send)
        await send({"type": "http.response.body", "body": b""})

    async def _hang_up(self, scope: Scope) -> None:
        """Drop the connection once the client has seen what was sent, and wait for it to be gone."""
        await asyncio.sleep(_LAST_WORDS_S)
        _transport(scope).close()
        await _silence(math.inf)


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    return transport


def refusal(error: HttpError) -> Response:
    """The API's way to say that something is wrong."""
    kind = error.error or _ERRORS.get(error.status, "api_error")
    headers = {} if error.retry_after_s is None else {"retry-after": f"{error.retry_after_s:g}"}
    if error.resets_in_s is not None:
        headers |= _used_up(time.time() + error.resets_in_s)
    content = {"type": "error", "error": {"type": kind, "message": error.message}}
    return JSONResponse(content, error.status, headers)


def _used_up(resets_at: float) -> dict[str, str]:
    """The headers with which the API tells a subscriber that the five-hour limit is reached (seconds since 1970)."""
    return {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
        "anthropic-ratelimit-unified-reset": str(math.ceil(resets_at)),
    }


async def _send_all(pieces: Iterable[Piece], send: Send) -> None:
    for piece in pieces:
        await _silence(piece.wait_s)
        await send({"type": "http.response.body", "body": piece.encoded, "more_body": True})


async def _silence(seconds: float) -> None:
    if math.isinf(seconds):
        await asyncio.Event().wait()  # not every event loop can sleep forever
    elif seconds:
        await asyncio.sleep(seconds)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
