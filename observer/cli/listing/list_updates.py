"""Keeps what `observe list` prints up to date."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from observer.cli.listing.list_options import SelectedRuns
from observer.format.sanitize import clean_line
from observer.runs.listing.listed_run import run_json
from observer.source.locate import DisplayNames
from observer.source.watcher import Hint, Watcher
from observer.terminal.output import OutputStream
from observer.terminal.run_table import screen_lines
from observer.terminal.screen import Screen
from observer.terminal.suspend import handle_suspend

REFRESH_S = 1.0
"""Longest time between two updates: ages and verdicts change even if no file does."""
MIN_REFRESH_S = 0.2
"""Shortest time between two updates, no matter how often files change."""


async def keep_updated(
    selected: SelectedRuns, directories: Sequence[Path], out: OutputStream, screen: Screen | None,
    names: DisplayNames, name_of: Callable[[Path], str],
) -> None:  # fmt: skip
    """Print what changes: a table on a terminal, or without `screen` a line of JSON for each run that has changed."""
    _report_missing(directories, names)
    async with Watcher(directories=directories) as watcher:
        if screen is None or not sys.stdout.isatty():
            await _print_changes(selected, watcher, out, names)
        else:
            await _keep_on_screen(selected, watcher, screen, name_of)


def _report_missing(directories: Sequence[Path], names: DisplayNames) -> None:
    """Say on standard error which directories are waited for."""
    for directory in directories:
        if not os.path.lexists(directory):
            sys.stderr.write(f"observe: {clean_line(names(directory))} does not exist yet; waiting for it\n")


async def _print_changes(selected: SelectedRuns, watcher: Watcher, out: OutputStream, names: DisplayNames) -> None:
    """Print a line of JSON for each run whose verdict, progress, cost or tokens has changed."""
    printed: dict[Path, object] = {}
    while True:
        for listed in await asyncio.to_thread(selected.read):
            state = listed.state
            current = (
                listed.status.verdict,
                listed.status.tool,
                listed.status.waiting_for,
                state.passing,
                state.total,
                state.cost_usd,
                state.tokens,
            )
            if printed.get(listed.path) != current:
                printed[listed.path] = current
                out.write(run_json(listed, time.time(), names))
        out.check()
        await _next_update(watcher)


async def _keep_on_screen(
    selected: SelectedRuns, watcher: Watcher, screen: Screen, name_of: Callable[[Path], str]
) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with (
        Live(console=Console(no_color=screen.paint.colorless), screen=True, auto_refresh=False) as live,
        handle_suspend(before=live.stop, after=lambda: live.start(refresh=True)) as hold,
    ):
        while True:
            runs = await asyncio.to_thread(selected.read)
            text = "\n".join(screen_lines(runs, time.time(), screen, live.console.size.height, name_of))
            with hold():
                live.update(Text.from_ansi(text, no_wrap=True), refresh=True)
            await _next_update(watcher)


async def _next_update(watcher: Watcher) -> None:
    """Wait until a file changes, at least `MIN_REFRESH_S` and at most `REFRESH_S`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + REFRESH_S
    await asyncio.sleep(MIN_REFRESH_S)
    while loop.time() < end:
        if await watcher.wait(quiet_s=REFRESH_S) is Hint.CHANGE:
            return
