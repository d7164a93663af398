"""Which servers, which stream, which run: `nats://HOST:4222/RUN?stream=NAME`, and what proves who asks.

Nothing here shows a password, a token or a seed: an address says itself without its user.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from observer.errors import UnreadableError, UsageError
from observer.nats.messages import STREAM

SCHEMES = ("nats", "tls")
PORT = 4222
_NO_NAME = frozenset(" .*>/\\\t\r\n")
"""What the name of a stream must not hold."""
_PARTS = re.compile(r"([A-Za-z]+)://([^/?#]*)(/[^/].*|[/?#].*|)", re.DOTALL)
"""Scheme, servers, and the rest: several servers, some in brackets, are more than a URL has."""
_FORM = "write the address of a NATS server as nats://HOST:4222 or tls://HOST:4222"


class Address(Struct, frozen=True):
    """Servers that are one cluster, a stream, and perhaps a run: an id, the beginning of one, `latest`, or `*`."""

    servers: tuple[tuple[str, int], ...]
    run: str = ""
    stream: str = STREAM
    secure: bool = False
    user: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        """The address as messages name it."""
        hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.servers)
        return f"{'tls' if self.secure else 'nats'}://{hosts}"

    def of(self, run: str) -> str:
        """The address of one of its runs, as somebody would write it."""
        asked = "" if self.stream == STREAM else f"?stream={self.stream}"
        return f"{self}{'/' if run else ''}{run}{asked}"

    def __repr__(self) -> str:
        """The same: a password must not get into a log by way of a traceback."""
        return f"<Address {self}>"


def address_of(text: str) -> Address:
    """Return what `nats://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/RUN][?stream=NAME]` means.

    A user without a password is a token. Raises UsageError, without what may be secret.

    >>> found = address_of("nats://me:secret@one,two:4223/20261123T01?stream=NIGHTLY")
    >>> str(found), found.run, found.stream
    ('nats://one:4222,two:4223', '20261123T01', 'NIGHTLY')
    """
    found = _PARTS.fullmatch(text)
    if found is None or found[1].lower() not in SCHEMES:
        raise UsageError(_FORM)
    parts = urlsplit(found[3], allow_fragments=True)
    user, _, hosts = found[2].rpartition("@")
    name, colon, password = user.partition(":")
    if not hosts:
        raise UsageError(_FORM)
    if "@" in user:
        raise UsageError("the user of an address stands once, before all servers; an @ in a password is written %40")
    try:
        asked = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        asked = {"": []}
    if not asked.keys() <= {"stream"} or parts.fragment:
        raise UsageError("after the ? of an address only stream=NAME is known")
    return Address(
        servers=tuple(_server(host) for host in hosts.split(",")),
        run=unquote(parts.path.removeprefix("/"), errors="surrogateescape"),
        stream=stream_name(asked.get("stream", [STREAM])[-1]),
        secure=found[1].lower() == "tls",
        user=unquote(name) if user else None,
        password=unquote(password) if colon else None,
    )


def stream_name(name: str) -> str:
    """Return the name of a stream if it can be one; raises UsageError."""
    if not name or not name.isprintable() or _NO_NAME & set(name):
        raise UsageError(f"{name!r} cannot be the name of a stream: no blanks, dots, slashes, * or > in it")
    return name


def _server(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, 0
    if not host or "@" in text:
        raise UsageError("write each server of an address as HOST or HOST:PORT, with commas between")
    return host, port


class Access(Struct, frozen=True):
    """What proves who asks, and whom to believe; each may be missing."""

    creds: Path | None = None
    nkey: Path | None = None
    ca: Path | None = None
    user: str | None = None
    password: str | None = None
    token: str | None = None

    def __repr__(self) -> str:
        """Nothing of it."""
        return "<Access>"


def access_of(
    *, creds: Path | None = None, nkey: Path | None = None, ca: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Access:  # fmt: skip
    """Return what the options and the environment give: NATS_USER with NATS_PASSWORD, or NATS_TOKEN.

    Raises UsageError for two answers to one question, and UnreadableError for a file that is not there.
    """
    if creds is not None and nkey is not None:
        raise UsageError("--creds and --nkey exclude each other")
    for path in (creds, nkey, ca):
        try:
            if path is not None:
                path.read_bytes()
        except OSError as error:
            raise UnreadableError(f"{path} cannot be read ({error.strerror})") from None
    user, password, token = (environ.get(f"NATS_{name}") or None for name in ("USER", "PASSWORD", "TOKEN"))
    if (user is None) != (password is None):
        raise UsageError("NATS_USER and NATS_PASSWORD go together")
    return Access(creds, nkey, ca, user, password, token)
