"""Addresses of NATS servers, `nats://HOST:4222/RUN?stream=NAME`, and the credentials of a client.

No password, token or seed is ever printed: an address is shown without its user.
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
_INVALID_IN_NAME = frozenset(" .*>/\\\t\r\n")
"""Characters that the name of a stream must not contain."""
_PARTS = re.compile(r"([A-Za-z]+)://([^/?#]*)(/[^/].*|[/?#].*|)", re.DOTALL)
"""Scheme, servers, and the rest. `urlsplit` cannot parse several servers, some of them in brackets."""
_FORM = "write the address of a NATS server as nats://HOST:4222 or tls://HOST:4222"


class Address(Struct, frozen=True):
    """The servers of one cluster, a stream, and perhaps a run: an ID, a prefix of one, `latest`, or `*`."""

    servers: tuple[tuple[str, int], ...]
    run: str = ""
    stream: str = STREAM
    secure: bool = False
    user: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        """The servers as messages show them, without user and password."""
        hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.servers)
        return f"{'tls' if self.secure else 'nats'}://{hosts}"

    def url_of(self, run: str) -> str:
        """Return the address of a run of this stream as a user would write it; of the stream, for an empty `run`."""
        query = "" if self.stream == STREAM else f"?stream={self.stream}"
        return f"{self}{'/' if run else ''}{run}{query}"

    def __repr__(self) -> str:
        """Without the password, which would otherwise reach a log through a traceback."""
        return f"<Address {self}>"


def parse_address(text: str) -> Address:
    """Parse `nats://[USER:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/RUN][?stream=NAME]`.

    A user without a password is a token. Raises UsageError, whose message contains nothing secret.

    >>> address = parse_address("nats://me:secret@one,two:4223/20261123T01?stream=NIGHTLY")
    >>> str(address), address.run, address.stream
    ('nats://one:4222,two:4223', '20261123T01', 'NIGHTLY')
    """
    match = _PARTS.fullmatch(text)
    if match is None or match[1].lower() not in SCHEMES:
        raise UsageError(_FORM)
    parts = urlsplit(match[3], allow_fragments=True)
    user, _, hosts = match[2].rpartition("@")
    name, colon, password = user.partition(":")
    if not hosts:
        raise UsageError(_FORM)
    if "@" in user:
        raise UsageError(
            "credentials may appear only once in the URL, before the first host; write an @ in a password as %40"
        )
    try:
        query = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        query = {"": []}
    if not query.keys() <= {"stream"} or parts.fragment:
        raise UsageError("unknown parameter in the address: only ?stream=NAME is supported")
    return Address(
        servers=tuple(_server(host) for host in hosts.split(",")),
        run=unquote(parts.path.removeprefix("/"), errors="surrogateescape"),
        stream=parse_stream_name(query.get("stream", [STREAM])[-1]),
        secure=match[1].lower() == "tls",
        user=unquote(name) if user else None,
        password=unquote(password) if colon else None,
    )


def parse_stream_name(name: str) -> str:
    """Return `name` if it is valid for a stream. Raises UsageError otherwise."""
    if not name or not name.isprintable() or _INVALID_IN_NAME & set(name):
        raise UsageError(f"invalid stream name {name!r}: blanks, dots, slashes, * and > are not allowed")
    return name


def _server(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, 0
    if not host or "@" in text:
        raise UsageError("write the servers of an address as HOST or HOST:PORT, separated by commas")
    return host, port


class Authentication(Struct, frozen=True):
    """The credentials of a client, and the CA that it trusts; each may be None."""

    creds: Path | None = None
    nkey: Path | None = None
    ca: Path | None = None
    user: str | None = None
    password: str | None = None
    token: str | None = None

    def __repr__(self) -> str:
        """Show none of the values."""
        return "<Authentication>"


def read_authentication(
    *, creds: Path | None = None, nkey: Path | None = None, ca: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Authentication:  # fmt: skip
    """Return the authentication that options and environment (NATS_USER with NATS_PASSWORD, or NATS_TOKEN) ask for.

    Raises UsageError if they conflict, and UnreadableError if a file cannot be read.
    """
    if creds is not None and nkey is not None:
        raise UsageError("--creds and --nkey cannot be combined")
    for path in (creds, nkey, ca):
        try:
            if path is not None:
                path.read_bytes()
        except OSError as error:
            raise UnreadableError(f"cannot read {path} ({error.strerror})") from None
    user, password, token = (environ.get(f"NATS_{name}") or None for name in ("USER", "PASSWORD", "TOKEN"))
    if (user is None) != (password is None):
        raise UsageError("set NATS_USER and NATS_PASSWORD together")
    return Authentication(creds, nkey, ca, user, password, token)
