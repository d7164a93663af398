"""`observe serve` as a function: the page and the streams of a folder's runs, until somebody ends it."""

import asyncio
import re
import resource
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from observer.errors import UnreadableError, UsageError
from observer.runs.state import STALL_AFTER_S
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.web.access import AccessPolicy, is_loopback, is_name
from observer.web.connections import MOST, Connections
from observer.web.server import Server

PORT = 8765
_SEND_BUFFER = 256 * 1024
"""Bytes that the kernel may hold for a client that does not read."""
_SPARE = 64
"""Descriptors that are not connections."""
_BACKLOG = 2048
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{16,200}")


def serve(
    folder: Path, *, host: str = "127.0.0.1", port: int = PORT, token: str | None = None,
    allow_hosts: Sequence[str] = (), stall_after_s: float = STALL_AFTER_S,
    display_names: DisplayNames = PATH_NAMES,
) -> int:  # fmt: skip
    """Serve the runs in `folder` on `host` and `port` (0: any free one) until SIGINT or SIGTERM; return the exit code.

    Whoever asks from another machine needs the `token`, at least 16 letters and digits; without one, one is made, and
    printed with the address. `allow_hosts` are names by which the server may be called beside those of this machine.

    Raises UsageError when the options cannot be meant so, and UnreadableError when the address cannot be listened on.
    """
    _check(folder, token, allow_hosts)
    with ExitStack() as stack:
        listeners = listen(host, port, stack)
        door = make_policy(listeners, host, token, allow_hosts)
        connections = Connections(most=_most_connections())
        server = Server(folder, door, connections, stall_after_s=stall_after_s)
        where = display_names(folder) if folder.exists() else f"{folder}, which is not there yet,"
        sys.stderr.write(f"observe: serving {where} at {address(host, door)}\n")
        sys.stderr.flush()
        return asyncio.run(_until_signal(server, listeners))


def _check(folder: Path, token: str | None, allow_hosts: Sequence[str]) -> None:
    if token is not None and not _TOKEN.fullmatch(token):
        raise UsageError("--token: write 16 or more of letters, digits and -._~")
    for name in allow_hosts:
        if not is_name(name):
            raise UsageError(f"--allow-host: {name!r} is no bare name; write it as in runs.example.org, without a port")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder; give the one that the runs are in")


async def _until_signal(server: Server, listeners: list[socket.socket]) -> int:
    loop, code = asyncio.get_running_loop(), 0

    def end(number: int) -> None:
        nonlocal code
        code = 128 + number
        server.end()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    await server.run_on(listeners)
    return code


def listen(host: str, port: int, stack: ExitStack) -> list[socket.socket]:
    """Return sockets that listen on all addresses of `host`, on the same port; `stack` closes them.

    Raises UnreadableError.
    """
    listeners: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, *_, told in dict.fromkeys(found):
            chosen = (told[0], listeners[0].getsockname()[1] if listeners else port, *told[2:])
            listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(chosen)
            listener.listen(_BACKLOG)
            listeners.append(listener)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnreadableError(
            f"cannot listen on {host} port {port} ({reason}); give another --host or --port"
        ) from None
    return listeners


def make_policy(
    listeners: Sequence[socket.socket], host: str, token: str | None, allow_hosts: Sequence[str]
) -> AccessPolicy:
    """Return what a request must know; a token is made where others than this machine can ask."""
    public = not all(is_loopback(str(listener.getsockname()[0])) for listener in listeners)
    names = {name.lower().strip("[]") for name in (*allow_hosts, *([host, socket.gethostname()] if public else []))}
    made = secrets.token_urlsafe(24) if public and token is None else token
    return AccessPolicy(listeners[0].getsockname()[1], frozenset(names), public=public, token=made)


def address(host: str, door: AccessPolicy) -> str:
    """Return the address to open in a browser, with the token if one is needed."""
    name = host if host not in {"", "0.0.0.0", "::"} else socket.gethostname()  # noqa: S104 - said of, not bound to
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{door.port}/" + (f"?token={door.token}" if door.token else "")


def _most_connections() -> int:
    """As many as may be, and as there can be descriptors for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # what there is must do
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return min(MOST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _SPARE)
