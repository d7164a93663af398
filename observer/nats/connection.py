"""A connection to one of several servers: it stands or it is broken, and a broken one is never mended.

The client library would connect again by itself and then send what it still had in its buffer, whatever had been lost
before it. Whoever uses a connection begins anew with a new one, from what the stream says.
"""

import asyncio
import logging
import os
import random
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from observer.errors import ObserverError, UnreadableError, UsageError
from observer.nats.address import Access, Address

try:
    import nkeys
    from nats import errors
    from nats.aio.client import Client
    from nats.js import JetStreamContext
    from nats.js import errors as stream_errors
except ImportError:
    raise UsageError("an address of a NATS server needs a client for it; run: pip install 'runtail[nats]'") from None

CONNECT_S = 5
"""Seconds within which a server must have answered, and any question to the stream too."""
_PING_S = 10
"""Seconds between signs of life: a server that is silent for three times as long is gone."""
_FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
"""Seconds before it is tried again when nobody is there."""
_CLOSE_S = 1.0
"""Seconds that taking leave may take; a server that does not read any more is left without."""
_REFUSALS = ("authorization", "authentication", "credentials", "user authentication revoked")
_UNKNOWN = ("BAD_CERTIFICATE", "CERTIFICATE_REQUIRED")
"""In the alerts of servers that want a certificate of the client: older ones say the first, newer ones the second."""
_NO_STREAMS_YET = 500
"""Answers of the stream from this code on are about servers that cannot just now."""
_NOT_FOUND = 10059
"""The servers' code for a stream that is not there."""
_FEW_SERVERS = 10005
"""For fewer servers than copies just now, all of one cluster."""
_OVERLAP = 10065
"""For a stream with subjects that another stream has."""
_ONE_SERVER = 10074
"""For more copies than the one server there is."""

logging.getLogger("nats").addHandler(logging.NullHandler())  # it logs tracebacks of what is handled here


class ServerUnavailable(ObserverError):
    """Nobody answers there just now; waiting may help."""


class NoStreamError(ServerUnavailable):
    """The servers are there, but the stream is not: nobody has made it yet, or its store was lost."""


class Patience:
    """How long to wait before it is tried again: twice as long each time, unless something went well meanwhile."""

    def __init__(self) -> None:
        self._pause = _FIRST_PAUSE_S

    async def wait(self, *, well: bool, longest_s: float = LONGEST_PAUSE_S) -> None:
        """Wait; `well` tells whether something went well since the last time. Raises CancelledError."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # A task group whose task fails at the moment at which it is cancelled forgets that it was (gh-116720),
            # and so does the client library while it says goodbye.
            raise asyncio.CancelledError
        self._pause = _FIRST_PAUSE_S if well else min(longest_s, 2 * self._pause)
        await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - lest all come at once


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what a group of tasks ended of: a bug or a refusal rather than a broken connection that came with it."""
    found = [first_of(one) if isinstance(one, BaseExceptionGroup) else one for one in group.exceptions]
    return next((one for one in found if not isinstance(one, ServerUnavailable)), found[0])


class Connection:
    """A connection that stands; `closed` is set when it is of no use any more, `said` is what was objected to last."""

    def __init__(self, client: Client, closed: asyncio.Event, said: list[Exception]) -> None:
        self.client = client
        self.closed = closed
        self.said = said
        self.streams: JetStreamContext = client.jetstream(timeout=CONNECT_S)

    @contextmanager
    def answers(self, what: object) -> Iterator[None]:
        """Turn what goes wrong when `what` is asked into AwayError, or UnreadableError if waiting will not help."""
        try:
            yield
        except stream_errors.ServiceUnavailableError:
            raise ServerUnavailable(f"{what} has no JetStream that answers; nats-server has it with -js") from None
        except stream_errors.APIError as error:
            raise _told(what, error) from None
        except (errors.Error, TimeoutError, OSError):
            self._heed_refusal(what)
            told = f" ({_plain(self.said[-1])})" if self.said else ""
            raise ServerUnavailable(f"{what} does not answer{told}") from None

    async def broken(self, address: object) -> None:
        """Return never; raise AwayError when the connection is broken, UnreadableError when something is forbidden."""
        await self.closed.wait()
        self._heed_refusal(address)
        raise ServerUnavailable(f"{address} has gone away")

    def _heed_refusal(self, what: object) -> None:
        if self.said and _forbids(self.said[-1]):
            raise UnreadableError(f"{what} cannot be used ({_plain(self.said[-1])}); allow this user to")


class _Client(Client):
    """nats-py sends user and password in clear when a server that was asked for TLS offers none: this one does not."""

    secure = False

    def _connect_command(self) -> bytes:
        if self.secure and not self._server_info.get("tls_required"):
            raise UnreadableError("the server offers no TLS; write nats:// if it needs none")
        return super()._connect_command()


