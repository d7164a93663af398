"""Relays as processes, runs that are written meanwhile, a network that can be cut, and whether all is well at last."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from nats import errors
from nats.js.errors import APIError

from observer.nats.address import Authentication, parse_address
from observer.nats.connection import Connector
from observer.nats.relay import Relay
from observer.nats.relay_file import RelayIntervals
from observer.nats.stream import Retention
from tests.helpers import LIMIT_S, patient
from tests.observer.nats import streams
from tests.warm import start

_UNANSWERED = (OSError, TimeoutError, errors.Error, APIError)
"""The errors of a server that is away now."""
ODD = [b"", b"\r", b"\xff\xfe no text", b'{"type":"no seq"}', b"x" * 5000, '{"seq":1,"text":"zwölf \u2028"}'.encode()]


@contextlib.contextmanager
def relay(folder: Path, url: str, *options: str, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """A relay that works until the block ends; its standard error is in `relay.log` beside the folder."""
    folder.mkdir(exist_ok=True)
    with (folder.parent / "relay.log").open("ab") as log:
        process = start(
            "observer", "relay", folder, "--to", url, *options,
            stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **environ},
        )  # fmt: skip
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(LIMIT_S)


@contextlib.asynccontextmanager
async def at_work(folder: Path, url: str, intervals: RelayIntervals) -> AsyncIterator[list[str]]:
    """Run a relay in this process; what it reports is appended to the list."""
    to, stop, messages = parse_address(url), asyncio.Event(), list[str]()
    task = asyncio.create_task(
        Relay(folder, to, Connector(to, Authentication()), Retention(to.stream), messages.append, intervals).run(stop)
    )
    try:
        yield messages
    finally:
        stop.set()
        await task


def messages_of(folder: Path) -> str:
    """Return the output of the relays of a directory."""
    return (folder.parent / "relay.log").read_text("utf-8")


class Writer:
    """Appends to some runs, a few lines or half a line at a time, as agents do, and now and then odd ones.

    It rests for 5 to 30 ms after each write, or several times as long.
    """

    def __init__(self, folder: Path, runs: int = 3, seed: int = 1, slowness: int = 1) -> None:
        self._random = random.Random(seed)
        self._paths = [folder / f"run-{number}.ndjson" for number in range(runs)]
        self._rests = dict.fromkeys(self._paths, b"")
        self._seqs = dict.fromkeys(self._paths, 0)
        self._slowness = slowness
        self.lines = 0

    def write(self, lines: int) -> None:
        """Append so many lines to one of the runs."""
        path = self._random.choice(self._paths)
        data = self._rests[path] + b"".join(self._line(path) for _ in range(lines))
        self.lines += lines
        cut = len(data) if self._random.random() < 0.7 else len(data) - self._random.randrange(1, 40)
        cut = data.rfind(b"\n", 0, -1) + 1 if cut <= 0 else cut
        with path.open("ab") as file:
            file.write(data[:cut])
        self._rests[path] = data[cut:]

    def finish(self) -> None:
        """Append what is still missing of the last lines."""
        for path, rest in self._rests.items():
            with path.open("ab") as file:
                file.write(rest)
            self._rests[path] = b""

    async def keep_on(self, stop: asyncio.Event) -> None:
        """Write until told to stop."""
        while not stop.is_set():
            self.write(self._random.randrange(1, 20))
            await asyncio.sleep(self._slowness * self._random.uniform(0.005, 0.03))
        self.finish()

    def _line(self, path: Path) -> bytes:
        self._seqs[path] += 1
        plain = b'{"seq":%d,"type":"thought","data":{"text":"%b"}}' % (
            self._seqs[path],
            b"a" * self._random.randrange(99),
        )
        return (self._random.choice(ODD) if self._random.random() < 0.05 else plain) + b"\n"


@contextlib.asynccontextmanager
async def writing(folder: Path, **how: int) -> AsyncIterator[Writer]:
    """A writer at work while the block lasts; then all its lines are complete."""
    writer, stop = Writer(folder, **how), asyncio.Event()
    writer.write(5)
    task = asyncio.create_task(writer.keep_on(stop))
    try:
        yield writer
    finally:
        stop.set()
        await task


async def stored(url: str | list[str]) -> int:
    """Return the number of messages in the stream now; 0 if it does not answer."""
    try:
        async with asyncio.timeout(patient(5)):
            return await _grown(url, -1)
    except _UNANSWERED:
        return 0


async def grown(url: str | list[str], beyond: int) -> int:
    """Wait until the stream has more messages than so many; return how many."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            with contextlib.suppress(*_UNANSWERED):
                return await _grown(url, beyond)
            await asyncio.sleep(0.02)


async def _grown(url: str | list[str], beyond: int) -> int:
    """Do that over one connection; raise an error if it breaks, or the stream does not answer."""
    client = await streams.connect(url, allow_reconnect=False, connect_timeout=patient(2))
    try:
        context = client.jetstream(timeout=patient(2))
        while (now := (await context.stream_info("RUNS")).state.messages) <= beyond:
            await asyncio.sleep(0.02)
        return now
    finally:
        await client.close()


async def equal(url: str | list[str], folder: Path) -> None:
    """Wait until the stream holds as many bytes as the files; then each run must equal its file, nothing twice."""
    files = {path.name.removesuffix(".ndjson"): path.read_bytes() for path in folder.glob("*.ndjson")}
    deadline = time.monotonic() + LIMIT_S
    await grown(url, 0)
    while True:
        found = await streams.read(url)
        ends = {run: pieces[-1].end for run, pieces in found.items()}
        if all(ends.get(run, 0) >= len(data) for run, data in files.items()):
            break
        assert time.monotonic() < deadline, (ends, {run: len(data) for run, data in files.items()}, messages_of(folder))
        await asyncio.sleep(0.05)
    for run, data in files.items():
        there = streams.bytes_of(found.get(run, []))
        at = next((at for at, (one, other) in enumerate(zip(there, data, strict=False)) if one != other), -1)
        assert there == data, (run, at, there[at - 200 : at + 200], data[at - 200 : at + 200], len(there), len(data))


class Proxy:
    """Passes bytes on to a server until it is cut: then in the middle of what is on its way.

    It listens on the port `listen`, or a free one. With `lasts`, the network is slow, and each connection is cut once
    the server has sent so many bytes on it.
    """

    def __init__(self, port: int, lasts: int | None = None, listen: int = 0) -> None:
        self._to = port
        self._listen = listen
        self._lasts = lasts
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = f"nats://127.0.0.1:{listen}"
        self.connections = 0

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._listen)
        self.url = f"nats://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Drop every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, to = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self.connections += 1
        self._writers |= {writer, to}
        for source, target, lasts in ((reader, to, None), (there, writer, self._lasts)):
            task = asyncio.create_task(self._pass_on(source, target, lasts))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lasts: int | None) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while (lasts is None or passed < lasts) and (data := await reader.read(1000)):
                writer.write(data)
                passed += len(data)
                await writer.drain()
                await asyncio.sleep(0 if lasts is None else 0.001)
        writer.transport.abort()
