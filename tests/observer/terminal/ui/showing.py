"""Shows runs with Textual's pilot, without a terminal, for tests."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.color import ColorSystem
from textual.pilot import Pilot
from textual.scroll_view import ScrollView

from observer.format.zone import UTC, Zone
from observer.runs.listing.listing import Listing
from observer.source.locate import run_id
from observer.terminal.screen import Screen
from observer.terminal.ui.app import ObserverApp
from observer.terminal.ui.log_view import LogView
from observer.terminal.ui.run_screen import RunScreen
from observer.terminal.ui.ui_options import UiOptions
from tests.helpers import wait_until_async

SCREEN = Screen(width=lambda: 100, colors=ColorSystem.TRUECOLOR)
PLAIN = Screen(width=lambda: 100)


class Shown:
    """A program that shows runs."""

    def __init__(self, app: ObserverApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    def lines(self, selector: str) -> list[str]:
        """Return the lines of a widget as they are on the screen."""
        view = self.app.screen.query_one(selector, ScrollView)
        return [view.render_line(y).text.rstrip() for y in range(view.size.height)]

    @property
    def log(self) -> list[str]:
        """The lines of the log, without the margin, the scroll bar and blank ones."""
        lines = [line[1:].rstrip("┃│").rstrip() for line in self.lines("#log")]
        return [line for line in lines if line]

    @property
    def view(self) -> LogView:
        """The log."""
        return self.app.screen.query_one("#log", LogView)

    @property
    def top(self) -> str:
        """The line above the log."""
        return self.lines("#top")[0]

    @property
    def bottom(self) -> str:
        """The line below it; a long message has more."""
        return " ".join(self.lines("#bottom"))

    async def press(self, *keys: str) -> None:
        """Press keys, and wait until they are handled."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition."""
        await wait_until_async(lambda: bool(condition()))
        await self.pilot.pause()

    async def is_open(self) -> None:
        """Wait until the log has entries."""
        await self.until(lambda: isinstance(self.app.screen, RunScreen) and self.view.items and self.top)


@asynccontextmanager
async def showing(
    path: Path, *, size: tuple[int, int] = (90, 20), screen: Screen = SCREEN, zone: Zone = UTC, is_open: bool = True,
    **options: Any,
) -> AsyncIterator[Shown]:  # fmt: skip
    """Show a run, which has entries if it `is_open`, or the runs of a directory."""
    directory = path if path.is_dir() else path.parent
    given = {
        "run": None if path.is_dir() else path, "directory": directory, "screen": screen, "other_zone": zone,
        "list_runs": Listing(directory).read, "name_of": run_id, "typed_name": run_id,
    }  # fmt: skip
    app = ObserverApp(UiOptions(**(given | options)))
    async with app.run_test(size=size) as pilot:
        shown = Shown(app, pilot)
        if is_open and not path.is_dir():
            await shown.is_open()
        yield shown
