"""The line in which a search or a place is typed."""

import asyncio
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from observer.terminal.ellipsis import ellipsize

_ELLIPSIS = "…"


class Prompt(Input):
    """Asks for a text, which the screen takes as `purpose` says; then the focus is back in the `view`."""

    DEFAULT_CSS = """
    Prompt, Prompt:focus { height: 1; border: none; padding: 0; width: 1fr; background: ansi_default; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Give up", priority=True),
        Binding("enter", "submit", "Take", priority=True),
    ]

    def __init__(self, view: Widget, **settings: Any) -> None:
        super().__init__(**settings)
        self._view = view
        self.line = PromptLine(self)
        self.purpose = ""
        self._typed: dict[str, str] = {}

    def ask(self, purpose: str, sign: str, hint: str, *, value: str | None = None) -> None:
        """Show the line, with a sign, and what was typed for the same purpose last."""
        self.purpose, self.placeholder = purpose, ellipsize(hint, max(1, self.app.size.width - 2), _ELLIPSIS)
        self.value = self._typed.get(purpose, "") if value is None else value
        self.line.sign.update(sign)
        self.line.display = True
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
        self.line.display = False
        self.screen.set_focus(self._view)


class PromptLine(Horizontal):
    """The line of a prompt, behind a sign. It is on a layer of its own, so that nothing else moves."""

    DEFAULT_CSS = """
    PromptLine { height: 1; dock: bottom; layer: above; display: none; background: ansi_default; }
    PromptLine Static { width: 1; }
    """

    def __init__(self, prompt: Prompt) -> None:
        self.sign = Static(markup=False)
        super().__init__(self.sign, prompt)
