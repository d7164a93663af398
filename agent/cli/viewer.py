"""The live view while the agent runs: `observe tail` as a process of its own, which reads the file like any viewer.

Also what `--stdout` prints: a reader that is slow, or gone, then holds up the viewer and never the agent.
"""

import asyncio
import sys
from pathlib import Path

_LAST_LINES_S = 10.0


class Viewer:
    """A viewer of one run file. It ends by itself after `complete`, or when the writer dies.

    As `lines` it prints every line of the file as it is, for a program that reads our standard output.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self._lines = lines
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, path: Path) -> None:
        """Start it on the run file at `path`; its output goes where ours goes.

        It gets a session of its own, so that Ctrl-C reaches the agent alone and the view shows how the run ends; and
        `-P`, so that a folder named `observer` where we are started is not taken for the viewer.
        """
        output = ("-o", "json") if self._lines else ()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "observer", "tail", str(path), *output, start_new_session=True,
        )  # fmt: skip

    async def finish(self) -> None:
        """Wait until it has shown the end of the run. A view that hangs is ended; a program may read as it likes."""
        if self._process is None:
            return
        try:
            async with asyncio.timeout(None if self._lines else _LAST_LINES_S):
                await self._process.wait()
        except TimeoutError:
            self._process.terminate()
            await self._process.wait()
