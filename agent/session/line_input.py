"""Reads lines as they arrive: from standard input, whatever it is, or from a program that is started for it."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiofiles

MAX_LINE_BYTES = 64 * 1024 * 1024
"""The longest line that is read. Of a longer one only the first bytes are, so that it is reported and not recorded."""
_REPORTED_BYTES = 1000
_EXIT_TIMEOUT_S = 5.0


async def read_lines(descriptor: int) -> AsyncIterator[bytes]:
    """Yield the lines of an open file, pipe, socket or terminal until its end.

    What can be waited for is read by the event loop, as a thread that waits could not be cancelled; a file, or
    /dev/null, never lets its reader wait.
    """
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)):
        async with aiofiles.open(descriptor, "rb", closefd=False) as file:
            async for line in file:
                yield line if len(line) <= MAX_LINE_BYTES else line[:_REPORTED_BYTES]
        return
    reader = asyncio.StreamReader(limit=MAX_LINE_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    with os.fdopen(os.dup(descriptor), "rb", buffering=0) as pipe:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        try:
            async for line in split_lines(reader):
                yield line
        finally:
            transport.close()


async def split_lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the lines of a stream until its end, with their newlines; the last one may have none."""
    too_long = b""
    while True:
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            if end.partial or too_long:
                yield too_long or end.partial
            return
        except asyncio.LimitOverrunError as error:
            chunk = await reader.readexactly(error.consumed)
            too_long = too_long or chunk[:_REPORTED_BYTES]
            continue
        yield too_long or line
        too_long = b""


@asynccontextmanager
async def start_program(command: Sequence[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a program whose lines are read from its `stdout`, a stream; it shares everything else with this process.

    At the end of the block it is terminated, if it is still running. Raises OSError when it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, limit=MAX_LINE_BYTES)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_EXIT_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
