"""The random machine: a writer that does to its file what writers, rotation and disks do, and viewers that follow it.

The same seed does the same. In the end each viewer must have shown every whole line, in order and once.
"""

import asyncio
import json
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from observer import follow
from tests.faults.proxy import flaky_proxy
from tests.helpers import RUN, line, wait_until_async
from tests.observer.web.asking import Served, Stream, serving

SECONDS_IN_CI = 12.0
_PAUSE_S = 0.02
_TEXTS = ("plain", "grüße", "🌍🌍", "\u2028", "日本語", "a\nb", "\x1b[31m", "é" * 5000, "🌍" * 30_000)
_SHOWN = 40
"""Steps that the report of a failure quotes."""


class Viewer:
    """What one viewer has shown: the numbers of the lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[int] = []

    def take(self, text: bytes | str) -> None:
        """Take a line; one that a killed writer left behind is no event."""
        with suppress(ValueError):
            self.seen.append(json.loads(text)["seq"])


class Writer:
    """Writes to one file, or through a link to the newest of several, and may be killed at any byte."""

    def __init__(self, directory: Path, chance: Random, *, linked: bool) -> None:
        self._directory = directory
        self._chance = chance
        self.path = directory / ("latest.ndjson" if linked else f"{RUN}.ndjson")
        self._file = directory / f"{RUN}.ndjson"
        self._linked = linked
        self.written = 0
        """The number of the last whole line."""
        self.first = 1
        """The number of the first line of the file as it is now."""
        self._count = 0
        self._open()
        if linked:
            self.path.symlink_to(self._file.name)

    def lines(self) -> Iterator[bytes]:
        """Yield the bytes of some lines in pieces that end anywhere, also inside a character."""
        count = self._chance.choice((1, 1, 2, 20))
        data = b"".join(
            line(self.written + number, "info", message=self._chance.choice(_TEXTS)) for number in range(1, count + 1)
        )
        while data:
            size = self._chance.choice((1, 2, 3, len(data), self._chance.randint(1, len(data))))
            yield data[:size]
            data = data[size:]
            if self._chance.random() < 0.02:
                yield data
                break
        self.written += count

    def write(self, piece: bytes) -> None:
        """Append a piece."""
        while piece:
            piece = piece[os.write(self._descriptor, piece) :]

    def kill_and_resume(self) -> None:
        """Leave a part of a line behind, open the file again, and end that part."""
        torn = line(self.written + 1, "info", message="torn 🌍")
        self.write(torn[: self._chance.randint(1, len(torn) - 2)])
        os.close(self._descriptor)
        self._open()
        self.write(b"\n")

    def rename(self) -> None:
        """Rotate by rename: the next line goes to a new file of the same name."""
        self._count += 1
        os.close(self._descriptor)
        self._file.rename(self._directory / f"rotated.{self._count}")
        self._open()
        self.first = self.written + 1

    def copy_and_truncate(self) -> None:
        """Rotate by copying the file and truncating it."""
        self._count += 1
        shutil.copy(self._file, self._directory / f"rotated.{self._count}")
        os.truncate(self._file, 0)
        self.first = self.written + 1

    def switch_link(self) -> None:
        """Begin another run, and switch the link to it."""
        self._count += 1
        os.close(self._descriptor)
        self._file = self._directory / f"{RUN[:-6]}{self._count:06x}.ndjson"
        self._open()
        new = self._directory / "new"
        new.symlink_to(self._file.name)
        new.replace(self.path)
        self.first = self.written + 1

    def use_hard_link(self) -> None:
        """Go on writing through another name of the same file."""
        self._count += 1
        other = self._directory / f"hard.{self._count}"
        other.hardlink_to(self._file)
        os.close(self._descriptor)
        self._descriptor = os.open(other, os.O_WRONLY | os.O_APPEND)

    def close(self) -> None:
        os.close(self._descriptor)

    def _open(self) -> None:
        self._descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


class Step(NamedTuple):
    """What a writer may do: how often, and for whom it must wait, as what is not yet read then would be lost."""

    weight: int
    act: Callable[[Writer], None]
    needs_all_read: bool = False
    needs_begun: bool = False
    """Whether every viewer must have reached the file: of two files in a row the first would never be seen."""


_STEPS = (
    Step(10, Writer.kill_and_resume),
    Step(10, Writer.use_hard_link),
    Step(6, Writer.rename, needs_begun=True),
    Step(6, Writer.copy_and_truncate, needs_all_read=True),
)
_LINKED_STEPS = (*_STEPS, Step(8, Writer.switch_link, needs_begun=True))
_WRITE = Step(60, lambda _: None)


async def run_machine(directory: Path, seed: int, seconds: float) -> str | None:
    """Let a machine run; return what was wrong, with the steps that led there, or None."""
    chance = Random(seed)
    directory.mkdir()
    linked = chance.random() < 0.5
    writer = Writer(directory, chance, linked=linked)
    steps: list[str] = []
    async with AsyncExitStack() as stack:
        stack.callback(writer.close)
        for piece in writer.lines():
            writer.write(piece)
        viewers = [await stack.enter_async_context(_tail(writer.path))]
        careful: list[Viewer] = []
        if not linked:
            viewers.append(await stack.enter_async_context(_follow(writer.path)))
            careful = [await stack.enter_async_context(_stream(directory, chance))]
        try:
            await _work(writer, chance, seconds, steps, viewers, careful)
            await _all_read(writer, [*viewers, *careful])
        except AssertionError:
            steps.append("not all was read")
    wrong = [problem for viewer in [*viewers, *careful] if (problem := _problem(viewer, writer.written))]
    return f"seed {seed}: {'; '.join(wrong)}; the last steps: {' '.join(steps[-_SHOWN:])}" if wrong else None


async def _work(
    writer: Writer, chance: Random, seconds: float, steps: list[str], viewers: list[Viewer], careful: list[Viewer]
) -> None:
    possible = [_WRITE, *(_LINKED_STEPS if not careful else _STEPS)]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        (step,) = chance.choices(possible, [step.weight for step in possible])
        if step is _WRITE:
            for piece in writer.lines():
                writer.write(piece)
                await asyncio.sleep(_PAUSE_S * chance.random() if chance.random() < 0.1 else 0)
            steps.append(f"{writer.written}")
            continue
        if step.needs_all_read:
            await _all_read(writer, [*viewers, *careful])
        elif step.needs_begun:
            if writer.written < writer.first:
                continue
            await _all_read(writer, careful)  # a stream that is cut just then begins with the new file
            await _all_read(writer, viewers, since=writer.first)
        steps.append(getattr(step.act, "__name__", ""))
        step.act(writer)
        await asyncio.sleep(_PAUSE_S * chance.random())


async def _all_read(writer: Writer, viewers: list[Viewer], since: int | None = None) -> None:
    """Wait until the viewers have shown the last line, or one `since` that number."""
    number = since or writer.written
    for viewer in viewers:
        await wait_until_async(partial(_has, viewer, number), f"line {number} in {viewer.name}")


def _has(viewer: Viewer, number: int) -> bool:
    return bool(viewer.seen) and viewer.seen[-1] >= number


def _problem(viewer: Viewer, count: int) -> str | None:
    expected = list(range(1, count + 1))
    if viewer.seen == expected:
        return None
    position = next((at for at, (one, two) in enumerate(zip(viewer.seen, expected, strict=False)) if one != two), -1)
    shown = viewer.seen[max(0, position - 2) : position + 3] if position >= 0 else viewer.seen[-3:]
    return f"{viewer.name} has shown {len(viewer.seen)} of {count} lines, around the first wrong one {shown}"


@asynccontextmanager
async def _tail(path: Path) -> AsyncIterator[Viewer]:
    viewer = Viewer("tail -F")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "observer", "tail", "-F", "-o", "json", path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=1 << 24,
    )  # fmt: skip

    async def read() -> None:
        assert process.stdout is not None
        async for text in process.stdout:
            viewer.take(text)

    reading = asyncio.create_task(read())
    try:
        await wait_until_async(lambda: viewer.seen, "the first line")
        yield viewer
    finally:
        process.terminate()
        await process.wait()
        await reading


@asynccontextmanager
async def _follow(path: Path) -> AsyncIterator[Viewer]:
    viewer = Viewer("follow()")

    async def read() -> None:
        async for event in follow(path, forever=True):
            viewer.seen.append(event.seq or 0)

    async with _ended_at_exit(read()):
        await wait_until_async(lambda: viewer.seen, "the first event")
        yield viewer


class _Proxied(Served):
    """A server that is reached through a proxy."""

    proxy_port = 0

    async def send(self, request: bytes) -> Stream:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy_port, limit=1 << 26)
        writer.write(request)
        self.streams.append(Stream(reader, writer))
        return self.streams[-1]

    async def close(self) -> None:
        """Close all connections."""
        for stream in self.streams:
            stream.close()
            with suppress(OSError):
                await stream.writer.wait_closed()
        self.streams.clear()


@asynccontextmanager
async def _stream(directory: Path, chance: Random) -> AsyncIterator[Viewer]:
    viewer = Viewer("the stream")
    async with serving(directory) as served, flaky_proxy(served.port, chance) as port:
        proxied = _Proxied(served.server, served.port, served.connections)
        proxied.proxy_port = port
        async with _ended_at_exit(_listen(proxied, viewer)):
            await wait_until_async(lambda: viewer.seen, "the first message")
            yield viewer


async def _listen(served: _Proxied, viewer: Viewer) -> None:
    """Read a stream, and resume it as a browser does, whenever the connection breaks."""
    headers: dict[str, str] = {}
    while True:
        try:
            stream = await served.events(headers=headers)
            while True:
                message = await stream.message()
                if message.id:
                    headers["Last-Event-ID"] = message.id
                if message.event == "message":
                    viewer.take(message.data)
        except (OSError, EOFError, ValueError, AssertionError):  # the connection is broken
            await asyncio.sleep(_PAUSE_S)
        finally:
            await served.close()


@asynccontextmanager
async def _ended_at_exit(work: "asyncio._CoroutineLike[None]") -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
