"""The Messages API of a rehearsal as an ASGI application."""

import asyncio
from dataclasses import replace

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.rehearsal.answer import CHARS_PER_TOKEN, answer
from agent.rehearsal.faults import HttpError
from agent.rehearsal.matching import MessagesRequest, RecordedRequest, TurnMatcher
from agent.rehearsal.response import ScriptedResponse, error_response
from agent.rehearsal.script import Script


class MessagesApi:
    """Answers requests from `script`, and appends each one to `requests`."""

    def __init__(self, script: Script, requests: list[RecordedRequest]) -> None:
        self._matcher = TurnMatcher(script)
        self._delays = script.pace
        self._requests = requests
        self._closing = asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/v1/messages", self._messages, methods=["POST"]),
                Route("/v1/messages/count_tokens", _count_tokens, methods=["POST"]),
                Route("/api/hello", _hello),
            ],
            exception_handlers={404: _not_found},
        )

    def close(self) -> None:
        """Drop every connection that waits for an answer, now and from now on."""
        self._closing.set()

    async def _messages(self, request: Request) -> Response:
        try:
            body = await request.body()
            messages_request = msgspec.json.decode(body, type=MessagesRequest)
        except ClientDisconnect:
            return Response()
        except msgspec.MsgspecError as error:
            return error_response(HttpError(status=400, message=f"not a valid Messages API request: {error}"))
        reply = self._matcher.match(messages_request, request.headers)
        self._requests.append(replace(reply.request, headers=dict(request.headers), body=body))
        message = answer(reply.turn, messages_request.model, len(body))
        return ScriptedResponse(message, reply, self._delays, self._closing)


async def _count_tokens(request: Request) -> Response:
    return JSONResponse({"input_tokens": len(await request.body()) // CHARS_PER_TOKEN})


async def _hello(_request: Request) -> Response:
    """Answer the CLI's test whether the API is reachable."""
    return JSONResponse({"message": "hello"})


async def _not_found(request: Request, _error: Exception) -> Response:
    return error_response(HttpError(status=404, message=f"a rehearsal does not serve {request.url.path}"))
