"""`observe serve` as a process of its own, which a test may stop and start again at the same address."""

import asyncio
import contextlib
import json
import socket
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LONGEST_S = 20.0


class Served:
    """A runs folder that is served while the block lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start, and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "observer", "serve", str(self.folder), "--port", str(self.port),
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(LONGEST_S):
            while True:
                assert self._process.returncode is None, "the server ended at once"
                with contextlib.suppress(OSError):
                    await self.ask("/api/runs")
                    return
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End it as Ctrl-C does; an open page must not keep it from ending."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), LONGEST_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def ask(self, path: str) -> Any:
        """Return what the server answers."""
        return await asyncio.to_thread(_get, f"http://127.0.0.1:{self.port}{path}")


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=LONGEST_S) as answer:
        return json.load(answer)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
