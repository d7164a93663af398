"""The line in which a search or a place is typed."""

import asyncio
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input


class Prompt(Input):
    """Asks for a text, which the screen takes as `purpose` says; then the focus is back in the `view`.

    It covers another line, so that nothing else moves.
    """

    DEFAULT_CSS = """
    Prompt, Prompt:focus { height: 1; border: none; padding: 0; display: none; background: ansi_default; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Give up", priority=True),
        Binding("enter", "submit", "Take", priority=True),
    ]

    def __init__(self, view: Widget, covered: Widget, **settings: Any) -> None:
        super().__init__(**settings)
        self._view, self._covered = view, covered
        self.purpose = ""
        self._typed: dict[str, str] = {}

    def ask(self, purpose: str, hint: str, *, value: str | None = None) -> None:
        """Show the line, with what was typed for the same purpose last."""
        self.purpose, self.placeholder = purpose, hint
        self.value = self._typed.get(purpose, "") if value is None else value
        self.display, self._covered.display = True, False
        self.screen.set_focus(self)  # at once: the next key is meant for it
        self.action_select_all()

    async def action_submit(self) -> None:
        """Pass what was typed to the screen, and hide the line; keys that are typed ahead act after that."""
        await self._take_letters()
        self._typed[self.purpose] = self.value
        await super().action_submit()
        self._hide()

    async def action_give_up(self) -> None:
        """Hide the line."""
        await self._take_letters()
        self._hide()

    async def _take_letters(self) -> None:
        """Wait until the letters that were typed before this key are there: they go another way, and come later."""
        taken = asyncio.Event()
        self.call_later(taken.set)
        await taken.wait()

    def _hide(self) -> None:
        self.display, self._covered.display = False, True
        self.screen.set_focus(self._view)