class Connector:
    """Makes connections to the servers of an address, and to those that these tell of."""

    def __init__(self, address: Address, access: Access) -> None:
        """Raises UnreadableError for a file with keys or certificates that holds none."""
        self._address = address
        self._secure = address.secure or access.ca is not None
        self._how = _identity(address, access)
        if self._secure:
            self._how["tls"] = _trust(access)
        self._servers = [(host, port, host) for host, port in address.servers]

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection to whichever server answers first, each being asked once.

        Raises AwayError when none does, UnreadableError when waiting will not help: credentials, a certificate.
        """
        connection = await self._connect()
        try:
            yield connection
        finally:
            await _leave(connection.client)

    async def _connect(self) -> Connection:
        reason = "no server"
        for host, port, name in random.sample(self._servers, len(self._servers)):
            try:
                return await self._connected(host, port, name)
            except (OSError, errors.Error, TimeoutError, asyncio.IncompleteReadError) as error:
                reason = _refused(self._address, error)
        raise ServerUnavailable(f"{self._address} is not there ({reason})")

    async def _connected(self, host: str, port: int, name: str) -> Connection:
        closed, client = asyncio.Event(), _Client()
        client.secure = self._secure
        said: list[Exception] = []

        async def over() -> None:
            closed.set()

        async def say(error: Exception) -> None:
            said[:] = [error]
            if _forbids(error):
                closed.set()

        scheme = "tls" if self._secure else "nats"
        try:
            await client.connect(
                [f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"],
                name="runtail", allow_reconnect=False, max_reconnect_attempts=1, reconnect_time_wait=0,
                connect_timeout=CONNECT_S, ping_interval=_PING_S, closed_cb=over, disconnected_cb=over, error_cb=say,
                tls_hostname=name if self._secure else None, **self._how,
            )  # fmt: skip
        except errors.NoServersError:
            raise said[0] if said else OSError("no server") from None
        except BaseException:
            await _leave(client)
            raise
        found = [(server.hostname or host, server.port or port, name) for server in client.discovered_servers]
        self._servers += [server for server in found if server[:2] not in {known[:2] for known in self._servers}]
        return Connection(client, closed, said)


async def _leave(client: Client) -> None:
    with suppress(TimeoutError, OSError, errors.Error):  # it is of no use any more
        async with asyncio.timeout(_CLOSE_S):
            await client.close()


def _plain(error: Exception) -> str:
    return str(error).removeprefix("nats: ").strip("' ")


def _forbids(error: Exception) -> bool:
    return "permissions violation" in str(error).lower()


def _told(what: object, error: stream_errors.APIError) -> ObserverError:
    if error.err_code == _NOT_FOUND:
        return NoStreamError(f"there is no stream {what}")
    if error.err_code == _ONE_SERVER:
        return UnreadableError(f"{what} cannot have copies, as the server is in no cluster; leave out --replicas")
    if error.err_code == _OVERLAP:
        return UnreadableError(f"{what} cannot be made: another stream takes runs already; name that one with --stream")
    later = (error.code or 0) >= _NO_STREAMS_YET or error.err_code == _FEW_SERVERS
    return (ServerUnavailable if later else UnreadableError)(f"{what} says: {error.description}")


def _refused(address: Address, error: Exception) -> str:
    """Why a server could not be used; raises UnreadableError when another one will not help either."""
    if isinstance(error, ssl.SSLCertVerificationError):
        raise UnreadableError(
            f"{address} has a certificate that is not to be believed ({error.verify_message}); name its authority: --ca"
        ) from None
    if isinstance(error, ssl.SSLError) and any(word in (error.reason or "") for word in _UNKNOWN):
        raise UnreadableError(
            f"{address} wants a certificate of who asks ({error.reason}), and there is no option for one: "
            "let it verify none, and ask for credentials over TLS"
        ) from None
    if isinstance(error, ssl.SSLError):
        raise UnreadableError(f"{address} does not speak TLS as it should ({error.reason})") from None
    told = _plain(error)
    if any(word in told.lower() for word in _REFUSALS):
        raise UnreadableError(
            f"{address} refuses these credentials; give --creds, --nkey, NATS_USER and NATS_PASSWORD, or NATS_TOKEN"
        ) from None
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return told or type(error).__name__


def _identity(address: Address, access: Access) -> dict[str, Any]:
    """What the client library is to be told of who asks; the address counts most, the environment least."""
    if access.creds is not None:
        text = access.creds.read_bytes()
        _, _, seed = text.partition(b"BEGIN USER NKEY SEED")
        if b"BEGIN NATS USER JWT" not in text or not _is_seed(b"".join(seed.splitlines()[1:2])):
            raise UnreadableError(f"{access.creds} holds no credentials as `nsc generate creds` writes them")
        return {"user_credentials": str(access.creds)}
    if access.nkey is not None:
        if not _is_seed(access.nkey.read_bytes().strip()):
            raise UnreadableError(f"{access.nkey} holds no seed of a user as `nk -gen user` writes it")
        return {"nkeys_seed": str(access.nkey)}
    if address.user is not None:
        named = address.password is not None
        return {"user": address.user, "password": address.password} if named else {"token": address.user}
    if access.user is not None:
        return {"user": access.user, "password": access.password}
    return {"token": access.token} if access.token is not None else {}


def _is_seed(text: bytes) -> bool:
    try:
        nkeys.from_seed(bytearray(text)).wipe()
    except (nkeys.NkeysError, ValueError):
        return False
    return True


def _trust(access: Access) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=access.ca)
    except (ssl.SSLError, OSError):
        raise UnreadableError(f"{access.ca} holds no certificates in PEM format") from None
