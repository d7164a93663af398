"""One response to a request for a message: an error, a message or a stream, with the fault of the script."""

import asyncio
import math
import time

from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from agent.rehearsal.answer import Json
from agent.rehearsal.blocks import StreamDelays
from agent.rehearsal.faults import Cut, End, ErrorEvent, HttpError, Stall
from agent.rehearsal.faulty_stream import faulty_stream
from agent.rehearsal.matching import Reply
from agent.rehearsal.sse import stream_events

TRANSPORT = "runtail.transport"
"""The extension of a request's scope that holds its connection, an `asyncio.Transport`, so that it can be dropped."""

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The API's names for its statuses; any other is an `api_error`."""

_CLOSE_DELAY_S = 0.1
"""A client that gets data and the end of its connection at the same time may process the end only."""


class ScriptedResponse(Response):
    """Sends `message` with the fault of `reply`. Ends early when the client disconnects or `closing` is set.

    It waits for those itself instead of leaving it to the server, because a stall may last forever.
    """

    media_type = "text/event-stream"

    def __init__(self, message: Json, reply: Reply, delays: StreamDelays, closing: asyncio.Event) -> None:
        super().__init__(headers={"cache-control": "no-cache"})
        del self.headers["content-length"]
        self._message = message
        self._reply = reply
        self._delays = delays
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(self._send(scope, receive, send))
            disconnected = tasks.create_task(_wait_for_disconnect(receive))
            closing = tasks.create_task(self._closing.wait())
            await asyncio.wait({sending, disconnected, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                _transport(scope).abort()
                await disconnected  # uvicorn reports an error if an unfinished response ends on an open connection
            for task in (sending, disconnected, closing):
                task.cancel()

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        turn, fault = self._reply.turn, self._reply.fault
        await _sleep(turn.delay_s)
        if isinstance(fault, HttpError):
            await error_response(fault)(scope, receive, send)
        elif self._reply.request.stream:
            await self._send_stream(scope, send)
        elif isinstance(fault, ErrorEvent):
            await error_response(_as_http_error(fault))(scope, receive, send)
        elif isinstance(fault, Cut | End):
            await self._drop_connection(scope)
        else:
            await _sleep(fault.silence_s if isinstance(fault, Stall) else 0)
            await JSONResponse(self._message)(scope, receive, send)

    async def _send_stream(self, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        turn, fault = self._reply.turn, self._reply.fault
        for event in faulty_stream(stream_events(turn, self._message, self._delays), fault):
            await _sleep(event.delay_s)
            if _transport(scope).is_closing():
                await _sleep(math.inf)  # until the task is cancelled: asyncio complains of what is still sent
            await send({"type": "http.response.body", "body": event.encoded, "more_body": True})
        if isinstance(fault, Cut):
            await self._drop_connection(scope)
        await send({"type": "http.response.body", "body": b""})

    async def _drop_connection(self, scope: Scope) -> None:
        """Drop the connection when the client has processed what was sent. Returns only by cancellation."""
        await asyncio.sleep(_CLOSE_DELAY_S)
        _transport(scope).close()
        await _sleep(math.inf)


def error_response(error: HttpError) -> Response:
    """Return the API's response for an error."""
    kind = error.error or _ERROR_TYPES.get(error.status, "api_error")
    headers = dict(error.headers)
    if error.retry_after_s is not None:
        headers["retry-after"] = f"{error.retry_after_s:g}"
    if error.resets_in_s is not None:
        headers |= _limit_headers(time.time() + error.resets_in_s)
    content = {"type": "error", "error": {"type": kind, "message": error.message}}
    return JSONResponse(content, error.status, headers)


def _as_http_error(error: ErrorEvent) -> HttpError:
    """Return the error of a stream as that of a request without one."""
    status = next((status for status, kind in _ERROR_TYPES.items() if kind == error.error), 500)
    return HttpError(status=status, error=error.error, message=error.message)


def _limit_headers(resets_at: float) -> dict[str, str]:
    """Return the headers for a subscriber whose five-hour limit is reached until `resets_at` (seconds since 1970)."""
    return {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
        "anthropic-ratelimit-unified-reset": str(math.ceil(resets_at)),
    }


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    return transport


async def _sleep(seconds: float) -> None:
    if math.isinf(seconds):
        await asyncio.Event().wait()  # not every event loop can sleep for an infinite time
    elif seconds:
        await asyncio.sleep(seconds)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
