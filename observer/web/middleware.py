"""What stands before every request: who may ask, how much at a time, and what every answer says to the browser."""

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observer.web.access import (
    AccessPolicy,
    check_host,
    check_origin,
    cookie,
    is_token,
    knows_token,
    token_in,
    without_token,
)
from observer.web.connections import Connections
from observer.web.errors import ConnectionAborted, HTTPError
from observer.web.headers import NEVER_STORED, SECURE

LONGEST_URL = 8 * 1024
LONGEST_HEAD = 16 * 1024
_METHODS = frozenset({"GET"})


class Gate:
    """Lets requests through to `app`, or answers why not."""

    def __init__(self, app: ASGIApp, door: AccessPolicy, connections: Connections) -> None:
        self._app = app
        self._door = door
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; ASGI."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = secured(message["headers"])
            await send(message)

        peer = tuple(scope["client"] or ("", 0))
        with self._connections.answering(peer):
            try:
                answer = self._checked(scope)
            except HTTPError as refusal:
                answer = refused(refusal)
            try:
                await (answer or self._app)(scope, receive, send_safely)
            except ConnectionAborted:
                await self._connections.cut(peer)

    def _checked(self, scope: Scope) -> Response | None:
        """Return the answer to a request that needs none from the application; raises Refusal."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
        host = check_host(headers, self._door)
        check_origin(headers, host, page=path == b"/")
        if len(path) + len(query) > LONGEST_URL:
            raise HTTPError(414, f"no address here is longer than {LONGEST_URL} bytes")
        if sum(len(name) + len(value) for name, value in headers) > LONGEST_HEAD:
            raise HTTPError(431, f"no request here has more than {LONGEST_HEAD} bytes of headers")
        if scope["method"] not in _METHODS:
            raise HTTPError(405, "there is nothing to change here: ask with GET")
        told = dict(headers)
        if b"transfer-encoding" in told or told.get(b"content-length", b"0") != b"0":
            raise HTTPError(413, "a question has no body here")
        return self._token(path, query, headers)

    def _token(self, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]]) -> Response | None:
        token, given = self._door.token, token_in(query)
        if token is not None and given is not None and is_token(given, token):
            answer = RedirectResponse(without_token(path, query), 303)
            answer.headers["set-cookie"] = cookie(self._door)
            return answer
        if not knows_token(headers, self._door):
            raise HTTPError(401, "this server wants its token: open the address that observe serve printed")
        return None


def secured(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer with those that every one has."""
    cached = any(name == b"cache-control" for name, _ in headers)
    return [*headers, *SECURE, *([] if cached else [NEVER_STORED])]


def refused(refusal: HTTPError) -> JSONResponse:
    """Return the answer that says why there is none."""
    headers = {"allow": "GET"} if refusal.status == 405 else {}  # noqa: PLR2004 - Method Not Allowed
    return JSONResponse({"error": str(refusal)}, refusal.status, headers)
