"""`observe list` as a function: the table of runs, once or kept up to date."""

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from observer.errors import UnreadableError
from observer.format.sanitize import clean_line
from observer.runs.listing import ListedRun, Listing
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.watcher import Hint, Watcher
from observer.terminal.output import OutputStream
from observer.terminal.run_table import as_json as line_of
from observer.terminal.run_table import rows
from observer.terminal.screen import Screen, detect_screen
from observer.terminal.suspend import handle_suspend
from observer.terminal.theme import load_theme

AGAIN_S = 1.0
"""Times and verdicts change although no file does."""
LEAST_S = 0.2
"""However often files change, the table is made no more often."""


def overview(
    folder: Path, *, most: int | None, watch: bool, as_json: bool, stall_after_s: float, content: bool = True,
    theme: str | Mapping[str, str] = "default", display_names: DisplayNames = PATH_NAMES,
) -> int:  # fmt: skip
    """Print the runs of `folder`, at most `most`; with `watch` until somebody ends it. Returns the exit code.

    Without `content` nobody says what they are about. Raises UnreadableError, and UsageError of an unknown theme.
    """
    screen = detect_screen(sys.stdout, load_theme(theme))
    listing = Listing(folder, stall_after_s=stall_after_s, content=content)
    out = OutputStream(sys.stdout.fileno())
    try:
        if watch:
            asyncio.run(_watch(listing, folder, out, most, None if as_json else screen, display_names))
        elif as_json:
            out.write(b"".join(line_of(listed, time.time(), display_names) for listed in listing.look(most)))
        else:
            _print(listing.look(most), display_names(folder), out, screen)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            return 0
        raise UnreadableError(
            f"{display_names(folder)} cannot be listed ({error.strerror}); name the folder of the runs"
        ) from None
    return 0


def _print(runs: list[ListedRun], folder: str, out: OutputStream, screen: Screen) -> None:
    if not runs:
        sys.stderr.write(f"observe: no runs in {clean_line(folder)}\n")
        return
    lines = rows(runs, time.time(), screen)
    out.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))


async def _watch(
    listing: Listing, folder: Path, out: OutputStream, most: int | None, screen: Screen | None, names: DisplayNames
) -> None:
    async with Watcher(folders=[folder]) as wake:
        if screen is None or not sys.stdout.isatty():
            await _print_changes(listing, wake, out, most, names)
        else:
            await _keep_on_screen(listing, wake, most, screen)


async def _print_changes(
    listing: Listing, wake: Watcher, out: OutputStream, most: int | None, names: DisplayNames
) -> None:
    """Print a line of JSON for each run whose verdict, progress or cost has changed."""
    told: dict[Path, object] = {}
    while True:
        for listed in await asyncio.to_thread(listing.look, most):
            state = listed.state
            now = (listed.standing.verdict, listed.standing.tool, state.passing, state.total, state.cost_usd)
            if told.get(listed.path) != now:
                told[listed.path] = now
                out.write(line_of(listed, time.time(), names))
        out.check()
        await _next(wake)


async def _keep_on_screen(listing: Listing, wake: Watcher, most: int | None, screen: Screen) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with (
        Live(console=Console(), screen=True, auto_refresh=False) as live,
        handle_suspend(before=live.stop, after=lambda: live.start(refresh=True)),
    ):
        while True:
            runs = await asyncio.to_thread(listing.look, most)
            text = "\n".join(rows(runs, time.time(), screen, live.console.size.height))
            live.update(Text.from_ansi(text, no_wrap=True), refresh=True)
            await _next(wake)


async def _next(wake: Watcher) -> None:
    """Wait until a file changes, but no less than a moment and no longer than a second."""
    loop = asyncio.get_running_loop()
    end = loop.time() + AGAIN_S
    await asyncio.sleep(LEAST_S)
    while loop.time() < end:
        if await wake.wait(quiet_s=AGAIN_S) is Hint.CHANGE:
            return
