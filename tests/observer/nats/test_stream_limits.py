"""Streams that discard their oldest lines say so in every view, and one that is full loses nothing.

Tests observer.nats.relay, observer.nats.publisher and observer.nats.fetch.
"""

import asyncio
import json
from pathlib import Path

import pytest
from nats.js.api import DiscardPolicy, StreamConfig

from observer.format.units import format_size
from tests.helpers import LIMIT_S, RUN, append, line, wait_until_async
from tests.observer.nats import streams
from tests.observer.nats.relays import Proxy, equal, messages_of, relay
from tests.observer.nats.servers import Server, free_port
from tests.observer.nats.viewers import observe, put, read, started

LINES = 2000


def lines(begin: int, end: int) -> bytes:
    return b"".join(line(seq) for seq in range(begin, end))


async def first_stored(url: str) -> int:
    """Return the number of the first message that the stream still has; 0 if it does not exist."""
    client = await streams.connect(url)
    try:
        infos = await client.jetstream(timeout=LIMIT_S).streams_info()
        return infos[0].state.first_seq if infos else 0
    finally:
        await client.close()


async def stored_end(url: str) -> int:
    """Return up to which offset the run is stored; 0 while all of it is discarded."""
    pieces = (await streams.read(url)).get(RUN)
    return pieces[-1].end if pieces else 0


@pytest.mark.parametrize("limit", [("--max-bytes", "100k"), ("--max-age", "2s")])
async def test_every_view_says_from_where_on_a_run_is_known_whose_beginning_the_stream_has_discarded(
    server: Server, tmp_path: Path, limit: tuple[str, str]
) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + lines(2, LINES))
    address = f"{server.url}/{RUN}"
    with relay(path.parent, server.url, *limit):
        async with asyncio.timeout(LIMIT_S):
            while await first_stored(server.url) <= 1:
                await asyncio.sleep(0.02)
        client = await streams.connect(server.url)
        config = (await client.jetstream().stream_info("RUNS")).config
        config.max_age = 0  # what is there now stays
        await client.jetstream().update_stream(config)
        await client.close()
        append(path, lines(LINES, LINES + 50) + line(LINES + 50, "complete", outcome="success"))
        async with asyncio.timeout(LIMIT_S):
            while await stored_end(server.url) < path.stat().st_size:
                await asyncio.sleep(0.02)

    stored = b"".join(piece.raw for piece in (await streams.read(server.url))[RUN])
    first = json.loads(stored.partition(b"\n")[0])["seq"]
    words = f"known from event {first:,} on; what came before is gone".encode()
    shown = observe("tail", "--no-follow", "-o", "json", address)
    assert (shown.stdout, shown.stderr) == (stored, b"observe: " + words + b"\n")
    assert path.read_bytes().endswith(stored)
    for command in (("tail", "--no-follow"), ("show",), ("list",), ("wait",)):
        assert words in observe(*command, server.url if command == ("list",) else address).stdout, command
    for command in (("show", "-o", "json", address), ("list", "-o", "json", server.url)):
        assert json.loads(observe(*command).stdout)["known_from"] == first
    assert f"its seq is {first}: what came before is missing".encode() in observe("check", address).stdout
    for format_, report_words in (("html", b"Known" + words[5:]), ("md", words), ("junit", words), ("trace", words)):
        report = tmp_path / f"report.{format_}"
        assert observe("report", "--format", format_, "-o", str(report), address).returncode == 0
        assert report_words in report.read_bytes(), format_


async def test_a_viewer_that_was_away_while_the_stream_discarded_lines_says_how_much_is_missing(
    server: Server, tmp_path: Path
) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + lines(2, 10))
    await streams.publish(server.url, path)
    port, seen = free_port(), path.stat().st_size
    async with Proxy(server.port, listen=port) as proxy:
        process = started("tail", "-o", "json", f"{proxy.url}/{RUN}")
        before = await asyncio.to_thread(read, process.stdout, 9)
    with process:
        assert b"; retrying" in await asyncio.to_thread(process.stderr.readline)  # type: ignore[union-attr]
        append(path, lines(10, 200) + line(200, "complete", outcome="success"))
        await streams.publish(server.url, path, begin=seen)
        client = await streams.connect(server.url)
        await client.jetstream().purge_stream("RUNS", keep=20)
        await client.close()
        async with Proxy(server.port, listen=port):
            rest, _ = await asyncio.to_thread(process.communicate, None, LIMIT_S)
    said, _, rest = rest.partition(b"\n")
    assert path.read_bytes().startswith(b"".join(before))
    assert path.read_bytes().endswith(rest)
    missing = path.stat().st_size - seen - len(rest)
    words = f"{format_size(missing)} of the run are missing here: the stream discarded them before they were copied"
    assert json.loads(said)["data"] == {"message": words, "kind": "missing"}


async def test_a_full_stream_is_waited_for_and_then_gets_every_byte(server: Server, tmp_path: Path) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + lines(2, LINES))
    client = await streams.connect(server.url)
    config = StreamConfig(name="RUNS", subjects=["runs.*"], max_msgs=500, discard=DiscardPolicy.NEW)
    await client.jetstream().add_stream(config)
    with relay(path.parent, server.url):
        await wait_until_async(
            lambda: "accepts no messages: maximum messages exceeded; retry" in messages_of(path.parent)
        )
        append(path, lines(LINES, LINES + 50))
        config.max_msgs = -1
        await client.jetstream().update_stream(config)
        await client.close()
        await equal(server.url, path.parent)


async def test_servers_without_room_are_waited_for_and_then_get_every_byte(server: Server, tmp_path: Path) -> None:
    settings = server.directory / "server.conf"
    roomy = settings.read_text()
    server.stop()
    settings.write_text(roomy.replace("max_file_store: 100G", "max_file_store: 200K"))
    await asyncio.to_thread(server.start)
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + lines(2, LINES))
    with relay(path.parent, server.url):
        await wait_until_async(lambda: "accepts no messages: " in messages_of(path.parent))
        append(path, lines(LINES, LINES + 50))
        server.stop()
        settings.write_text(roomy)
        await asyncio.to_thread(server.start)
        await equal(server.url, path.parent)
