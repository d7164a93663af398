"""The runs of a directory, those that need a person first."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.strip import Strip
from textual.widgets import Input

from observer.format.units import pluralize
from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_filter import RunFilter
from observer.runs.listing.urgency import by_urgency, describe_counts
from observer.source.find import FIRST_RUN
from observer.source.watcher import Hint, Watcher
from observer.terminal.run_table import table_lines
from observer.terminal.screen import Screen as TerminalScreen
from observer.terminal.theme import Role
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.keys import LEAVING, LIST, MOVING
from observer.terminal.ui.message_bar import MessageBar
from observer.terminal.ui.moving_screen import MovingScreen
from observer.terminal.ui.prompt import Prompt
from observer.terminal.ui.status_bar import StatusBar
from observer.terminal.ui.strips import BLANK, strips_of
from observer.terminal.ui.ui_options import UiOptions

REFRESH_S = 1.0
"""Longest time between two updates: verdicts change even if no file does."""
MIN_REFRESH_S = 0.25
_MAX_TEXT = 200


class _Table:
    """The lines of runs in columns, made once for each width."""

    def __init__(
        self, runs: Sequence[ListedRun], now: float, screen: TerminalScreen, name_of: Callable[[Path], str]
    ) -> None:
        self._runs, self._now, self._screen, self._name_of = runs, now, screen, name_of
        self._width, self._lines = 0, list[str]()

    def line(self, index: int, width: int) -> str:
        """Return the header, which has the index 0, or the line of a run."""
        if width != self._width:
            self._width = width
            screen = self._screen.with_width(lambda: width + 1)
            self._lines = table_lines(self._runs, self._now, screen, name_of=self._name_of)
        return self._lines[index]


class RunItem:
    """A run as an item of a view."""

    def __init__(self, listed: ListedRun, index: int, table: _Table) -> None:
        self.listed, self.place, self._table = listed, index, table

    @property
    def key(self) -> object:
        """The file."""
        return self.listed.path

    def strips(self, width: int) -> Sequence[Strip]:
        """Return the line of the run."""
        return strips_of(self._table.line(self.place + 1, width))


class TableHead(StatusBar):
    """The names of the columns."""

    table: _Table | None = None

    def render_line(self, y: int) -> Strip:
        """Return the line."""
        width = max(1, self.size.width - 2)
        line = strips_of(" " + self.table.line(0, width))[0] if self.table is not None else BLANK
        return line.adjust_cell_length(self.size.width)


class RunsScreen(MovingScreen):
    """Lists runs; Enter opens the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVING, *LIST, *LEAVING]
    AUTO_FOCUS = "#runs"
    CSS = """
    #runs { margin-bottom: 1; }
    """

    def __init__(self, options: UiOptions, selected: Path | None = None) -> None:
        super().__init__()
        self._options, self._selected = options, selected
        self.top, self.bottom = StatusBar(options.screen, id="top"), MessageBar(options.screen, id="bottom")
        self.head, self.list = TableHead(options.screen, id="head"), ItemView(options.screen, id="runs")
        self.prompt = Prompt(self.list, id="prompt")
        self._runs: list[ListedRun] = []
        self._text = ""

    @property
    def active_view(self) -> ItemView:
        """The list."""
        return self.list

    def compose(self) -> ComposeResult:
        """Return the widgets."""
        yield from (self.top, self.head, self.list, self.bottom, self.prompt.line)

    def on_mount(self) -> None:
        """Read the list, and keep it up to date."""
        self.run_worker(self._keep_up(), exit_on_error=True)

    async def _keep_up(self) -> None:
        directory = self._options.directory
        async with Watcher(directories=[directory] if directory.is_dir() else []) as watcher:
            while True:
                if self.is_current:
                    await self._update()
                await _next_change(watcher)

    async def _update(self) -> None:
        try:
            self._runs = await asyncio.to_thread(self._options.list_runs)
        except FileNotFoundError:  # the first run creates it
            self._runs = []
        except OSError as error:
            self.top.show([(Role.BAD, f"cannot list {error.filename} ({error.strerror})")])
            return
        self._show()

    def _show(self) -> None:
        now, screen = time.time(), self.ui.terminal
        wanted = RunFilter(text=self._text)
        runs = by_urgency(wanted.select(self._runs, now), now)
        table = _Table(runs, now, screen, self._options.name_of)
        view, head = self.list, self.head
        view.set_items([RunItem(run, index, table) for index, run in enumerate(runs)])
        if self._selected is not None and view.select_key(self._selected):
            self._selected = None
        head.table = table
        head.refresh()
        if self._runs:
            counts = describe_counts(self._runs, now, screen.glyphs.dot)
            self.top.show([(Role.STRONG, pluralize(len(self._runs), "run")), (Role.PLAIN, counts)])
        else:
            self.top.show([(Role.STRONG, "no runs yet"), (Role.PLAIN, FIRST_RUN)])
        found = [(Role.WARNING, f"{len(runs):,} with {self._text!r}")] if self._text else []
        self.bottom.show([*found, (Role.DIM, "Enter open · / filter · ? keys · q quit")])

    def action_ask(self, purpose: str) -> None:
        """Ask for a text that runs shall have."""
        self.prompt.ask(purpose, "/", "ID or task", value=self._text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Show only runs with the text."""
        self._text = event.value[:_MAX_TEXT]
        self._show()

    def on_item_view_chosen(self) -> None:
        """Open the run that was clicked."""
        self.action_open()

    def action_open(self) -> None:
        """Open the selected run."""
        item = self.active_view.selected_item
        if isinstance(item, RunItem):
            self.ui.open_run(item.listed.path, from_list=True)

    def action_zone(self) -> None:
        """Show times in the other zone."""
        self.ui.swap_zone()
        self._show()

    def action_back(self) -> None:
        """Show all runs again, or leave."""
        if self._text:
            self.action_close()
        else:
            self.ui.leave()

    def action_close(self) -> None:
        """Show all runs again."""
        self._text = ""
        self._show()


async def _next_change(watcher: Watcher) -> None:
    """Wait until a file changes, at least `MIN_REFRESH_S` and at most `REFRESH_S`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + REFRESH_S
    await asyncio.sleep(MIN_REFRESH_S)
    while loop.time() < end:
        if await watcher.wait(quiet_s=REFRESH_S) is Hint.CHANGE:
            return
