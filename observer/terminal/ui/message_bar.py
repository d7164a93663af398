"""The line below a view: what the view says of itself, and before that, for a while, a message."""

from typing import Any

from observer.terminal.cells import cell_len
from observer.terminal.ellipsis import ellipsize
from observer.terminal.screen import Screen
from observer.terminal.status_line import Piece, fit_pieces
from observer.terminal.theme import Role
from observer.terminal.ui.status_bar import StatusBar
from observer.terminal.wrap import wrap_words

MESSAGE_S = 6.0
"""Seconds for which a message is shown at least."""
_CHARS_PER_S = 12
"""Characters that are read in a second: a message that has more than fit is shown longer."""


class MessageBar(StatusBar):
    """Shows pieces of text in a line, and before them a message. One that is too long covers the lines above.

    It is on a layer of its own, so that nothing else moves meanwhile.
    """

    DEFAULT_CSS = """
    MessageBar { dock: bottom; layer: above; }
    """

    def __init__(self, screen: Screen, **settings: Any) -> None:
        super().__init__(screen, **settings)
        self._message: Piece | None = None

    def say(self, text: str, role: Role = Role.DIM) -> None:
        """Show a message for a while."""
        self._message = message = (role, text)
        self.set_timer(max(MESSAGE_S, len(text) / _CHARS_PER_S), lambda: self._forget(message))
        self._draw()

    def forget(self) -> None:
        """Remove the message."""
        self._message = None
        self._draw()

    def _forget(self, message: Piece) -> None:
        if self._message is message:
            self.forget()

    def _draw(self) -> None:
        super()._draw()
        if self.styles.height is None or self.styles.height.value != len(self.lines):
            self.styles.height = len(self.lines)

    def _fitted(self, width: int) -> list[str]:
        message, screen = self._message, self.terminal
        if message is None:
            return super()._fitted(width)
        role, text = message[0], screen.clean_line(message[1])
        if cell_len(text) <= width:
            return [fit_pieces([message, *self._pieces], screen, width)]
        lines, most = wrap_words(text, width), max(1, self.app.size.height - 1)
        if len(lines) > most:
            lines = [*lines[: most - 1], ellipsize(" ".join(lines[most - 1 :]), width, screen.glyphs.ellipsis)]
        return [screen.paint(role, line) for line in lines]
