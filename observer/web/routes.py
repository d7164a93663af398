"""The URLs of the server: the page, the list of runs, lines of a run, its timeline, and streams."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiofiles.os import wrap
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Send

from observer.errors import UnreadableError
from observer.runs.window.cursor import parse_cursor
from observer.runs.window.hits import HitRequest
from observer.runs.window.shared_file import SharedFile
from observer.web import query
from observer.web.assets.static import INDEX, StaticFile
from observer.web.broadcasts.hub import Hub
from observer.web.endpoints import (
    NOT_FOUND,
    StreamingRoute,
    admitted,
    internal_error,
    parameters_of,
    refused,
    share_of,
    unknown_route,
    unreadable,
)
from observer.web.errors import HTTPError
from observer.web.lines.folder_search import search_runs
from observer.web.lines.hit_list import HitLists
from observer.web.lines.latest_stream import LatestStream
from observer.web.lines.paging import find_line, other_content, read_page, read_row
from observer.web.lines.run_stream import lines, messages
from observer.web.query import ClientFilter
from observer.web.responses.downloads import Reports, make_report, pieces_of, saved_as
from observer.web.responses.images import read_image
from observer.web.responses.streaming import EVENTS, LINES, REPORT, stream, until_disconnect
from observer.web.run_directory import RunDirectory
from observer.web.run_list.run_list import DEFAULT_RUNS, MAX_LISTED, MAX_RUNS, RunList
from observer.web.search_pool import ClientSearches, Pools, SearchPool
from observer.web.summaries.comparison_stream import compare_runs
from observer.web.summaries.panel_cache import PanelCache
from observer.web.summaries.timeline_cache import TimelineCache

JSON = "application/json"
_COMPRESSED = [Middleware(GZipMiddleware, minimum_size=1024, compresslevel=1)]
"""For answers of JSON: a page of lines is a tenth then. The fastest level, as they are compressed for each client."""
_AT = frozenset({"at"})
_FORMAT = frozenset({"format"})
_FILE = frozenset({"file"})


class Endpoints:
    """Answers requests, one method for each route."""

    def __init__(
        self, directory: RunDirectory, hub: Hub, run_list: RunList, latest: LatestStream, pools: Pools,
        panels: PanelCache, page: dict[str, StaticFile], reports: Reports,
    ) -> None:  # fmt: skip
        self._directory = directory
        self._hub = hub
        self._run_list = run_list
        self._latest = latest
        self._pools = pools
        self._page = page
        self._timelines = TimelineCache()
        self._panels = panels
        self._reports = reports
        self._hits = HitLists()

    @property
    def routes(self) -> list[Route]:
        """The routes of the application."""
        return [
            Route("/", partial(self._static_file, name=INDEX)),
            Route("/page/{name}", self._named_file),
            Route("/api/runs", self._list_runs, middleware=_COMPRESSED),
            Route("/api/list", StreamingRoute(self._stream_list)),
            Route("/api/runs/stream", StreamingRoute(self._stream_runs)),
            Route("/api/runs/{run}/events", StreamingRoute(self._stream_run)),
            Route("/api/runs/{run}/lines", self._lines, middleware=_COMPRESSED),
            Route("/api/runs/{run}/line", StreamingRoute(self._line)),
            Route("/api/runs/{run}/row", self._row, middleware=_COMPRESSED),
            Route("/api/runs/{run}/image", self._image),
            Route("/api/runs/{run}/timeline", self._timeline, middleware=_COMPRESSED),
            Route("/api/runs/{run}/panel", self._panel, middleware=_COMPRESSED),
            Route("/api/runs/{run}/problem", self._problem),
            Route("/api/runs/{run}/hit", self._hit),
            Route("/api/runs/{run}/file", StreamingRoute(self._file)),
            Route("/api/runs/{run}/report", StreamingRoute(self._report)),
            Route("/api/compare", StreamingRoute(self._compare)),
            Route("/api/search", StreamingRoute(self._search_runs)),
            Route("/api/events", StreamingRoute(self._stream_latest)),
        ]

    async def _named_file(self, request: Request) -> Response:
        return await self._static_file(request, request.path_params["name"])

    async def _static_file(self, request: Request, name: str) -> Response:
        file = self._page.get(name)
        if file is None:
            raise HTTPError(NOT_FOUND, "no such file")
        headers = {"etag": file.etag, "cache-control": "no-cache", "vary": "Accept-Encoding"}
        if file.policy:
            headers["content-security-policy"] = file.policy
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                file.compressed, media_type=file.content_type, headers={**headers, "content-encoding": "gzip"}
            )
        return Response(file.content, media_type=file.content_type, headers=headers)

    async def _list_runs(self, request: Request) -> Response:
        parameters = parameters_of(request, query.RUNS_PARAMETERS)
        limit = query.parse_count(parameters, "limit", DEFAULT_RUNS, maximum=MAX_RUNS)
        before, run_filter = query.single_value(parameters, "before"), query.parse_run_filter(parameters, time.time())
        return Response(await self._run_list.page(limit, before, run_filter), media_type=JSON)

    async def _stream_list(self, request: Request, receive: Receive, send: Send) -> None:
        parameters = parameters_of(request, query.LIST_PARAMETERS)
        list_query = query.parse_list_query(parameters, time.time(), DEFAULT_RUNS, MAX_LISTED)
        await stream(self._run_list.view(list_query), EVENTS, receive, send)

    async def _stream_runs(self, request: Request, receive: Receive, send: Send) -> None:
        parameters_of(request)
        await stream(self._run_list.messages(), EVENTS, receive, send)

    async def _stream_run(self, request: Request, receive: Receive, send: Send) -> None:
        parameters = parameters_of(request, query.STREAM_PARAMETERS)
        client_filter = query.parse_filter(parameters, time.time())
        searches = share_of(self._pool(client_filter), request)
        start = query.parse_start(parameters, request.headers.get("last-event-id"), client_filter)
        follow = query.single_value(parameters, "follow") is None or query.parse_flag(parameters, "follow")
        async with self._hub.subscribe(request.path_params["run"]) as broadcast:
            if "application/x-ndjson" in request.headers.get("accept", ""):
                pieces = lines(broadcast, start, client_filter, searches, follow=follow)
                await stream(pieces, LINES, receive, send)
            else:
                await stream(messages(broadcast, start, client_filter, searches), EVENTS, receive, send)

    async def _stream_latest(self, request: Request, receive: Receive, send: Send) -> None:
        parameters = parameters_of(request, query.STREAM_PARAMETERS)
        client_filter = query.parse_filter(parameters, time.time())
        searches = share_of(self._pool(client_filter), request)
        start = query.parse_start(parameters, request.headers.get("last-event-id"), client_filter)
        await stream(self._latest.messages(start, client_filter, searches), EVENTS, receive, send)

    async def _lines(self, request: Request) -> Response:
        parameters, now = parameters_of(request, query.LINES_PARAMETERS), time.time()
        client_filter, page = query.parse_filter(parameters, now), query.parse_page_request(parameters, now)
        searches = admitted(self._pool(client_filter), request)
        async with self._open_file(request) as file:
            search = searches.run(lambda is_cancelled: read_page(file, page, client_filter, is_cancelled))
            body = await until_disconnect(search, request.receive)
        return Response(body, media_type=JSON)

    async def _line(self, request: Request, receive: Receive, send: Send) -> None:
        cursor = parse_cursor(query.single_value(parameters_of(request, _AT), "at") or "")
        if cursor is None:
            raise HTTPError(400, "invalid value for at: expected the cursor of a line")
        async with self._open_file(request) as file:
            begin = await wrap(find_line)(file, cursor)
            await stream(file.pieces(begin, cursor.offset - 1), JSON.encode(), receive, send)

    async def _row(self, request: Request) -> Response:
        at, first = query.parse_row_request(parameters_of(request, query.ROW_PARAMETERS))
        pages = admitted(self._pools.pages, request)
        async with self._open_file(request) as file:
            body = await until_disconnect(pages.run(lambda _: read_row(file, at, first)), request.receive)
        return Response(body, media_type=JSON)

    async def _image(self, request: Request) -> Response:
        file = query.single_value(parameters_of(request, _FILE), "file") or ""
        run = request.path_params["run"]
        path = await wrap(self._directory.path_of)(run)
        data, media_type = await wrap(read_image)(path.parent, run, file)
        return Response(data, media_type=media_type, headers={"cache-control": "private, max-age=3600"})

    async def _timeline(self, request: Request) -> Response:
        parameters_of(request)
        summaries = admitted(self._pools.summaries, request)
        async with self._open_file(request) as file:
            search = summaries.run(lambda is_cancelled: self._timelines.read(file, is_cancelled))
            body = await until_disconnect(search, request.receive)
        return Response(body, media_type=JSON)

    async def _panel(self, request: Request) -> Response:
        parameters_of(request)
        summaries = admitted(self._pools.summaries, request)
        async with self._open_file(request) as file:
            wait_s = self._panels.wait_s(file)
            if not wait_s:
                return await self._made_panel(file, summaries, request)
        await asyncio.sleep(wait_s)
        async with self._open_file(request) as file:
            return await self._made_panel(file, summaries, request)

    async def _made_panel(self, file: SharedFile, summaries: ClientSearches, request: Request) -> Response:
        search = summaries.run(lambda is_cancelled: self._panels.panel(file, is_cancelled))
        return Response(await until_disconnect(search, request.receive), media_type=JSON)

    async def _problem(self, request: Request) -> Response:
        forwards, cursor = query.parse_step(parameters_of(request, query.STEP_PARAMETERS))
        summaries = admitted(self._pools.summaries, request)
        async with self._open_file(request) as file:
            if cursor.generation != file.generation:
                raise other_content()
            search = summaries.run(
                lambda is_cancelled: self._panels.step(file, cursor.offset, is_cancelled, forwards=forwards)
            )
            body = await until_disconnect(search, request.receive)
        return Response(body, media_type=JSON)

    async def _hit(self, request: Request) -> Response:
        parameters = parameters_of(request, query.HIT_PARAMETERS)
        client_filter, cursors = query.parse_filter(parameters, time.time()), query.parse_hit(parameters)
        if client_filter.choice.matches_all:
            raise HTTPError(400, "expected what to search for, such as grep")
        searches = admitted(self._pools.searches, request)
        place = HitRequest(**{name: cursor.offset for name, cursor in cursors.items()})
        async with self._open_file(request) as file:
            if any(cursor.generation != file.generation for cursor in cursors.values()):
                raise other_content()
            name = query.filter_name(parameters, client_filter.choice)
            search = searches.run(
                lambda is_cancelled: self._hits.answer(file, client_filter, name, place, is_cancelled)
            )
            body = await until_disconnect(search, request.receive)
        return Response(body, media_type=JSON)

    async def _file(self, request: Request, receive: Receive, send: Send) -> None:
        parameters_of(request)
        async with self._open_file(request) as file:
            header = saved_as(file.path.name)
            await stream(file.pieces(0, file.end), LINES, receive, send, header)

    async def _report(self, request: Request, receive: Receive, send: Send) -> None:
        run, kind = request.path_params["run"], query.single_value(parameters_of(request, _FORMAT), "format") or ""
        if kind not in self._reports:
            known = ", ".join(sorted(self._reports)) or "nothing: this server makes no reports"
            raise HTTPError(400, f"invalid value for format: use one of {known}")
        work = admitted(self._pools.summaries, request).run(
            lambda is_cancelled: make_report(self._directory, run, self._reports[kind], is_cancelled)
        )
        if (report := await until_disconnect(work, receive)) is not None:
            await stream(pieces_of(report), REPORT, receive, send, saved_as(f"{run}.{kind}"))

    async def _search_runs(self, request: Request, receive: Receive, send: Send) -> None:
        parameters, now = parameters_of(request, query.FILTER_PARAMETERS | query.RUN_FILTER_PARAMETERS), time.time()
        client_filter = query.parse_filter(parameters, now)
        if client_filter.choice.matches_all:
            raise HTTPError(400, "expected what to search for, such as grep")
        runs = await self._run_list.select(query.parse_run_filter(parameters, now))
        searches = admitted(self._pools.searches, request)
        await stream(search_runs(self._directory, runs, client_filter, searches), EVENTS, receive, send)

    async def _compare(self, request: Request, receive: Receive, send: Send) -> None:
        names = query.parse_pair(parameters_of(request, query.PAIR_PARAMETERS))
        for name in names:
            await wrap(self._directory.path_of)(name)
        summaries = admitted(self._pools.summaries, request)
        await stream(compare_runs(self._directory, names, summaries, self._panels.stall_after_s), EVENTS, receive, send)

    def _pool(self, client_filter: ClientFilter) -> SearchPool:
        """Return the pool for a filter: lines that need not be searched for do not wait for searches."""
        return self._pools.pages if client_filter.choice.matches_all else self._pools.searches

    @asynccontextmanager
    async def _open_file(self, request: Request) -> AsyncIterator[SharedFile]:
        file = await wrap(self._directory.open)(request.path_params["run"])
        with file.in_use():
            yield file


def create_app(
    directory: RunDirectory, hub: Hub, run_list: RunList, latest: LatestStream, pools: Pools,
    panels: PanelCache, page: dict[str, StaticFile], reports: Reports,
) -> Starlette:  # fmt: skip
    """Create the ASGI application. Wrap it in `AccessMiddleware` before serving it."""
    handlers: dict[Any, Any] = {
        HTTPError: refused, UnreadableError: unreadable, HTTPException: unknown_route, Exception: internal_error,
    }  # fmt: skip
    endpoints = Endpoints(directory, hub, run_list, latest, pools, panels, page, reports)
    app = Starlette(routes=endpoints.routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app
