"""The log of a run: the entries around a place, loaded as the user moves; at the end it follows the run."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from msgspec.structs import replace
from textual.message import Message
from textual.timer import Timer

from observer.errors import UnreadableError, UsageError
from observer.format.line import Line, Oversize
from observer.runs.filters.filter import LIVENESS_TYPES, Filter
from observer.source.seek import StartPosition
from observer.terminal.ui.entries import Entry, LoadedRow
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.log_items import LogItem, LogItems, LogLook
from observer.terminal.ui.log_window import LogWindow
from observer.terminal.ui.run_file import RunFile

REPAINT_S = 0.3
"""Least time between two repaints while the run goes on."""
BYTES_PER_S = 16_000
"""Bytes a second that may be sent to the terminal while the run is followed; more take longer."""
_FEW_ROWS = 20
"""The last rows of a page, in one of which the number of the last event is."""
NEAR_EDGE = 150
"""Items from an end of what is loaded at which more is."""

T = TypeVar("T")


class LogView(ItemView):
    """Shows the entries of a run."""

    class Changed(Message):
        """The mode or the number of new events has changed."""

    class Failed(Message):
        """The lines cannot be filtered; `words` say why."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def __init__(self, look: LogLook, choice: Filter, **settings: Any) -> None:
        super().__init__(look.screen, keeps_mark=True, **settings)
        self.look = look
        self.file: RunFile | None = None
        self.follows = True
        self.new_events = 0
        self.last_seq: int | None = None
        self.hidden_types = set(LIVENESS_TYPES)
        self.solo: str | None = None
        self._choice = choice
        self._window = LogWindow()
        self._items = LogItems(look)
        self._loading: set[str] = set()
        self._next_repaint = 0.0
        self._repaint_timer: Timer | None = None

    @property
    def entry(self) -> Entry | None:
        """The selected entry."""
        item = self.selected_item
        return item.entry if isinstance(item, LogItem) else None

    @property
    def choice(self) -> Filter:
        """The filter with all that is hidden."""
        return replace(
            self._choice, exclude=self._choice.exclude | (self.hidden_types - self._choice.types),
            agent=self.solo or self._choice.agent,
        )  # fmt: skip

    async def open(self, file: RunFile, position: StartPosition | None = None) -> None:
        """Show a file from a position on; from its end, and follow it, if there is none."""
        self.file, file.choice = file, self.choice
        self._items = LogItems(self.look)  # an entry of another file may have the key of one of this
        self.new_events, self.last_seq = 0, None
        if position is None:
            await self.go_to_end()
        else:
            await self._go_to_position(file, position)

    async def go_to_end(self) -> None:
        """Show the end of the run and follow it."""
        if (file := self.file) is None:
            return
        page = await self._load(lambda: file.before(file.end))
        if page is None:
            return
        self._window.reset(page)
        self.follows, self.new_events = True, 0
        self._note_last(page.rows)
        self._show()
        self._spend(self.follow_end())
        self.load_near()
        self.post_message(self.Changed())

    async def go_to(self, offset: int) -> None:
        """Show the lines around an offset, and select the entry there."""
        if (file := self.file) is None:
            return
        self.pause()
        if not self._window.holds(offset) or not self.items:
            pages = await self._load(lambda: (file.before(offset), file.after(offset)))
            if pages is None:
                return
            self._window.reset(*pages)
        self._show()
        self.select_offset(offset)
        self.load_near()
        self.post_message(self.Changed())

    async def go_to_start(self) -> None:
        """Show the start of the run."""
        await self.go_to(0)
        self.to_start()

    def select_offset(self, offset: int) -> None:
        """Select the entry that has the line at an offset, or else the next one."""
        index = next(
            (index for index, item in enumerate(self.items)
             if isinstance(item, LogItem) and any(part.begin == offset for part in item.entry.parts)),
            None,
        )  # fmt: skip
        if index is None:
            index = next((index for index, item in enumerate(self.items) if item.place >= offset), len(self.items) - 1)
        self.select(index, centered=True)

    async def _go_to_position(self, file: RunFile, position: StartPosition) -> None:
        offset = await self._load(lambda: file.offset_of(position))
        if offset is not None:
            await self.go_to(offset)

    async def reload(self) -> None:
        """Show the same place with another filter."""
        if (file := self.file) is None:
            return
        file.choice = self.choice
        if self.follows:
            await self.go_to_end()
            return
        offset = self.entry.begin if self.entry is not None else 0
        self._window = LogWindow()
        self._window.last = -1
        await self.go_to(offset)

    def pause(self) -> None:
        """Stop following: nothing moves, and new events are counted."""
        if self.follows:
            self.follows = False
            self.post_message(self.Changed())

    def redraw(self) -> None:
        """Draw all entries again."""
        self.set_items(self._items.of(self._window.entries))
        if self.follows:
            self.follow_end()

    def has_grown(self, end: int, events: int) -> None:
        """Take note that the file ends at an offset now, with so many new events."""
        if self.file is None:
            return
        self.file.end = max(self.file.end, end)
        if not self.follows:
            self.new_events += events
        is_shown = events or not self.hidden_types >= LIVENESS_TYPES
        if self._repaint_timer is None and is_shown:
            self._repaint_timer = self.set_timer(max(0.01, self._next_repaint - time.monotonic()), self._show_new)

    def show_partial(self, line: Line | Oversize) -> None:
        """Show a last line whose newline will never come, until something follows it."""
        if self.file is not None:
            self.run_worker(self._show_partial(self.file, line), exit_on_error=True)

    async def _show_partial(self, file: RunFile, line: Line | Oversize) -> None:
        rows = await self._load(lambda: file.partial_rows(line))
        if rows is not None and self._window.last >= file.end:
            self._window.set_partial(rows)
            self._note_last(rows)
            self._show()
            if self.follows:
                self.follow_end()

    @property
    def is_busy(self) -> bool:
        """Whether it will be drawn again in a moment."""
        return self._repaint_timer is not None

    async def _show_new(self) -> None:
        """Show what was appended; while paused, only how much that is."""
        self._repaint_timer = None
        file, last = self.file, self._window.last
        if not self.follows:
            self._spend(0)
            self.post_message(self.Changed())
        if file is None or not self.follows:
            return
        page = await self._load(lambda: file.after(last))
        if page is None or not self.follows or self._window.last != last:
            return
        self._window.extend_after(page.rows, page.last)
        self._note_last(page.rows)
        self._show(extends="none")
        self._spend(self.follow_end())
        if page.last < file.end:
            self.has_grown(file.end, 0)
        self.post_message(self.Changed())

    def _spend(self, cost: int) -> None:
        """Put off the next repaint until the terminal can have taken this one."""
        self._next_repaint = time.monotonic() + max(REPAINT_S, cost / BYTES_PER_S)

    def _note_last(self, rows: list[LoadedRow]) -> None:
        known = [self.last_seq or 0, *(part.row.seq for part in rows[-_FEW_ROWS:] if part.row.seq is not None)]
        self.last_seq = max(known) or None

    def load_near(self) -> None:
        """Load more if the screen is near an end of what is loaded."""
        if (file := self.file) is None:
            return
        if self.view.top < NEAR_EDGE and self._window.first > 0:
            self._start_loading("before", file)
        if (
            not self.follows
            and self.view.top + self.view.height > len(self.items) - NEAR_EDGE
            and self._window.last < file.end
        ):
            self._start_loading("after", file)

    def _start_loading(self, side: str, file: RunFile) -> None:
        if side not in self._loading:
            self._loading.add(side)
            self.run_worker(self._extend(side, file), exit_on_error=True)

    async def _extend(self, side: str, file: RunFile) -> None:
        window = self._window
        edge = window.first if side == "before" else window.last
        try:
            page = await self._load(lambda: (file.before if side == "before" else file.after)(edge))
        finally:
            self._loading.discard(side)
        if page is None or window is not self._window:
            return
        if side == "before" and window.first == edge:
            window.extend_before(page)
            self._show(extends="start")
        elif side == "after" and window.last == edge and not self.follows:
            window.extend_after(page.rows, page.last)
            if page.last >= file.end:
                self.new_events = 0
            self._note_last(page.rows)
            self._show()
            self.post_message(self.Changed())
        else:
            return
        if len(self.items) < self.view.height:
            self.load_near()

    def _show(self, *, extends: str = "end") -> None:
        if self.file is not None:
            end = max(1, self.file.end)
            first, last = self._window.first, self._window.last
            self.bar = first / end, (last - first) / end
        items = self._items.of(self._window.entries)
        self.set_items(items, extends=extends, repaints=extends != "none")

    async def _load(self, load: Callable[[], T]) -> T | None:
        """Return what is loaded in a thread; None if it cannot be, or the file is another one by now."""
        file = self.file
        try:
            result = await asyncio.to_thread(load)
        except UnreadableError:  # the file is gone: a notice says so
            return None
        except UsageError as error:  # --where takes too long for a line
            self.post_message(self.Failed(str(error)))
            return None
        return result if file is self.file else None
