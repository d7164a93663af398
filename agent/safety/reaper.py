"""Ends the processes of a run with the run, also when the agent is killed: by a small process that outlives the agent.

Without it, the CLI would continue after `kill -9` of the agent: calling tools and spending money, unrecorded.
Every process of a run carries the run's mark in its environment, even after it left its process group or lost its
parent. The reaper ends all processes with the mark when the agent closes its end of a pipe, as every end of it does.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from agent.safety import reaper_process
from agent.safety.sandbox import remove_placeholders
from agent.shield import run_to_completion

MARK = "RUNTAIL_PROCESSES_OF"
"""The environment variable whose value names the run that a process belongs to."""


@asynccontextmanager
async def process_reaper(project: Path, home: Path | None = None) -> AsyncIterator[dict[str, str]]:
    """Yield the environment variables with which to start the run's processes.

    All processes that carry them are ended when the block is left, and when this process ends in any way; `home`, a
    directory made for them, is removed. When the block is left, the sandbox's leftovers in `project` are removed, too.
    """
    mark = secrets.token_hex(8)
    _detach_marked_processes()
    reaper = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "runtail_cli", reaper_process.__name__, MARK, mark, *([str(home)] if home else []),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that Ctrl-C and a closed terminal do not reach it
    )  # fmt: skip
    try:
        yield {MARK: mark}
    finally:
        await run_to_completion(_release(reaper))
        remove_placeholders(project)


def _detach_marked_processes() -> None:
    """Make this event loop start processes with a run's mark in a session of their own, which Ctrl-C does not reach.

    A terminal sends Ctrl-C to all its foreground processes, and a CLI that receives it drops the tool call that is to
    be finished first. Blocking SIGINT does not help, as the CLI unblocks it.

    The SDK has no option for this, and no smaller seam: its transport calls `anyio.open_process` in the middle of a
    method that also builds the environment and the pipes, and the public `Transport` is an interface whose
    implementation would have to build the CLI's command line. A launcher as `cli_path` that calls setsid and executes
    the CLI costs an executable file, another interpreter start for each session, and a copy of the SDK's private search
    for the bundled CLI, which is skipped when `cli_path` is set.
    """
    loop = asyncio.get_running_loop()
    start_process = loop.subprocess_exec
    if getattr(start_process, "__name__", "") == _detach_marked_processes.__name__:
        return

    async def start_detached(*args: Any, **options: Any) -> Any:
        session = {"start_new_session": True} if MARK in (options.get("env") or {}) else {}
        return await start_process(*args, **options | session)

    start_detached.__name__ = _detach_marked_processes.__name__
    with suppress(AttributeError):  # a loop without attributes of its own, such as uvloop's, in the user's program
        setattr(loop, "subprocess_exec", start_detached)  # noqa: B010 - mypy rejects an assignment to a method


async def _release(reaper: asyncio.subprocess.Process) -> None:
    """Ask the reaper to do its work, and wait until it is done."""
    if reaper.stdin is not None:
        with suppress(ConnectionError):  # it was killed
            reaper.stdin.write(b"\n")
            await reaper.stdin.drain()
        reaper.stdin.close()
    await reaper.wait()
