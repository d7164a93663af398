"""Who gets in: the checks of a request's address, origin and token. Pure.

A page of another site can make a browser send requests here, and, by pointing a name of its own at this machine, even
read the answers. So the Host header must be a name that nobody else can own, and what a browser says of the origin of
a request must not be another site.
"""

import ipaddress
import re
from collections.abc import Iterable
from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from observer.web.errors import HTTPError

COOKIE = "runtail-{port}"
"""One for each port: a browser sends cookies to all ports of a machine, where another server may have one too."""
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::([0-9]{1,5}))?")

Headers = Iterable[tuple[bytes, bytes]]


class AccessPolicy(Struct, frozen=True):
    """What a request must know: the port, names beside those of loopback, whether it is open to others, the token.

    `names` are lower case; `public` tells that the server listens beyond loopback, where any address may be its own.
    """

    port: int
    names: frozenset[str] = frozenset()
    public: bool = False
    token: str | None = None


def is_name(text: str) -> bool:
    """Tell whether a text is a name or an address as a Host header has it, without a port.

    >>> [is_name(text) for text in ("runs.example.org", "[::1]", "https://runs.example.org/", "runs.example.org:443")]
    [True, True, False, False]
    """
    found = _HOST.fullmatch(text.lower())
    return found is not None and found[2] is None


def is_loopback(host: str) -> bool:
    """Tell whether a name or address can only mean this machine.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_host(headers: Headers, door: AccessPolicy) -> str:
    """Return the Host of a request, lower case. Raises Refusal: 400 when there is not one, 403 when it is foreign."""
    given = [value for name, value in headers if name == b"host"]
    if len(given) != 1:
        raise HTTPError(400, "a request names one Host")
    host = given[0].decode("latin-1").lower()
    found = _HOST.fullmatch(host)
    if found is None or not _is_ours(found[1].strip("[]"), found[2], door):
        raise HTTPError(403, "this server does not go by that name; start it with --allow-host to let it")
    return host


def check_origin(headers: Headers, host: str, *, page: bool) -> None:
    """Raise Refusal, 403, when a browser says that another site asks; a link to the `page` itself may be followed."""
    told = {name: value.decode("latin-1").lower() for name, value in headers}
    origin = told.get(b"origin")
    if origin is not None and origin not in {f"http://{host}", f"https://{host}"}:
        raise HTTPError(403, "pages of other sites may not ask")
    opened = told.get(b"sec-fetch-mode") == "navigate" and told.get(b"sec-fetch-dest") == "document"
    if told.get(b"sec-fetch-site") in {"cross-site", "same-site"} and not (page and opened):
        raise HTTPError(403, "pages of other sites may not ask")


def knows_token(headers: Headers, door: AccessPolicy) -> bool:
    """Tell whether a request may be answered as far as the token goes."""
    if door.token is None:
        return True
    return any(is_token(given, door.token) for given in _tokens(headers, COOKIE.format(port=door.port)))


def is_token(given: str, token: str) -> bool:
    """Tell whether somebody gave the token, in a time that does not depend on how much of it is right."""
    return compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def token_in(query: bytes) -> str | None:
    """Return the token in a query, if there is one."""
    return dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)).get("token")


def without_token(path: bytes, query: bytes) -> str:
    """Return a path and query without the token in it; a path cannot lead to another server.

    >>> without_token(b"//evil.example/x", b"a=1&token=t")
    '/evil.example/x?a=1'
    """
    others = [(name, value) for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    left = urlencode([(name, value) for name, value in others if name != "token"])
    plain = "/" + path.decode("latin-1").lstrip("/\\")
    return f"{plain}?{left}" if left else plain


def cookie(door: AccessPolicy) -> str:
    """Return the value of the Set-Cookie header that stands for the token from now on."""
    return f"{COOKIE.format(port=door.port)}={door.token}; Path=/; HttpOnly; SameSite=Strict"


def _is_ours(name: str, port: str | None, door: AccessPolicy) -> bool:
    if name in door.names:
        return True  # by whatever port: a proxy has its own
    if port != str(door.port) and not (port is None and door.port == 80):  # noqa: PLR2004 - the port that goes unsaid
        return False
    return is_loopback(name) or (door.public and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _tokens(headers: Headers, name_of_cookie: str) -> list[str]:
    found: list[str] = []
    for name, value in headers:
        text = value.decode("latin-1")
        if name == b"authorization" and text[:7].lower() == "bearer ":
            found.append(text[7:].strip())
        elif name == b"cookie":
            found += _cookies(text, name_of_cookie)
    return found


def _cookies(text: str, name: str) -> list[str]:
    """Values of the cookies of a name. Other servers of this machine set cookies too, and not all of them well."""
    found = (part.strip().partition("=") for part in text.split(";"))
    return [value for key, _, value in found if key == name]
