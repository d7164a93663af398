"""The servers that the tests start."""

from collections.abc import Callable
from pathlib import Path

from tests.observer.nats.servers import Server
from tests.observer.nats.streams import bytes_of, publish, read

ODD = b'{"seq":1}\r\n\n' + b"x" * 3_000_000 + b"\n\xff\n" + b'{"seq":3}\n' * 2000 + b"torn"


async def test_what_is_published_comes_back_after_a_kill(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "a run.v2.ndjson"
    file.write_bytes(ODD)
    await publish(server.url, file)
    server.kill()
    server.start()
    found = await read(server.url)
    assert list(found) == ["a run.v2"]
    assert bytes_of(found["a run.v2"]) == ODD


async def test_a_server_that_is_wiped_has_nothing(servers: Callable[..., Server], tmp_path: Path) -> None:
    server = servers().start()
    file = tmp_path / "run.ndjson"
    file.write_bytes(b"line\n")
    await publish(server.url, file)
    server.kill()
    server.wipe()
    server.start()
    file.write_bytes(b"another\n")
    await publish(server.url, file)
    assert bytes_of((await read(server.url))["run"]) == b"another\n"
