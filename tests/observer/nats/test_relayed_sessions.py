"""Sessions of other programs in a stream: a relay publishes copies of them, and makes them again when it is restarted.

Tests observer.nats.relay_file and observer.cli.relay too.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import LIMIT_S, append
from tests.observer.nats import streams
from tests.observer.nats.relays import stored
from tests.observer.nats.servers import Server
from tests.observer.source.sessions.claude_files import (
    SESSION,
    WHOLE,
    call,
    prompt,
    register,
    result,
    text,
    write_session,
)
from tests.warm import run, start


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "claude"


@contextlib.contextmanager
def relaying(home: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A relay of all sessions, which works until the block ends and is killed then, if it has not ended."""
    process = start(
        "observer", "relay", "claude:", "--to", url, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "CLAUDE_CONFIG_DIR": str(home)},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait(LIMIT_S)


async def events_of(url: str, session: str = SESSION) -> list[dict[str, Any]]:
    pieces = (await streams.read(url)).get(session, [])
    return [json.loads(line) for line in streams.bytes_of(pieces).splitlines()]


async def wait_for(url: str, words: str, session: str = SESSION) -> list[dict[str, Any]]:
    """Wait until the events of a session in the stream hold some words, and return them."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            events = await events_of(url, session) if await stored(url) else []
            if words in json.dumps(events):
                return events
            await asyncio.sleep(0.05)


async def test_a_session_is_relayed_as_it_grows_and_by_the_next_relay_from_where_the_stream_ends(
    server: Server, home: Path
) -> None:
    session = write_session(home, WHOLE)
    register(home, os.getpid())
    with relaying(home, server.url) as one:
        await wait_for(server.url, "seven lines")
        append(session, prompt(11, "And now?"))
        await wait_for(server.url, "And now?")
        one.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(one.wait, LIMIT_S) == 128 + signal.SIGTERM
    (home / "sessions" / f"{os.getpid()}.json").unlink()
    append(session, call(12, "t2"))
    with relaying(home, server.url):
        append(session, result(13, "t2", "8 a.txt") + text(14, "Eight."))
        events = await wait_for(server.url, "Eight.")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert "heartbeat" not in {event["type"] for event in events}
    assert list(await streams.read(server.url)) == [SESSION]
    shown = run("observer", "tail", "--no-follow", "--utc", f"{server.url}/{SESSION[:8]}", timeout=LIMIT_S)
    assert b"Eight." in shown.stdout


async def test_a_session_in_the_middle_of_a_turn_is_unknown_to_viewers(server: Server, home: Path) -> None:
    write_session(home, prompt(1) + call(2, "t1"))
    with relaying(home, server.url):
        await wait_for(server.url, "tool_use")
        shown = run("observer", "list", "-o", "json", server.url, timeout=LIMIT_S)
    assert [json.loads(line)["verdict"] for line in shown.stdout.splitlines()] == ["unknown"]


async def test_a_copy_that_differs_from_what_the_stream_has_is_published_under_the_next_name(
    server: Server, home: Path
) -> None:
    session = write_session(home, WHOLE)
    with relaying(home, server.url):
        before = await wait_for(server.url, "seven lines")
    session.write_bytes(session.read_bytes().replace(b"seven", b"eight"))
    for _ in range(2):
        with relaying(home, server.url):
            await wait_for(server.url, "eight lines", f"{SESSION}.2")
            append(session, prompt(20, "More?"))
            await wait_for(server.url, "More?", f"{SESSION}.2")
    assert await events_of(server.url) == before
    assert set(await streams.read(server.url)) == {SESSION, f"{SESSION}.2"}


async def test_one_session_is_no_directory_to_relay(server: Server, home: Path) -> None:
    write_session(home)
    refused = run(
        "observer", "relay", "claude:204a", "--to", server.url,
        timeout=LIMIT_S, env={**os.environ, "CLAUDE_CONFIG_DIR": str(home)},
    )  # fmt: skip
    assert (refused.returncode, b"claude:204a is a single session" in refused.stderr) == (2, True)
