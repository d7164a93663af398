"""The entries of a log as items of a view: which of them are open, and how they look."""

import time
from collections.abc import Sequence

from msgspec.structs import replace
from textual.strip import Strip

from observer.format.zone import Zone
from observer.runs.filters.pattern import Pattern
from observer.terminal.row import Row
from observer.terminal.row_lines import MAX_LINE_WIDTH
from observer.terminal.screen import Screen
from observer.terminal.theme import GUTTERS, Role
from observer.terminal.ui.entries import Entry, Key
from observer.terminal.ui.entry_rows import Drawing, entry_rows
from observer.terminal.ui.strips import BLANK, StripPainter, with_hits

_HIGHLIGHT_S = 0.05
"""Seconds in which the code of one entry is highlighted."""
_SPACED = frozenset({"text", "prompt", "session_start", "complete"})
"""Kinds of entries that blank lines separate from others."""
_MIN_TEXT = 24
"""Cells that are left to the text of an entry that ends with a time."""


class LogLook:
    """How the entries of a log look: what is folded, wrapped, and in which zone times are."""

    def __init__(self, screen: Screen) -> None:
        self.painter = StripPainter(screen)
        self.shows_outputs = False
        self.wraps = True
        self.names: dict[str, str] = {}
        """What subagents are called, by the call that started them."""
        self.pattern: Pattern | None = None
        """What is searched for."""
        self.generation = 0
        """Grows whenever all entries have to be drawn again."""
        self._open: dict[Key, bool] = {}
        self._all_open: bool | None = None
        self._gutters: dict[str, Role] = {}

    @property
    def screen(self) -> Screen:
        """The screen, which knows the zone."""
        return self.painter.screen

    def use_zone(self, zone: Zone) -> None:
        """Show times in another zone."""
        screen = self.screen.with_zone(zone)
        self.painter = StripPainter(screen)
        self.generation += 1

    def mark_hits(self, pattern: Pattern | None) -> None:
        """Show where a pattern matches."""
        self.pattern = pattern
        self.generation += 1

    def is_open(self, entry: Entry) -> bool:
        """Return whether all lines of an entry are shown."""
        if (chosen := self._open.get(entry.key)) is not None:
            return chosen
        if entry.kind == "text":
            return True
        if self._all_open is not None:
            return self._all_open
        if entry.kind == "call":
            return self.shows_outputs or entry.is_trouble
        return entry.kind != "thinking" and not entry.row.quiet

    def fold(self, entry: Entry, *, is_open: bool) -> None:
        """Show all lines of an entry, or only the first one."""
        self._open[entry.key] = is_open

    def fold_all(self, *, is_open: bool) -> None:
        """Show all lines of all entries, or only the first ones of all but texts."""
        self._open.clear()
        self._all_open = is_open
        self.generation += 1

    def toggle_outputs(self) -> None:
        """Show what tools printed, or not."""
        self.shows_outputs, self._all_open = not self.shows_outputs, None
        self._open.clear()
        self.generation += 1

    def toggle_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.wraps = not self.wraps
        self.generation += 1

    def drawing(self, width: int) -> Drawing:
        """Return how an entry is drawn on so many cells, from now on within the time for its code."""
        deadline = time.monotonic() + _HIGHLIGHT_S
        return Drawing(
            min(width, MAX_LINE_WIDTH), self.screen.glyphs, draws_markdown=self.screen.draws_markdown,
            is_late=lambda: time.monotonic() > deadline,
        )  # fmt: skip

    def gutter(self, agent: str | None) -> tuple[str, int]:
        """Return what stands before the lines of an agent, and how many cells it takes."""
        if agent is None:
            return "", 0
        role = self._gutters.setdefault(agent, GUTTERS[len(self._gutters) % len(GUTTERS)])
        return self.screen.paint(role, self.screen.glyphs.gutter) + " ", 2

    def label(self, agent: str) -> Row:
        """Return the line that names an agent."""
        name = self.names.get(agent) or "subagent"
        return Row(((Role.LABEL, f"{self.screen.glyphs.arrow} {name}"),), truncate=True)


class LogItem:
    """An entry as an item; its lines are kept until the entry or the look changes."""

    def __init__(self, entry: Entry, look: LogLook) -> None:
        self.entry, self._look = entry, look
        self._state: tuple[object, ...] = ()
        self._strips: Sequence[Strip] = ()

    @property
    def key(self) -> Key:
        """The key of the entry."""
        return self.entry.key

    @property
    def place(self) -> int:
        """The offset of the entry."""
        return self.entry.begin

    def strips(self, width: int) -> Sequence[Strip]:
        """Return the lines of the entry."""
        entry, look = self.entry, self._look
        is_open = look.is_open(entry)
        state = width, len(entry.parts), entry.begin, entry.is_labeled, entry.is_spaced, is_open, look.generation
        if state != self._state:
            self._state, self._strips = state, self._drawn(width, is_open=is_open)
        return self._strips

    def _drawn(self, width: int, *, is_open: bool) -> Sequence[Strip]:
        look, agent = self._look, self.entry.row.agent
        gutter, cells = look.gutter(agent)
        if width - cells < _MIN_TEXT:
            gutter, cells = "", 0
        rows = entry_rows(self.entry, look.drawing(min(width, MAX_LINE_WIDTH) - cells), is_open=is_open)
        if agent is not None and self.entry.is_labeled:
            rows = [look.label(agent), *rows]
        if not look.wraps:
            rows = [replace(row, truncate=True) for row in rows]
        strips = look.painter.strips(rows, width, gutter=gutter, cells=cells, time=self._time())
        if look.pattern is not None:
            strips = [with_hits(strip, look.pattern) for strip in strips]
        return [BLANK, *strips] if self.entry.is_spaced else strips

    def _time(self) -> str:
        milliseconds = self.entry.row.time
        return "" if milliseconds is None else self._look.screen.zone.clock(milliseconds / 1000)


class LogItems:
    """Makes the items of entries, each one once."""

    def __init__(self, look: LogLook) -> None:
        self._look = look
        self._items: dict[Key, LogItem] = {}

    def of(self, entries: Sequence[Entry]) -> list[LogItem]:
        """Return the items of entries, of which each knows whether it has to name its agent."""
        items: list[LogItem] = []
        above: Entry | None = None
        for entry in entries:
            agent = entry.row.agent
            entry.is_labeled = agent is not None and (above is None or above.row.agent != agent)
            entry.is_spaced = above is not None and not _SPACED.isdisjoint((entry.kind, above.kind))
            above = entry
            item = self._items.get(entry.key)
            if item is None:
                item = LogItem(entry, self._look)
            item.entry = entry
            items.append(item)
        self._items = {item.key: item for item in items}
        return items
