"""What can be asked for: the page, the list of runs, stretches of a run, its timeline, and streams."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiofiles.os import wrap
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from observer.errors import UnreadableError
from observer.web import query
from observer.web.cursor import cursor
from observer.web.errors import UNREADABLE, HTTPError
from observer.web.line import whole_line
from observer.web.middleware import refused
from observer.web.paging import window
from observer.web.run_list import MOST, USUAL
from observer.web.run_stream import lines, messages
from observer.web.service import Service
from observer.web.static import INDEX, StaticFile
from observer.web.streaming import EVENTS, LINES, stream

JSON = "application/json"
Streaming = Callable[[Request, Receive, Send], Awaitable[None]]


class Endpoints:
    """Answers requests for what `service` has."""

    def __init__(self, service: Service, page: dict[str, StaticFile]) -> None:
        self._service = service
        self._page = page

    @property
    def routes(self) -> list[Route]:
        """The addresses there are."""
        return [
            Route("/", partial(self._asset, name=INDEX)),
            Route("/page/{name}", self._named_asset),
            Route("/api/runs", self._runs),
            Route("/api/runs/stream", _Raw(self._runs_stream)),
            Route("/api/runs/{run}/events", _Raw(self._events)),
            Route("/api/runs/{run}/lines", self._lines),
            Route("/api/runs/{run}/line", _Raw(self._line)),
            Route("/api/runs/{run}/timeline", self._timeline),
            Route("/api/events", _Raw(self._newest)),
        ]

    async def _named_asset(self, request: Request) -> Response:
        return await self._asset(request, request.path_params["name"])

    async def _asset(self, request: Request, name: str) -> Response:
        asset = self._page.get(name)
        if asset is None:
            raise HTTPError(404, "there is no such file")
        headers = {"etag": asset.etag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        return Response(asset.content, media_type=asset.content_type, headers=headers)

    async def _runs(self, request: Request) -> Response:
        asked = _query(request)
        limit = query.number(asked, "limit", USUAL, most=MOST)
        return Response(await self._service.overview.page(limit, query.one(asked, "before")), media_type=JSON)

    async def _runs_stream(self, _: Request, receive: Receive, send: Send) -> None:
        await stream(self._service.overview.messages(), EVENTS, receive, send)

    async def _events(self, request: Request, receive: Receive, send: Send) -> None:
        asked, service = _query(request), self._service
        wish = query.wish(asked, time.time())
        place = query.place(asked, request.headers.get("last-event-id"), wish)
        follow = query.one(asked, "follow") is None or query.flag(asked, "follow")
        async with service.hub.feed(request.path_params["run"]) as feed:
            if "application/x-ndjson" in request.headers.get("accept", ""):
                await stream(lines(feed, place, wish, service.work, follow=follow), LINES, receive, send)
            else:
                await stream(messages(feed, place, wish, service.work), EVENTS, receive, send)

    async def _newest(self, request: Request, receive: Receive, send: Send) -> None:
        asked, service = _query(request), self._service
        wish = query.wish(asked, time.time())
        place = query.place(asked, request.headers.get("last-event-id"), wish)
        await stream(service.newest.messages(place, wish, service.work), EVENTS, receive, send)

    async def _lines(self, request: Request) -> Response:
        asked, service = _query(request), self._service
        now = time.time()
        wish, stretch = query.wish(asked, now), query.stretch(asked, now)
        service.work.admit()
        with await wrap(service.folder.open)(request.path_params["run"]) as file:
            found = await service.work.do(lambda given_up: window(file, stretch, wish, given_up))
        return Response(found, media_type=JSON)

    async def _line(self, request: Request, receive: Receive, send: Send) -> None:
        place = cursor(query.one(_query(request), "at") or "")
        if place is None:
            raise HTTPError(400, "at: write the cursor of a line")
        with await wrap(self._service.folder.open)(request.path_params["run"]) as file:
            begin = await wrap(whole_line)(file, place)
            await stream(file.pieces(begin, place.offset - 1), JSON.encode(), receive, send)

    async def _timeline(self, request: Request) -> Response:
        service = self._service
        service.work.admit()
        with await wrap(service.folder.open)(request.path_params["run"]) as file:
            found = await service.work.do(lambda given_up: service.timelines.of(file, given_up))
        return Response(found, media_type=JSON)


def create_app(service: Service, page: dict[str, StaticFile]) -> Starlette:
    """Return the application; whoever runs it stands a `Gate` before it."""
    handlers: dict[Any, Any] = {
        HTTPError: _refuse, UnreadableError: _unreadable, HTTPException: _http, Exception: _bug,
    }  # fmt: skip
    app = Starlette(routes=Endpoints(service, page).routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


class _Raw:
    """An endpoint that sends its answer itself; starlette takes an object for an ASGI application."""

    def __init__(self, answer: Streaming) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(Request(scope), receive, send)


def _query(request: Request) -> dict[str, list[str]]:
    asked = request.query_params
    return {name: asked.getlist(name) for name in asked}


async def _refuse(_: Request, refusal: HTTPError) -> Response:
    return refused(refusal)


async def _unreadable(_request: Request, _error: UnreadableError) -> Response:
    return refused(UNREADABLE)


async def _http(_: Request, error: HTTPException) -> Response:
    sentence = "there is nothing at this address" if error.status_code == 404 else "this cannot be answered"  # noqa: PLR2004 - Not Found
    return refused(HTTPError(error.status_code, sentence))


async def _bug(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "the server made a mistake; its terminal says more"}, 500)
