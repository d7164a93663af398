"""A connection to one of several servers. A broken connection is never repaired.

The client library would reconnect by itself and then send what is left in its buffer, whatever was lost before it.
Users of a connection open a new one instead, and continue from what the stream has.
"""

import asyncio
import logging
import os
import random
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from observer.errors import ObserverError, UnreadableError, UsageError, missing_packages
from observer.nats.address import Address, Authentication

try:
    import nkeys
    from nats import errors
    from nats.aio.client import Client
    from nats.aio.transport import TcpTransport
    from nats.js import JetStreamContext
    from nats.js import errors as stream_errors
except ImportError:
    raise UsageError(missing_packages("nats://", "nats-py", "nats")) from None

CONNECT_S = 5
"""Timeout for connecting to a server, and for any request to the stream, in seconds."""
_PING_S = 10
"""Seconds between pings: a server that is silent for three times as long is considered gone."""
_FIRST_PAUSE_S, MAX_PAUSE_S = 0.1, 5.0
"""Seconds before the next attempt when no server answers."""
_CLOSE_S = 1.0
"""Timeout for closing a connection, in seconds: the server may have stopped reading."""
_REFUSALS = ("authorization", "authentication", "credentials", "user authentication revoked")
_CERTIFICATE_WANTED = ("BAD_CERTIFICATE", "CERTIFICATE_REQUIRED")
"""TLS alerts of servers that want a client certificate: older ones send the first, newer ones the second."""
_TEMPORARY = 500
"""Error codes from this one on mean that the servers cannot answer at the moment."""
_NOT_FOUND = 10059
"""Error code: the stream does not exist."""
_FEW_SERVERS = 10005
"""Error code: fewer servers of the cluster are up than the stream has replicas."""
_OVERLAP = 10065
"""Error code: another stream has these subjects already."""
_ONE_SERVER = 10074
"""Error code: replicas were requested of a server without a cluster."""

logging.getLogger("nats").addHandler(logging.NullHandler())  # it logs tracebacks of errors that are handled here


class ServerUnavailable(ObserverError):
    """No server answers at the moment; waiting may help."""


class StreamMissing(ServerUnavailable):
    """The servers answer, but the stream does not exist: it was not created yet, or its store was lost."""


class Backoff:
    """Exponential backoff between attempts, reset by every success."""

    def __init__(self) -> None:
        self._pause = _FIRST_PAUSE_S

    async def wait(self, *, succeeded: bool, limit_s: float = MAX_PAUSE_S) -> None:
        """Sleep up to `limit_s` seconds; `succeeded`: whether the last attempt made progress. Raises CancelledError."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # A task group whose task fails while it is being cancelled forgets the cancellation (gh-116720), and so
            # does the client library while it closes.
            raise asyncio.CancelledError
        self._pause = _FIRST_PAUSE_S if succeeded else min(limit_s, 2 * self._pause)
        await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that clients do not retry in step


def root_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that ended a group of tasks: a bug or a refusal, rather than the broken connection beside it."""
    causes = [root_cause(error) if isinstance(error, BaseExceptionGroup) else error for error in group.exceptions]
    return next((error for error in causes if not isinstance(error, ServerUnavailable)), causes[0])


class Connection:
    """An open connection. `closed` is set when it is broken; `reported` holds the server's last error."""

    def __init__(self, client: "_Client", closed: asyncio.Event, reported: list[Exception]) -> None:
        self.client = client
        self.closed = closed
        self.reported = reported
        self.streams: JetStreamContext = client.jetstream(timeout=CONNECT_S)

    @contextmanager
    def translating_errors(self, target: object) -> Iterator[None]:
        """Raise errors of requests to `target` as ServerUnavailable, or as UnreadableError if waiting will not help."""
        try:
            yield
        except stream_errors.APIError as error:
            raise _from_api_error(target, error) from None
        except (errors.Error, TimeoutError, OSError):
            self._raise_refusal(target)
            reason = f" ({_plain(self.reported[-1])})" if self.reported else ""
            raise ServerUnavailable(f"{target} does not answer{reason}") from None

    async def raise_when_broken(self, address: object) -> None:
        """Never return: raise ServerUnavailable when the connection breaks, UnreadableError on a missing permission."""
        await self.closed.wait()
        self._raise_refusal(address)
        raise ServerUnavailable(f"lost the connection to {address}")

    def _raise_refusal(self, target: object) -> None:
        if self.reported and _is_missing_permission(self.reported[-1]):
            reason = _plain(self.reported[-1])
            raise UnreadableError(f"permission denied by {target} ({reason}); grant it to this user on the server")


class _Client(Client):
    """nats-py sends user and password in plain text if the server does not offer the requested TLS, and cannot close a
    connection without waiting for the server; this does neither."""

    secure = False

    def abort(self) -> None:
        """Close the socket at once, if it is still open; what was not sent is lost."""
        if isinstance(self._transport, TcpTransport) and (writer := self._transport._io_writer):
            with suppress(AttributeError):  # Python 3.11 raises it for a TLS connection that was closed twice
                writer.transport.abort()

    def _connect_command(self) -> bytes:
        if self.secure and not self._server_info.get("tls_required"):
            raise UnreadableError("the server does not offer TLS; use nats:// if that is intended")
        return super()._connect_command()


