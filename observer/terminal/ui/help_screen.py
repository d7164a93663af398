"""The keys of the full-screen view."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from observer.terminal.row import Row
from observer.terminal.theme import Role
from observer.terminal.ui.detail import RowItem
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.keys import LEAVING, LIST, LOG, MOVING
from observer.terminal.ui.log_items import LogLook
from observer.terminal.ui.moving_screen import MovingScreen

_KEY_CELLS = 20
_NAMES = {
    "slash": "/", "colon": ":", "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]",
    "pagedown": "PgDn", "pageup": "PgUp", "down": "↓", "up": "↑", "left": "←", "right": "→", "home": "Home",
    "end": "End", "enter": "Enter", "tab": "Tab", "escape": "Esc", "space": "Space",
}  # fmt: skip
_SECTIONS = (("Moving", MOVING), ("A run", LOG), ("The list of runs", LIST), ("Everywhere", LEAVING))


class HelpScreen(MovingScreen):
    """Lists the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *MOVING, Binding("q,escape,question_mark", "back", "Back", priority=True),
        Binding("ctrl+c", "quit", "Quit", priority=True),
    ]  # fmt: skip
    AUTO_FOCUS = "#keys"

    @property
    def active_view(self) -> ItemView:
        """The list of keys."""
        return self.query_one("#keys", ItemView)

    def compose(self) -> ComposeResult:
        """Return the widgets."""
        yield ItemView(self.ui.terminal, has_mark=False, id="keys")

    def on_mount(self) -> None:
        """Show the keys."""
        look = LogLook(self.ui.terminal)
        rows = help_rows(ascii_only=not self.ui.terminal.can_show("↓"))
        self.active_view.set_items([RowItem(row, at, look, wraps=True, column=0) for at, row in enumerate(rows)])

    def action_open(self) -> None:
        """Go back."""
        self.action_back()

    def action_back(self) -> None:
        """Go back."""
        self.app.pop_screen()


def help_rows(*, ascii_only: bool = False) -> Sequence[Row]:
    """Return a row for each key, in sections."""
    rows: list[Row] = []
    for title, bindings in _SECTIONS:
        rows.append(Row(((Role.HEADING, title),)))
        for binding in bindings:
            keys = " ".join(_name(key, ascii_only=ascii_only) for key in binding.key.split(","))
            rows.append(
                Row(((Role.TOOL, f"  {keys:<{_KEY_CELLS - 2}}"), (Role.PLAIN, binding.description)), _KEY_CELLS)
            )
        rows.append(Row(((Role.PLAIN, ""),)))
    return rows


def _name(key: str, *, ascii_only: bool) -> str:
    if key.startswith("ctrl+"):
        return f"Ctrl-{key.removeprefix('ctrl+').upper()}"
    name = _NAMES.get(key, key)
    return name if name.isascii() or not ascii_only else key.capitalize()
