"""Access checks of a request: its Host header, its origin, and its token. Pure.

A page of another site can make a browser send requests to this server and, by pointing a name of its own at this
machine (DNS rebinding), even read the answers. So the Host header must be a name that no one else can own, and what the
browser reports as the origin of the request must not be another site.
"""

import hashlib
import hmac
import ipaddress
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from observer.web.errors import HTTPError

COOKIE = "runtail-{port}"
"""Name of the cookie. Browsers send cookies to every port of a host, so it includes the port."""
_COOKIE_PURPOSE = b"runtail cookie"
"""What the value of the cookie is derived for; another purpose would give another value."""
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(rf"(?P<origin>https?://{_HOST.pattern})/?")
_HTTP_PORT = 80
"""The port that a Host header may leave out."""

Headers = Iterable[tuple[bytes, bytes]]


class AccessPolicy(Struct, frozen=True):
    """Decides which requests are accepted.

    `port` is the server's port, `names` are accepted Host names (lower case) in addition to those of loopback.
    `public` means that the server listens on a non-loopback address, so that any IP address in the Host header may be
    its own. `token`, if there is one, is required of every request. `origin` is that of the public URL, if the server
    is behind a proxy; its name is one of `names`.
    """

    port: int
    names: frozenset[str] = frozenset()
    public: bool = False
    token: str | None = None
    origin: str | None = None


def is_host_name(text: str) -> bool:
    """Return whether a text is a host name or address without a port, as in a Host header.

    >>> [is_host_name(text) for text in ("example.org", "[::1]", "https://example.org/", "example.org:443")]
    [True, True, False, False]
    """
    match = _HOST.fullmatch(text.lower())
    return match is not None and match[2] is None


def origin_of(url: str) -> str | None:
    """Return the origin of a URL that has no path, lower case; None for anything else.

    >>> [origin_of(url) for url in ("https://Runs.example.org/", "http://[::1]:81", "runs.example.org", "https://a/b")]
    ['https://runs.example.org', 'http://[::1]:81', None, None]
    """
    match = _ORIGIN.fullmatch(url.lower())
    return match["origin"] if match else None


def name_in(host: str) -> str:
    """Return the name or address in a valid Host or origin, without port and brackets.

    >>> name_in("runs.example.org:81"), name_in("https://[::1]:81")
    ('runs.example.org', '::1')
    """
    match = _HOST.fullmatch(host.rpartition("//")[2])
    return match[1].strip("[]") if match else ""


def is_loopback(host: str) -> bool:
    """Return whether a name or address always means this machine.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def client_name(address: str, headers: Headers) -> str:
    """Return what distinguishes clients that share the server: an address, behind a proxy that of its client.

    A proxy on this machine appends the address of its client to `X-Forwarded-For`; only what it appended counts.

    >>> client_name("127.0.0.1", [(b"x-forwarded-for", b"10.0.0.1, 192.0.2.7")]), client_name("192.0.2.9", [])
    ('192.0.2.7', '192.0.2.9')
    """
    if not is_loopback(address):
        return address
    forwarded = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return forwarded[-1].rpartition(",")[2].strip() or address if forwarded else address


def check_host(headers: Headers, policy: AccessPolicy) -> str:
    """Return the Host of a request, lower case. Raises HTTPError: 400 unless there is exactly one, 403 if not ours."""
    values = [value for name, value in headers if name == b"host"]
    if len(values) != 1:
        raise HTTPError(400, "a request must have exactly one Host header")
    host = values[0].decode("latin-1").lower()
    match = _HOST.fullmatch(host)
    if match is None or not _is_accepted(match[1].strip("[]"), match[2], policy):
        raise HTTPError(403, "this Host name is not accepted; allow it with observe serve --allow-host NAME")
    return host


def check_origin(headers: Headers, host: str, policy: AccessPolicy, *, page: bool) -> None:
    """Raise HTTPError 403 if the browser reports another site as the origin; a link to the `page` may be followed."""
    values = {name: value.decode("latin-1").lower() for name, value in headers}
    origin = values.get(b"origin")
    if origin is not None and origin not in {f"http://{host}", f"https://{host}", policy.origin}:
        raise HTTPError(403, "cross-origin requests are not allowed")
    navigates = values.get(b"sec-fetch-mode") == "navigate" and values.get(b"sec-fetch-dest") == "document"
    if values.get(b"sec-fetch-site") in {"cross-site", "same-site"} and not (page and navigates):
        raise HTTPError(403, "cross-site requests are not allowed")


def has_access(headers: Headers, policy: AccessPolicy) -> bool:
    """Return whether a request carries the token in a header, or its cookie, if a token is required."""
    if policy.token is None:
        return True
    name, value = COOKIE.format(port=policy.port), _cookie_value(policy.token)
    return any(is_token(sent, policy.token) for sent in _bearer_tokens(headers)) or any(
        is_token(sent, value) for sent in _cookie_values(headers, name)
    )


def is_token(value: str, token: str) -> bool:
    """Return whether a value is the token, in a time that does not depend on how much of it is correct."""
    return compare_digest(value.encode("utf-8", "surrogateescape"), token.encode())


def token_in_query(query: bytes) -> str | None:
    """Return the token in a query string, if there is one."""
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get("token")


def url_without_token(path: bytes, query: bytes) -> str:
    """Return a path and query without the token; the result never leads to another server.

    >>> url_without_token(b"//evil.example/x", b"a=1&token=t")
    '/evil.example/x?a=1'
    """
    parameters = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    remaining = urlencode([(name, value) for name, value in parameters if name != "token"])
    local_path = "/" + path.decode("latin-1").lstrip("/\\")
    return f"{local_path}?{remaining}" if remaining else local_path


def token_cookie(policy: AccessPolicy, token: str, host: str) -> str:
    """Return the value of the Set-Cookie header for a client that has the token and sent this Host.

    The Host of an https public URL means that the browser uses TLS, and it is to send the cookie by no other way.
    """
    origin = policy.origin or ""
    secure = "; Secure" if origin.startswith("https:") and name_in(origin) == name_in(host) else ""
    return f"{COOKIE.format(port=policy.port)}={_cookie_value(token)}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _is_accepted(name: str, port: str | None, policy: AccessPolicy) -> bool:
    if name in policy.names:
        return True  # on any port: a proxy listens on its own
    if port != str(policy.port) and not (port is None and policy.port == _HTTP_PORT):
        return False
    return is_loopback(name) or (policy.public and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _cookie_value(token: str) -> str:
    """Return a value that only those who know the token can compute, and that does not reveal it."""
    return urlsafe_b64encode(hmac.digest(token.encode(), _COOKIE_PURPOSE, hashlib.sha256)).rstrip(b"=").decode()


def _bearer_tokens(headers: Headers) -> list[str]:
    values = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    return [value[7:].strip() for value in values if value[:7].lower() == "bearer "]


def _cookie_values(headers: Headers, cookie_name: str) -> list[str]:
    """Return the values of the cookies of a name. Other servers on this machine may set malformed cookies."""
    parts = [part for name, value in headers if name == b"cookie" for part in value.decode("latin-1").split(";")]
    pairs = (part.strip().partition("=") for part in parts)
    return [value for key, _, value in pairs if key == cookie_name]
