"""A widget that scrolls through items of any height, one of which is selected; only what is on the screen is drawn."""

from collections.abc import Sequence
from typing import Any, Protocol, Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from observer.terminal.screen import Screen as Terminal
from observer.terminal.ui.scroll_bar import ASCII_SIGNS, SIGNS, bar_cells
from observer.terminal.ui.strips import BLANK
from observer.terminal.ui.viewport import Viewport

MARGIN = 1
"""Cells before each line, where the selected item is marked."""
_BAR = 1
"""Cells of the scroll bar."""
_WHEEL_LINES = 3
_STYLE_BYTES = 25
"""Bytes of the sequences around a text in a colour."""


_MARKED = Style(bold=True)


class Item(Protocol):
    """Something that takes one or more lines; items with the same `key` are the same, `place` grows with them."""

    @property
    def key(self) -> object:
        """Identifies the item."""
        ...

    @property
    def place(self) -> int:
        """Its position among all items, also those that are not there now."""
        ...

    def strips(self, width: int) -> Sequence[Strip]:
        """Return its lines, at least one."""
        ...


class ItemView(ScrollView, can_focus=True):
    """Shows items; keys of the screen move in it."""

    DEFAULT_CSS = """
    ItemView { overflow: hidden hidden; scrollbar-size: 0 0; }
    """

    class Moved(Message):
        """The user has moved: something else is selected, or on the screen."""

        def __init__(self, view: "ItemView", *, up: bool) -> None:
            super().__init__()
            self.view, self.up = view, up

        @property
        def control(self) -> "ItemView":
            """The view."""
            return self.view

    class Chosen(Message):
        """The user has clicked on the selected item."""

        def __init__(self, view: "ItemView") -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> "ItemView":
            """The view."""
            return self.view

    def __init__(
        self,
        terminal: Terminal,
        *,
        has_mark: bool = True,
        keeps_mark: bool = False,
        has_bar: bool = True,
        **settings: Any,
    ) -> None:  # fmt: skip
        """Show nothing yet. With `keeps_mark` the selected item is marked also while the focus is elsewhere."""
        super().__init__(**settings)
        self.items: Sequence[Item] = ()
        self.selected = 0
        self.bar: tuple[float, float] | None = None
        """The share of all there is before the items, and that of the items; None if these are all."""
        self.view = Viewport(lambda index: max(1, len(self.items[index].strips(self.text_width))))
        self._signs = SIGNS if terminal.can_show(SIGNS.mark) else ASCII_SIGNS
        self._has_mark, self._keeps_mark, self._has_bar = has_mark, keeps_mark, has_bar
        self._top_height = 0
        """The lines of the item at the top of the screen when it was drawn: it may have more by now."""
        self._was_at_end = True
        """Whether its last line was on the screen when it was drawn: at another width, items have other heights."""
        self._shown: list[Strip] = []
        self._bar_shown: list[str] = []

    @property
    def text_width(self) -> int:
        """The cells of a line of an item."""
        return max(1, self.size.width - MARGIN - (_BAR if self._has_bar else 0))

    @property
    def selected_item(self) -> Item | None:
        """The selected item, None if there is none."""
        return self.items[self.selected] if 0 <= self.selected < len(self.items) else None

    def set_items(self, items: Sequence[Item], *, extends: str = "end", repaints: bool = True) -> None:
        """Show other items, with the same ones in the same place.

        An item that has become higher has done so at the end, or at the start if that is what `extends`.
        """
        top, selected = self._at(self.view.top), self.selected_item
        before = self.items
        self.items, self.view.count = items, len(items)
        if top is not None and items is not before:
            self.view.top = self._index_of(top)
            same = self._at(self.view.top)
            if same is not None and same.key == top.key and extends == "start":
                self.view.line += len(same.strips(self.text_width)) - self._top_height
        if selected is not None:
            self.selected = self._index_of(selected)
        self.view.clamp()
        self.selected = max(0, min(self.selected, len(items) - 1))
        if repaints:
            self.repaint()

    def select(self, index: int, *, centered: bool = False) -> None:
        """Select an item and have it on the screen."""
        self.selected = max(0, min(index, len(self.items) - 1))
        if self.items:
            if centered:
                self.view.center(self.selected)
            else:
                self.view.show(self.selected)
        self.repaint()

    def select_key(self, key: object, *, centered: bool = False) -> bool:
        """Select the item with a key; return whether there is one."""
        index = next((index for index, item in enumerate(self.items) if item.key == key), None)
        if index is not None:
            self.select(index, centered=centered)
        return index is not None

    def follow_end(self) -> int:
        """Select the last item and have its end on the screen; return the cost of it in bytes, roughly."""
        self.selected = max(0, len(self.items) - 1)
        self.view.to_end()
        return self.repaint()

    def step(self, count: int) -> None:
        """Select the next or previous item; within one that is higher than the screen, scroll a line."""
        if not self.items:
            return
        height = self.view.height
        shown = self.view.lines()
        last = shown[-1] if shown else (0, 0)
        if count > 0 and last[0] == self.selected and last[1] < len(self.items[last[0]].strips(self.text_width)) - 1:
            self.view.scroll(min(count, height))
        elif count < 0 and (self.view.top, self.view.line) > (self.selected, 0) and self.view.top == self.selected:
            self.view.scroll(max(count, -height))
        else:
            self.select(self.selected + count)
        self._moved(up=count < 0)

    def page(self, pages: float) -> None:
        """Scroll by a part of a screen, and take the selection along."""
        self.scroll_lines(round(pages * self.view.height) or (1 if pages > 0 else -1))

    def scroll_lines(self, lines: int) -> None:
        """Scroll, and select an item on the screen."""
        at = self.view.top, self.view.line
        self.view.scroll(lines)
        shown = [item for item, _ in self.view.lines()] or [0]
        if (self.view.top, self.view.line) == at:  # nothing to scroll: go to the end itself
            self.selected = shown[-1] if lines > 0 else shown[0]
        self.selected = max(shown[0], min(self.selected, shown[-1]))
        self.repaint()
        self._moved(up=lines < 0)

    def to_start(self) -> None:
        """Select the first item."""
        self.selected = 0
        self.view.to_start()
        self.repaint()
        self._moved(up=True)

    def repaint(self) -> int:
        """Draw the lines that have changed, and the cells of the scroll bar; return about how many bytes that takes."""
        shown, top = self._strips(), self._at(self.view.top)
        self._top_height = 0 if top is None else len(top.strips(self.text_width))
        self._was_at_end = self.view.is_at_end
        bar = bar_cells(self.view, self.bar, self._signs, len(shown))
        before, bar_before = self._shown, self._bar_shown
        self._shown, self._bar_shown = shown, bar
        width = self.size.width
        changed = [y for y in range(len(shown)) if y >= len(before) or shown[y] != before[y]]
        moved = [y for y in range(len(bar)) if y >= len(bar_before) or bar[y] != bar_before[y]]
        regions = [Region(0, y, width, 1) for y in changed]
        if self._has_bar:
            regions += [Region(width - _BAR, y, _BAR, 1) for y in moved]
        if regions:
            self.refresh(*regions)
        return sum(_cost(shown[y], width) for y in changed)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw some regions; of the whole only what has changed, as when the focus comes or goes."""
        if regions or layout or recompose or not self.is_attached:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        self.repaint()
        return self

    def render_line(self, y: int) -> Strip:
        """Return a line of the widget."""
        width = self.size.width
        if y >= len(self._shown):
            return Strip.blank(width)
        body = width - (_BAR if self._has_bar else 0)
        if not self._has_bar or body < 1:
            return self._shown[y].adjust_cell_length(width)
        return Strip.join([self._shown[y].adjust_cell_length(body), Strip([Segment(self._bar_shown[y])])])

    def invalidate(self) -> None:
        """Draw everything again: the items have changed in themselves."""
        self.view.clamp()
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Keep what is at the top of the screen there, or what is at the bottom if that is the end."""
        self.view.height = max(1, event.size.height)
        if self._was_at_end:
            self.view.to_end()
        else:
            self.view.clamp()
        self._shown, self._bar_shown = [], []
        self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.scroll_lines(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.scroll_lines(-_WHEEL_LINES)

    def on_click(self, event: events.Click) -> None:
        """Select what was clicked; choose it if it is selected already."""
        lines = self.view.lines()
        if event.y < len(lines):
            item = lines[event.y][0]
            if item == self.selected:
                self.post_message(self.Chosen(self))
            else:
                self.select(item)
                self._moved(up=item < len(self.items) - 1)

    def _moved(self, *, up: bool) -> None:
        self.post_message(self.Moved(self, up=up))

    def _at(self, index: int) -> Item | None:
        return self.items[index] if 0 <= index < len(self.items) else None

    def _index_of(self, item: Item) -> int:
        """Return the index of an item, or of the one that has its place now."""
        for index, other in enumerate(self.items):
            if other.key == item.key:
                return index
        return next((index for index, other in enumerate(self.items) if other.place >= item.place), len(self.items) - 1)

    def _strips(self) -> list[Strip]:
        """Return all lines of the widget."""
        lines = self.view.lines() if self.items else []
        shown: list[Strip] = []
        for item, line in lines:
            strips = self.items[item].strips(self.text_width)
            text = strips[line] if line < len(strips) else BLANK
            is_marked = item == self.selected and self._has_mark and (line > 0 or text is not BLANK)
            shown.append(Strip.join([Strip([self._margin(is_marked=is_marked)]), text]))
        return shown + [BLANK] * (self.view.height - len(shown))

    def _margin(self, *, is_marked: bool) -> Segment:
        if is_marked and self.has_focus_within:
            return Segment(self._signs.mark, _MARKED)
        return Segment(self._signs.faint_mark if is_marked and self._keeps_mark else " ")


def _cost(strip: Strip, width: int) -> int:
    """Return about how many bytes a line takes: its text, filled up with blanks, colours, and the way to it."""
    text = sum(len(text.encode("utf-8", "replace")) + (_STYLE_BYTES if style else 0) for text, style, _ in strip)
    return text + max(0, width - strip.cell_length) + _STYLE_BYTES
