"""A line of a screen whose parts are left out from the right where there is no room for them."""

from collections.abc import Sequence
from typing import Any

from textual.scroll_view import ScrollView
from textual.strip import Strip

from observer.terminal.screen import Screen
from observer.terminal.status_line import Piece, fit_pieces
from observer.terminal.ui.strips import strips_of


class StatusBar(ScrollView):
    """Shows pieces of text in a line, the most important ones first."""

    DEFAULT_CSS = """
    StatusBar { height: 1; overflow: hidden hidden; scrollbar-size: 0 0; }
    """

    def __init__(self, screen: Screen, **settings: Any) -> None:
        super().__init__(**settings)
        self.terminal = screen
        self._pieces: list[Piece] = []
        self.lines: list[str] = [""]

    def show(self, pieces: Sequence[Piece]) -> None:
        """Show other pieces."""
        self._pieces = list(pieces)
        self._draw()

    def on_resize(self) -> None:
        """Show what there is room for now."""
        self._draw()

    def render_line(self, y: int) -> Strip:
        """Return a line."""
        text = self.lines[y] if y < len(self.lines) else ""
        strip = strips_of(text)[0] if text else Strip([])
        return strip.adjust_cell_length(self.size.width)

    def _draw(self) -> None:
        lines = self._fitted(max(1, self.size.width))
        if lines != self.lines:
            self.lines = lines
            self.refresh()

    def _fitted(self, width: int) -> list[str]:
        return [fit_pieces(self._pieces, self.terminal, width)]
