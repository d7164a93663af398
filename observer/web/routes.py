"""The URLs of the server: the page, the list of runs, lines of a run, its timeline, and streams."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
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
from observer.web.cursor import parse_cursor
from observer.web.errors import UNREADABLE, HTTPError
from observer.web.hub import Hub
from observer.web.latest_stream import LatestStream
from observer.web.middleware import error_response
from observer.web.paging import find_line, read_page
from observer.web.run_directory import RunDirectory
from observer.web.run_list import DEFAULT_RUNS, MAX_RUNS, RunList
from observer.web.run_stream import lines, messages
from observer.web.search_pool import SearchPool
from observer.web.shared_file import SharedFile
from observer.web.static import INDEX, StaticFile
from observer.web.streaming import EVENTS, LINES, stream
from observer.web.timeline_stream import TimelineCache

JSON = "application/json"
_NOT_FOUND = 404
StreamingEndpoint = Callable[[Request, Receive, Send], Awaitable[None]]


class Endpoints:
    """Answers requests, one method for each route."""

    def __init__(
        self, directory: RunDirectory, hub: Hub, run_list: RunList, latest: LatestStream, searches: SearchPool,
        page: dict[str, StaticFile],
    ) -> None:  # fmt: skip
        self._directory = directory
        self._hub = hub
        self._run_list = run_list
        self._latest = latest
        self._searches = searches
        self._page = page
        self._timelines = TimelineCache()

    @property
    def routes(self) -> list[Route]:
        """The routes of the application."""
        return [
            Route("/", partial(self._static_file, name=INDEX)),
            Route("/page/{name}", self._named_file),
            Route("/api/runs", self._list_runs),
            Route("/api/runs/stream", _Streaming(self._stream_runs)),
            Route("/api/runs/{run}/events", _Streaming(self._stream_run)),
            Route("/api/runs/{run}/lines", self._lines),
            Route("/api/runs/{run}/line", _Streaming(self._line)),
            Route("/api/runs/{run}/timeline", self._timeline),
            Route("/api/events", _Streaming(self._stream_latest)),
        ]

    async def _named_file(self, request: Request) -> Response:
        return await self._static_file(request, request.path_params["name"])

    async def _static_file(self, request: Request, name: str) -> Response:
        file = self._page.get(name)
        if file is None:
            raise HTTPError(_NOT_FOUND, "no such file")
        headers = {"etag": file.etag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.content_type, headers=headers)

    async def _list_runs(self, request: Request) -> Response:
        parameters = _query(request)
        limit = query.parse_count(parameters, "limit", DEFAULT_RUNS, maximum=MAX_RUNS)
        return Response(await self._run_list.page(limit, query.single_value(parameters, "before")), media_type=JSON)

    async def _stream_runs(self, _: Request, receive: Receive, send: Send) -> None:
        await stream(self._run_list.messages(), EVENTS, receive, send)

    async def _stream_run(self, request: Request, receive: Receive, send: Send) -> None:
        parameters = _query(request)
        wanted = query.parse_filter(parameters, time.time())
        start = query.parse_start(parameters, request.headers.get("last-event-id"), wanted)
        follow = query.single_value(parameters, "follow") is None or query.parse_flag(parameters, "follow")
        async with self._hub.subscribe(request.path_params["run"]) as broadcast:
            if "application/x-ndjson" in request.headers.get("accept", ""):
                pieces = lines(broadcast, start, wanted, self._searches, follow=follow)
                await stream(pieces, LINES, receive, send)
            else:
                await stream(messages(broadcast, start, wanted, self._searches), EVENTS, receive, send)

    async def _stream_latest(self, request: Request, receive: Receive, send: Send) -> None:
        parameters = _query(request)
        wanted = query.parse_filter(parameters, time.time())
        start = query.parse_start(parameters, request.headers.get("last-event-id"), wanted)
        await stream(self._latest.messages(start, wanted, self._searches), EVENTS, receive, send)

    async def _lines(self, request: Request) -> Response:
        parameters, now = _query(request), time.time()
        wanted, page = query.parse_filter(parameters, now), query.parse_page_request(parameters, now)
        self._searches.check_capacity()
        async with self._open_file(request) as file:
            body = await self._searches.run(lambda is_cancelled: read_page(file, page, wanted, is_cancelled))
        return Response(body, media_type=JSON)

    async def _line(self, request: Request, receive: Receive, send: Send) -> None:
        cursor = parse_cursor(query.single_value(_query(request), "at") or "")
        if cursor is None:
            raise HTTPError(400, "invalid value for at: expected the cursor of a line")
        async with self._open_file(request) as file:
            begin = await wrap(find_line)(file, cursor)
            await stream(file.pieces(begin, cursor.offset - 1), JSON.encode(), receive, send)

    async def _timeline(self, request: Request) -> Response:
        self._searches.check_capacity()
        async with self._open_file(request) as file:
            body = await self._searches.run(lambda is_cancelled: self._timelines.read(file, is_cancelled))
        return Response(body, media_type=JSON)

    @asynccontextmanager
    async def _open_file(self, request: Request) -> AsyncIterator[SharedFile]:
        file = await wrap(self._directory.open)(request.path_params["run"])
        with file.in_use():
            yield file


def create_app(
    directory: RunDirectory, hub: Hub, run_list: RunList, latest: LatestStream, searches: SearchPool,
    page: dict[str, StaticFile],
) -> Starlette:  # fmt: skip
    """Create the ASGI application. Wrap it in `AccessMiddleware` before serving it."""
    handlers: dict[Any, Any] = {
        HTTPError: _refused, UnreadableError: _unreadable, HTTPException: _unknown_route, Exception: _internal_error,
    }  # fmt: skip
    endpoints = Endpoints(directory, hub, run_list, latest, searches, page)
    app = Starlette(routes=endpoints.routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


class _Streaming:
    """An endpoint that sends its response itself; starlette takes an object for an ASGI application."""

    def __init__(self, endpoint: StreamingEndpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(Request(scope), receive, send)


def _query(request: Request) -> dict[str, list[str]]:
    parameters = request.query_params
    return {name: parameters.getlist(name) for name in parameters}


async def _refused(_: Request, error: HTTPError) -> Response:
    return error_response(error)


async def _unreadable(_request: Request, _error: UnreadableError) -> Response:
    return error_response(UNREADABLE)


async def _unknown_route(_: Request, error: HTTPException) -> Response:
    message = "no such URL" if error.status_code == _NOT_FOUND else "bad request"
    return error_response(HTTPError(error.status_code, message))


async def _internal_error(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "internal server error; see the terminal of observe serve"}, 500)
