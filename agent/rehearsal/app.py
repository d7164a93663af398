"""The Messages API of a rehearsal as an application: what is asked for, noted and handed to its `Answer`."""

import asyncio

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.rehearsal.matching import Asked, MessagesRequest, Prompter
from agent.rehearsal.response import Answer, refusal
from agent.rehearsal.script import HttpError, Script
from agent.rehearsal.sse import CHARS_PER_TOKEN, Performance


class Stage:
    """Plays `script` and notes every request in `requests`."""

    def __init__(self, script: Script, requests: list[Asked]) -> None:
        self._prompter = Prompter(script)
        self._pace = script.pace
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
            asked = msgspec.json.decode(body, type=MessagesRequest)
        except ClientDisconnect:
            return Response()
        except msgspec.MsgspecError as error:
            return refusal(HttpError(status=400, message=f"not a request for a message: {error}"))
        cue = self._prompter.cue(asked, request.headers)
        self._requests.append(cue.asked)
        return Answer(Performance(cue.turn, self._pace, asked.model, len(body)), cue, self._closing)


async def _count_tokens(request: Request) -> Response:
    return JSONResponse({"input_tokens": len(await request.body()) // CHARS_PER_TOKEN})


async def _hello(_request: Request) -> Response:
    """The CLI looks whether the API is there."""
    return JSONResponse({"message": "hello"})


async def _not_found(request: Request, _error: Exception) -> Response:
    return refusal(HttpError(status=404, message=f"a rehearsal has no {request.url.path}"))
