"""Addresses, authentication and connections.

Tests observer.nats.address and observer.nats.connection.
"""

import os
from collections.abc import Callable
from pathlib import Path

import nkeys
import pytest

from observer.errors import UnreadableError, UsageError
from observer.nats.address import Address, Authentication, parse_address, read_authentication
from observer.nats.connection import Connector, ServerUnavailable
from tests.observer.nats.jwts import operated
from tests.observer.nats.servers import Server


async def reached(address: str, access: Authentication | None = None) -> None:
    async with Connector(parse_address(address), access or Authentication()).connection() as connection:
        await connection.client.flush()


def test_an_address_names_servers_run_and_stream() -> None:
    assert parse_address("nats://one,[::1]:5000,10.0.0.1/run?stream=S") == Address(
        (("one", 4222), ("::1", 5000), ("10.0.0.1", 4222)), run="run", stream="S"
    )
    assert parse_address("tls://one/a%20b").run == "a b"
    assert parse_address("nats://me:p%40ss@one") == Address((("one", 4222),), user="me", password="p@ss")


@pytest.mark.parametrize(
    "text",
    [
        "nats://", "nats:///run", "http://one", "nats://secret@", "nats://me:secret@one:port", "nats://secret@one,b@two",
        "nats://secret@one:99999", "nats://secret@one/run?stream=a.b", "nats://secret@one?stream=", "nats://secret@[one",
        "nats://secret@one/run?token=secret", "nats://secret@one#x", "nats://secret@one?x",
    ],
)  # fmt: skip
def test_an_invalid_address_is_rejected_without_printing_secrets(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert "secret" not in str(caught.value)


def test_no_representation_of_an_address_contains_the_password() -> None:
    address = parse_address("nats://me:secret@one")
    access = read_authentication(environ={"NATS_USER": "me", "NATS_PASSWORD": "secret"})
    assert "secret" not in f"{address} {address!r} {access} {access!r} {[address]} {[access]}"


def test_conflicting_credentials_are_rejected(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError):
        read_authentication(creds=file, nkey=file, environ={})
    with pytest.raises(UsageError):
        read_authentication(environ={"NATS_USER": "me"})
    with pytest.raises(UnreadableError, match="No such file"):
        read_authentication(ca=tmp_path / "none", environ={})


@pytest.mark.parametrize("kind", ["creds", "nkey", "ca"])
async def test_a_file_with_other_content_is_reported(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("nothing of the kind\n")
    with pytest.raises(UnreadableError, match=r"is not a|contains no"):
        Connector(parse_address("nats://127.0.0.1:1"), read_authentication(**{kind: file}, environ={}))


async def test_a_password_a_token_and_a_key_are_accepted(servers: Callable[..., Server], tmp_path: Path) -> None:
    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    public = nkeys.from_seed(bytearray(seed)).public_key.decode()
    (tmp_path / "seed").write_bytes(seed + b"\n")
    named = servers(config="authorization { user: me, password: secret }").start()
    token = servers(config="authorization { token: secret }").start()
    keyed = servers(config=f"authorization {{ users: [{{ nkey: {public} }}] }}").start()
    await reached(named.url.replace("//", "//me:secret@"))
    await reached(named.url, read_authentication(environ={"NATS_USER": "me", "NATS_PASSWORD": "secret"}))
    await reached(token.url.replace("//", "//secret@"))
    await reached(token.url, read_authentication(environ={"NATS_TOKEN": "secret"}))
    await reached(keyed.url, read_authentication(nkey=tmp_path / "seed", environ={}))
    for server in (named, token, keyed):
        with pytest.raises(UnreadableError, match="rejects the credentials") as caught:
            await reached(server.url, read_authentication(environ={"NATS_USER": "me", "NATS_PASSWORD": "secret-wrong"}))
        assert "secret" not in str(caught.value)


async def test_a_credentials_file_signed_by_an_operator_is_accepted(
    servers: Callable[..., Server], tmp_path: Path
) -> None:
    (config, credentials), (_, stranger) = operated(), operated()
    server = servers(config=config).start()
    (tmp_path / "creds").write_text(credentials)
    (tmp_path / "stranger").write_text(stranger)
    await reached(server.url, read_authentication(creds=tmp_path / "creds", environ={}))
    with pytest.raises(UnreadableError, match="rejects the credentials") as caught:
        await reached(server.url, read_authentication(creds=tmp_path / "stranger", environ={}))
    assert not [line for line in stranger.splitlines() if len(line) > 40 and line in str(caught.value)]


async def test_an_unreachable_server_may_be_waited_for() -> None:
    with pytest.raises(ServerUnavailable, match=r"cannot connect to nats://127.0.0.1:1 \(.*refused"):
        await reached("nats://127.0.0.1:1")


async def test_an_unknown_host_name_is_named_in_plain_words() -> None:
    with pytest.raises(ServerUnavailable, match=r"cannot connect to nats://hub\.invalid:4222 \(host name not found\)"):
        await reached("nats://hub.invalid")


async def test_one_of_several_servers_is_enough(server: Server) -> None:
    for _ in range(4):
        await reached(f"nats://127.0.0.1:1,127.0.0.1:{server.port}")
