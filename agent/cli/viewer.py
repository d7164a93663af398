"""The live view while the agent runs: `observe tail`, as a process that reads the file like any other viewer.

It also prints the lines for `--stdout`: a reader that is slow, or gone, delays this process and never the agent.
"""

import asyncio
import sys
from pathlib import Path

_EXIT_TIMEOUT_S = 10.0


class Viewer:
    """A viewer of one run file. It exits by itself after `complete`, or when the writer dies.

    With `lines` it prints every line of the file unchanged, for a program that reads our standard output.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self._lines = lines
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, path: Path) -> None:
        """Start the viewer on the run file at `path`, with our standard output and error.

        It gets a session of its own, so that Ctrl-C reaches only the agent and the view shows how the run ends. It is
        started by `runtail_cli`, so that no other package `observer` in the current directory or in PYTHONPATH is run.
        """
        output = ("-o", "json") if self._lines else ()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "runtail_cli", "observer", "tail", str(path), *output, start_new_session=True,
        )  # fmt: skip

    async def finish(self) -> None:
        """Wait until the viewer has shown the end of the run. Terminate a view that hangs; lines may take any time."""
        if self._process is None:
            return
        try:
            async with asyncio.timeout(None if self._lines else _EXIT_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._process.terminate()
            await self._process.wait()