class Connector:
    """Connects to the servers of an address, and to others of their cluster that they report."""

    def __init__(self, address: Address, access: Authentication) -> None:
        """Read the credentials. Raises UnreadableError if a file contains no valid keys or certificates."""
        self._address = address
        self._secure = address.secure or access.ca is not None
        self._options = _client_options(address, access)
        if self._secure:
            self._options["tls"] = _tls_context(access)
        self._servers = [(host, port, host) for host, port in address.servers]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Connect to the first server that answers, trying each once, and close the connection afterwards.

        Raises ServerUnavailable if none answers, UnreadableError if waiting will not help (credentials, certificates).
        """
        connection = await self._connect()
        try:
            yield connection
        finally:
            await _close(connection.client)

    async def _connect(self) -> Connection:
        reason = "no server"
        for host, port, name in random.sample(self._servers, len(self._servers)):
            try:
                return await self._connected(host, port, name)
            except (OSError, errors.Error, TimeoutError, asyncio.IncompleteReadError) as error:
                reason = _reason(self._address, error)
        raise ServerUnavailable(f"cannot connect to {self._address} ({reason})")

    async def _connected(self, host: str, port: int, name: str) -> Connection:
        closed, client = asyncio.Event(), _Client()
        client.secure = self._secure
        reported: list[Exception] = []

        async def on_close() -> None:
            closed.set()

        async def on_error(error: Exception) -> None:
            reported[:] = [error]
            if _is_missing_permission(error):
                closed.set()

        scheme = "tls" if self._secure else "nats"
        try:
            await client.connect(
                [f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"],
                name="runtail", allow_reconnect=False, max_reconnect_attempts=1, reconnect_time_wait=0,
                connect_timeout=CONNECT_S, ping_interval=_PING_S, closed_cb=on_close, disconnected_cb=on_close,
                error_cb=on_error,
                tls_hostname=name if self._secure else None, **self._options,
            )  # fmt: skip
        except errors.NoServersError:
            raise reported[0] if reported else OSError("no server") from None
        except BaseException:
            await _close(client)
            raise
        discovered = [(server.hostname or host, server.port or port, name) for server in client.discovered_servers]
        self._servers += [server for server in discovered if server[:2] not in {known[:2] for known in self._servers}]
        return Connection(client, closed, reported)


async def _close(client: _Client) -> None:
    try:
        with suppress(TimeoutError, OSError, errors.Error):  # it is broken already
            async with asyncio.timeout(_CLOSE_S):
                await client.close()
    finally:
        client.abort()  # a timeout, a cancellation or an error leaves it open


def _plain(error: Exception) -> str:
    return str(error).removeprefix("nats: ").strip("' ")


def _is_missing_permission(error: Exception) -> bool:
    return "permissions violation" in str(error).lower()


def _from_api_error(target: object, error: stream_errors.APIError) -> ObserverError:
    if isinstance(error, stream_errors.ServiceUnavailableError) and error.err_code is None:  # nobody takes requests
        return ServerUnavailable(f"{target} has no JetStream; start nats-server with -js")
    if error.err_code == _NOT_FOUND:
        return StreamMissing(f"stream {target} does not exist")
    if error.err_code == _ONE_SERVER:
        return UnreadableError(
            f"cannot create {target} with replicas: the server is not part of a cluster; omit --replicas"
        )
    if error.err_code == _OVERLAP:
        return UnreadableError(
            f"cannot create {target}: another stream has these subjects already; select it with --stream"
        )
    temporary = (error.code or 0) >= _TEMPORARY or error.err_code == _FEW_SERVERS
    return (ServerUnavailable if temporary else UnreadableError)(f"{target}: {error.description}")


def _reason(address: Address, error: Exception) -> str:
    """Return why a connection failed. Raises UnreadableError if trying another server will not help either."""
    if isinstance(error, ssl.SSLCertVerificationError):
        raise UnreadableError(
            f"untrusted certificate of {address} ({error.verify_message}); specify its CA with --ca"
        ) from None
    if isinstance(error, ssl.SSLError) and any(word in (error.reason or "") for word in _CERTIFICATE_WANTED):
        raise UnreadableError(
            f"{address} requires a client certificate ({error.reason}), which is not supported: "
            "disable `verify` on the server and use credentials over TLS"
        ) from None
    if isinstance(error, ssl.SSLError):
        raise UnreadableError(f"TLS error of {address} ({error.reason})") from None
    reason = _plain(error)
    if any(word in reason.lower() for word in _REFUSALS):
        raise UnreadableError(
            f"{address} rejects the credentials; use --creds, --nkey, NATS_USER and NATS_PASSWORD, or NATS_TOKEN"
        ) from None
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, socket.gaierror):
        return "host name not found"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return reason or type(error).__name__


def _client_options(address: Address, access: Authentication) -> dict[str, Any]:
    """The client library's options for authentication: files first, then the address, then the environment."""
    if access.creds is not None:
        text = access.creds.read_bytes()
        _, _, seed = text.partition(b"BEGIN USER NKEY SEED")
        if b"BEGIN NATS USER JWT" not in text or not _is_seed(b"".join(seed.splitlines()[1:2])):
            raise UnreadableError(f"{access.creds} is not a credentials file as written by `nsc generate creds`")
        return {"user_credentials": str(access.creds)}
    if access.nkey is not None:
        if not _is_seed(access.nkey.read_bytes().strip()):
            raise UnreadableError(f"{access.nkey} is not a user seed as written by `nk -gen user`")
        return {"nkeys_seed": str(access.nkey)}
    if address.user is not None:
        has_password = address.password is not None
        return {"user": address.user, "password": address.password} if has_password else {"token": address.user}
    if access.user is not None:
        return {"user": access.user, "password": access.password}
    return {"token": access.token} if access.token is not None else {}


def _is_seed(text: bytes) -> bool:
    try:
        nkeys.from_seed(bytearray(text)).wipe()
    except (nkeys.NkeysError, ValueError):
        return False
    return True


def _tls_context(access: Authentication) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=access.ca)
    except (ssl.SSLError, OSError):
        raise UnreadableError(f"{access.ca} contains no certificates in PEM format") from None
