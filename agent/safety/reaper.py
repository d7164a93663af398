"""A small process that outlives the agent by a moment: when the agent is killed, it ends what the agent started.

Without it the CLI would go on after `kill -9` of the agent: calling tools, spending money, recorded by nobody. Every
process of a run carries the run's mark in its environment, also those that left their group or lost their parent. The
guardian holds one end of a pipe; when the other end closes, it ends all that carry the mark.
"""

import asyncio
import os
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from agent.safety.process_tree import end
from agent.safety.sandbox import sweep
from agent.shield import run_to_completion

MARK = "RUNTAIL_PROCESSES_OF"
"""The environment variable whose value names the run that a process belongs to."""

_ROUNDS, _PAUSE_S = 10, 0.2
"""How often the folder of a run is tried to be removed, and how long between."""


@asynccontextmanager
async def guarded(project: Path, home: Path | None = None) -> AsyncIterator[dict[str, str]]:
    """Yields the environment variables that every process to be guarded must be started with.

    On leaving, and when this process dies in whatever way, all processes that carry them are ended. On leaving, what
    the sandbox left in `project` is removed. With the processes goes `home`, a folder that was made for them.
    """
    mark = secrets.token_hex(8)
    _start_apart()
    guardian = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, mark, *([str(home)] if home else []),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that Ctrl-C and a closed terminal do not reach it
    )  # fmt: skip
    try:
        yield {MARK: mark}
    finally:
        await run_to_completion(_released(guardian))
        sweep(project)


def _start_apart() -> None:
    """From now on, what this event loop starts with the mark of a run gets a session of its own, beyond Ctrl-C.

    A terminal sends Ctrl-C to all its foreground processes, and a CLI that hears it drops the tool call that is to be
    finished first. The SDK starts it and lets nobody say how; blocking the signal is no help, the CLI undoes that.
    """
    loop = asyncio.get_running_loop()
    start = loop.subprocess_exec
    if getattr(start, "__name__", "") == _start_apart.__name__:
        return

    async def start_apart(*args: Any, **options: Any) -> Any:
        own = {"start_new_session": True} if MARK in (options.get("env") or {}) else {}
        return await start(*args, **options | own)

    start_apart.__name__ = _start_apart.__name__
    with suppress(AttributeError):  # a loop that is not Python's own, in a program that is not ours
        setattr(loop, "subprocess_exec", start_apart)  # noqa: B010 - mypy knows no such thing


async def _released(guardian: asyncio.subprocess.Process) -> None:
    if guardian.stdin is not None:
        guardian.stdin.close()
    await guardian.wait()


def main() -> None:
    """Wait until the agent is gone, then end its processes, and remove the folder that was theirs, if there is one."""
    mark, *folders = sys.argv[1:]
    os.read(sys.stdin.fileno(), 1)
    end(MARK, mark)
    for folder in folders:
        for _ in range(_ROUNDS):  # a process that is just dying may still have put something there
            shutil.rmtree(folder, ignore_errors=True)
            if not os.path.exists(folder):
                break
            time.sleep(_PAUSE_S)


if __name__ == "__main__":
    main()
