"""ASGI middleware: access checks, request limits, and the security headers of every response."""

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from observer.web.access.connections import Connections
from observer.web.access.policy import (
    AccessPolicy,
    check_host,
    check_origin,
    has_access,
    is_token,
    token_cookie,
    token_in_query,
    url_without_token,
)
from observer.web.assets.content_policy import POLICY
from observer.web.assets.token_page import token_page
from observer.web.errors import ConnectionAborted, HTTPError

MAX_URL_BYTES = 8 * 1024
MAX_HEADER_BYTES = 16 * 1024
SECURITY_HEADERS = [
    (b"content-security-policy", POLICY.format(script="", style="").encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
"""Tell the browser to run only our own files, to embed the page nowhere, and to send no referrer."""
NO_STORE = (b"cache-control", b"no-store")
_METHOD_NOT_ALLOWED = 405


class AccessMiddleware:
    """Passes accepted requests on to `app`, and answers the others with an error."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy, connections: Connections) -> None:
        self._app = app
        self._policy = policy
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_security_headers(message["headers"])
            await send(message)

        peer = tuple(scope["client"] or ("", 0))
        with self._connections.request(peer):
            try:
                response = self._check(scope)
            except HTTPError as error:
                response = error_response(error)
            try:
                await (response or self._app)(scope, receive, send_with_headers)
            except ConnectionAborted:
                await self._connections.abort(peer)

    def _check(self, scope: Scope) -> Response | None:
        """Return a response if the request needs none from the application. Raises HTTPError to refuse it."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
        host = check_host(headers, self._policy)
        check_origin(headers, host, self._policy, page=path == b"/")
        if len(path) + len(query) > MAX_URL_BYTES:
            raise HTTPError(414, f"the URL is longer than {MAX_URL_BYTES} bytes")
        if sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
            raise HTTPError(431, f"the headers are longer than {MAX_HEADER_BYTES} bytes")
        if scope["method"] != "GET":
            raise HTTPError(_METHOD_NOT_ALLOWED, "only GET is supported")
        values = dict(headers)
        if b"transfer-encoding" in values or values.get(b"content-length", b"0") != b"0":
            raise HTTPError(413, "a request must not have a body")
        return self._check_token(path, query, headers, host)

    def _check_token(self, path: bytes, query: bytes, headers: list[tuple[bytes, bytes]], host: str) -> Response | None:
        """Replace a token in the URL by a cookie, which is neither logged nor shared with the address."""
        token, value = self._policy.token, token_in_query(query)
        if token is not None and value is not None and is_token(value, token):
            response = RedirectResponse(url_without_token(path, query), 303)
            response.headers["set-cookie"] = token_cookie(self._policy, token, host)
            return response
        if not has_access(headers, self._policy):
            fields = dict(headers)
            if path == b"/" and b"text/html" in fields.get(b"accept", b""):
                from_elsewhere = fields.get(b"sec-fetch-site") in {b"cross-site", b"same-site"}
                return token_page(is_wrong=value is not None, from_elsewhere=from_elsewhere)
            raise HTTPError(401, "the token is missing or wrong: open the URL that observe serve printed")
        return None


def with_security_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a response, completed by those that every response has unless it has its own."""
    own = {name for name, _ in headers}
    return [*headers, *(header for header in (*SECURITY_HEADERS, NO_STORE) if header[0] not in own)]


def error_response(error: HTTPError) -> JSONResponse:
    """Return the response to a request that is refused."""
    headers = {"allow": "GET"} if error.status == _METHOD_NOT_ALLOWED else {}
    return JSONResponse({"error": str(error)}, error.status, headers)
