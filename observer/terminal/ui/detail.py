"""All of one entry: whole inputs and outputs, changes, Markdown, or the lines as they are in the file. Blocking."""

import json
import time
from collections.abc import Sequence
from typing import Any

from textual.strip import Strip

from observer.runs.rows.highlight import highlight_blocks
from observer.runs.rows.row_types import Code
from observer.terminal.row import Row
from observer.terminal.theme import Role
from observer.terminal.ui.block_rows import blocks_as_rows
from observer.terminal.ui.entries import Entry
from observer.terminal.ui.entry_rows import Drawing, head_row, text_rows
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.log_items import LogLook
from observer.terminal.ui.run_file import RunFile

_HIGHLIGHT_S = 0.5
_BLANK = Row(((Role.PLAIN, ""),))


class RowItem:
    """A row as an item of a view: wrapped, or cut, from a column on."""

    def __init__(self, row: Row, place: int, look: LogLook, *, wraps: bool, column: int) -> None:
        self._row, self.place, self._look = row, place, look
        self._wraps, self._column = wraps, column
        self._width, self._strips = 0, list[Strip]()

    @property
    def key(self) -> object:
        """Its number."""
        return self.place

    def strips(self, width: int) -> Sequence[Strip]:
        """Return the lines of the row."""
        if width != self._width:
            self._width = width
            if self._wraps:
                self._strips = self._look.painter.strips([self._row], width)
            else:
                whole = self._look.painter.strips([self._row], 1_000_000)
                self._strips = [strip.crop(self._column, self._column + width) for strip in whole]
        return self._strips


class DetailView(ItemView):
    """Shows all of an entry."""

    def __init__(self, look: LogLook, **settings: Any) -> None:
        super().__init__(look.screen, has_mark=False, **settings)
        self._look = look
        self._rows: list[Row] = []
        self.wraps, self.column = True, 0
        self.is_raw = False

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show rows from their start."""
        self._rows = list(rows)
        self.column = 0
        self.set_items([])
        self._update()
        self.to_start()

    def toggle_wrap(self) -> None:
        """Wrap long lines, or scroll them sideways."""
        self.wraps, self.column = not self.wraps, 0
        self._update()

    def scroll_sideways(self, cells: int) -> None:
        """Move to the right or to the left, if lines are not wrapped."""
        if not self.wraps:
            self.column = max(0, self.column + cells)
            self._update()

    def _update(self) -> None:
        self.set_items([
            RowItem(row, number, self._look, wraps=self.wraps, column=self.column)
            for number, row in enumerate(self._rows)
        ])  # fmt: skip


def detail_rows(file: RunFile, entry: Entry, drawing: Drawing) -> list[Row]:
    """Return all of an entry as rows. Raises UnreadableError."""
    rows = [_place(entry, drawing), _BLANK]
    if entry.kind in {"text", "thinking"}:
        return [*rows, *text_rows(entry.text, Role.PLAIN, drawing)]
    rows.append(head_row(entry, drawing.style))
    deadline = time.monotonic() + _HIGHLIGHT_S
    for part in entry.parts:
        row = file.whole_row(part)
        highlight_blocks(row.blocks, lambda: time.monotonic() > deadline)
        if row.blocks:
            rows += [_BLANK, *blocks_as_rows(row.blocks, drawing.width, drawing.style)]
    return rows


def raw_rows(file: RunFile, entry: Entry, drawing: Drawing) -> list[Row]:
    """Return the lines of an entry as rows: indented, if they are JSON. Raises UnreadableError."""
    rows: list[Row] = []
    for part in entry.parts:
        data = file.line(part).data
        try:
            text = json.dumps(json.loads(data), indent=2, ensure_ascii=False)
        except ValueError:
            text = data.decode("utf-8", "replace")
        blocks = [Code("json", [text])]
        highlight_blocks(blocks, drawing.is_late)
        rows += [*blocks_as_rows(blocks, drawing.width, drawing.style), _BLANK]
    return rows


def _place(entry: Entry, drawing: Drawing) -> Row:
    """Return the line that says which event it is, and when it was."""
    row, zone = entry.row, drawing.style.zone
    number = f"event {row.seq:,}" if row.seq is not None else "line"
    moment = zone.date_time(row.time / 1000) if row.time is not None else ""
    agent = f"subagent {row.agent}" if row.agent else ""
    return Row(((Role.DIM, " · ".join(part for part in (number, moment, row.kind, agent) if part)),))
