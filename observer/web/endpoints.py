"""What endpoints share: parameters of a request, the share of its client in a pool, and answers to errors."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from observer.errors import UnreadableError
from observer.web import query
from observer.web.access.middleware import error_response
from observer.web.access.policy import client_name
from observer.web.errors import UNREADABLE, HTTPError
from observer.web.search_pool import ClientSearches, SearchPool

NOT_FOUND = 404
StreamingEndpoint = Callable[[Request, Receive, Send], Awaitable[None]]


class StreamingRoute:
    """An endpoint that sends its response itself; starlette takes an object for an ASGI application."""

    def __init__(self, endpoint: StreamingEndpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(Request(scope), receive, send)


def parameters_of(request: Request, known: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Return the parameters of a request. Raises HTTPError 400 for one that is not `known`."""
    parameters = request.query_params
    values = {name: parameters.getlist(name) for name in parameters}
    query.check_names(values, known)
    return values


def share_of(pool: SearchPool, request: Request) -> ClientSearches:
    """Return the share of the client in a pool."""
    return pool.of(client_name(request.client.host if request.client else "", request.headers.raw))


def admitted(pool: SearchPool, request: Request) -> ClientSearches:
    """Return the share of the client, for one search. Raises HTTPError 429 if the client has too many of them."""
    searches = share_of(pool, request)
    searches.check_capacity()
    return searches


async def refused(_: Request, error: HTTPError) -> Response:
    return error_response(error)


async def unreadable(_request: Request, _error: UnreadableError) -> Response:
    return error_response(UNREADABLE)


async def unknown_route(_: Request, error: HTTPException) -> Response:
    message = "no such URL" if error.status_code == NOT_FOUND else "bad request"
    return error_response(HTTPError(error.status_code, message))


async def internal_error(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "internal server error; see the terminal of observe serve"}, 500)
