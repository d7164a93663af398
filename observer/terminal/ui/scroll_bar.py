"""The signs of a view: what marks the selected item, and its scroll bar, which is about all there is. Pure."""

from typing import NamedTuple

from observer.terminal.ui.viewport import Viewport


class Signs(NamedTuple):
    """What marks the selected item while the view has the focus and while it has not, and draws the scroll bar."""

    mark: str
    faint_mark: str
    thumb: str
    track: str


SIGNS, ASCII_SIGNS = Signs("▌", "▏", "┃", "│"), Signs(">", ":", "#", "|")


def bar_cells(view: Viewport, loaded: tuple[float, float] | None, signs: Signs, height: int) -> list[str]:
    """Return the cells of the scroll bar, from the top; blank if everything is on the screen.

    `loaded` is the share of all there is before the items, and that of the items; None if these are all.
    """
    before, share = loaded or (0.0, 1.0)
    count = max(1, view.count)
    if loaded is None and view.top == view.line == 0 and view.is_at_end:
        return [" "] * height
    first = min(height - 1, int((before + share * view.top / count) * height))
    end = before + share * min(count, view.top + max(1, view.height // 2)) / count
    last = max(first, min(height - 1, int(end * height)))
    if view.is_at_end and before + share >= 1:
        last = height - 1
    return [signs.thumb if first <= y <= last else signs.track for y in range(height)]
