"""The live view while the agent runs: `observe tail` as a process of its own, which reads the file like any viewer."""

import asyncio
import sys
from pathlib import Path

_LAST_LINES_S = 10.0


class Viewer:
    """A viewer of one run file. It ends by itself after `complete`, or when the writer dies."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, path: Path) -> None:
        """Start it on the run file at `path`; its output goes where ours goes.

        It gets a session of its own, so that Ctrl-C reaches the agent alone and the view shows how the run ends; and
        `-P`, so that a folder named `observer` where we are started is not taken for the viewer.
        """
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "observer", "tail", str(path), start_new_session=True,
        )  # fmt: skip

    async def finish(self) -> None:
        """Wait until it has shown the end of the run; a viewer that hangs is ended."""
        if self._process is None:
            return
        try:
            async with asyncio.timeout(_LAST_LINES_S):
                await self._process.wait()
        except TimeoutError:
            self._process.terminate()
            await self._process.wait()
