"""Opening the sockets of the server, and the policy and URL that follow from them."""

import secrets
import socket
from collections.abc import Sequence
from contextlib import ExitStack

from observer.errors import UnreadableError, UsageError
from observer.platform.file_limits import count_open_files, raise_open_file_limit
from observer.web.access.policy import AccessPolicy, is_loopback, name_in

_SEND_BUFFER = 256 * 1024
"""Bytes that the kernel may hold for a client that does not read."""
_BACKLOG = 2048
_USUAL_LIMIT = 1024
_RESERVED_FILES = 16
"""Descriptors for what opens after the listening sockets: event loop, watcher, listing, a client that is refused."""
_FILES_PER_CONNECTION = 2
"""The socket, and the run that it reads."""
_MIN_CONNECTIONS = 6
"""A browser opens as many to one server."""


def listen(host: str, port: int, stack: ExitStack) -> list[socket.socket]:
    """Return sockets that listen on all addresses of `host`, on the same port (0: any free one).

    `stack` closes them. Raises UnreadableError when an address cannot be listened on.
    """
    listeners: list[socket.socket] = []
    try:
        addresses = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, *_, address in dict.fromkeys(addresses):
            same_port = listeners[0].getsockname()[1] if listeners else port
            listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address[0], same_port, *address[2:]))
            listener.listen(_BACKLOG)
            listeners.append(listener)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableError(
            f"cannot listen on {host} port {port} ({reason}); choose another --host or --port"
        ) from None
    return listeners


def make_policy(
    listeners: Sequence[socket.socket], host: str, token: str | None, allowed_hosts: Sequence[str],
    origin: str | None = None,
) -> AccessPolicy:  # fmt: skip
    """Return the access policy; a token is generated if other machines can connect and none is given.

    They can by another address than loopback, and through a proxy, whose public URL has the `origin`.
    """
    public = not all(is_loopback(str(listener.getsockname()[0])) for listener in listeners)
    own_names = [host, socket.gethostname()] if public else []
    own_names += [name_in(origin)] if origin else []
    names = {name.lower().strip("[]") for name in (*allowed_hosts, *own_names)}
    if (public or origin) and token is None:
        token = secrets.token_urlsafe(24)
    port = listeners[0].getsockname()[1]
    return AccessPolicy(port, frozenset(names), public=public, token=token, origin=origin)


def browser_url(host: str, policy: AccessPolicy) -> str:
    """Return the URL to open in a browser, with the token if one is required."""
    origin = policy.origin or _origin(host, policy.port)
    return f"{origin}/?token={policy.token}" if policy.token else f"{origin}/"


def proxied_url(host: str, policy: AccessPolicy) -> str:
    """Return where a proxy must connect to."""
    return f"{_origin(host, policy.port)}/"


def _origin(host: str, port: int) -> str:
    every_address = host in {"", "0.0.0.0", "::"}  # noqa: S104 - only compared
    name = socket.gethostname() if every_address else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def connection_limit(maximum: int, other_files: int = 0) -> int:
    """Raise the limit of open files as far as possible; return how many connections fit, at most `maximum`.

    `other_files` are left for other parts of the process. Call it when the listening sockets are open. Raises
    UsageError if a browser would find too few.
    """
    files = raise_open_file_limit()
    in_use = other_files + count_open_files(min(files, _RESERVED_FILES + _FILES_PER_CONNECTION * maximum))
    connections = (files - in_use - _RESERVED_FILES) // _FILES_PER_CONNECTION
    if connections < _MIN_CONNECTIONS:
        needed = in_use + _RESERVED_FILES + _FILES_PER_CONNECTION * _MIN_CONNECTIONS
        raise UsageError(
            f"cannot serve with {files} open files, the limit of this process; raise it to {needed} or more, "
            f"such as with: ulimit -n {_USUAL_LIMIT}"
        )
    return min(maximum, connections)
