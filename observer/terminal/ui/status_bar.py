"""A line of a screen whose parts are left out from the right where there is no room for them."""

from collections.abc import Sequence
from typing import Any

from textual.scroll_view import ScrollView
from textual.strip import Strip

from observer.terminal.screen import Screen
from observer.terminal.status_line import fit_pieces
from observer.terminal.theme import Role
from observer.terminal.ui.strips import strips_of


class StatusBar(ScrollView):
    """Shows pieces of text, the most important ones first."""

    DEFAULT_CSS = """
    StatusBar { height: 1; overflow: hidden hidden; scrollbar-size: 0 0; }
    """

    def __init__(self, screen: Screen, **settings: Any) -> None:
        super().__init__(**settings)
        self.terminal = screen
        self._pieces: list[tuple[Role, str]] = []
        self.text = ""

    def show(self, pieces: Sequence[tuple[Role, str]]) -> None:
        """Show other pieces."""
        self._pieces = list(pieces)
        text = fit_pieces(self._pieces, self.terminal, max(1, self.size.width))
        if text != self.text:
            self.text = text
            self.refresh()

    def on_resize(self) -> None:
        """Show what there is room for now."""
        self.show(self._pieces)

    def render_line(self, y: int) -> Strip:
        """Return the line."""
        strip = strips_of(self.text)[0] if y == 0 and self.text else Strip([])
        return strip.adjust_cell_length(self.size.width)
