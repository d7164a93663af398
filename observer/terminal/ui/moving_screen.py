"""A screen with a view in which the same keys move."""

from pathlib import Path
from typing import Protocol, cast

from textual.screen import Screen

from observer.runs.live.monitor import ObservedRun
from observer.terminal.screen import Screen as TerminalScreen
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.prompt import Prompt


class Program(Protocol):
    """What screens share: the terminal, the run that was shown last, and each other."""

    terminal: TerminalScreen
    observed: ObservedRun | None

    def open_run(self, path: Path, *, from_list: bool) -> None:
        """Show a run."""
        ...

    def show_runs(self, selected: Path) -> None:
        """Show the list of runs."""
        ...

    def show_help(self) -> None:
        """Show the keys."""
        ...

    def swap_zone(self) -> None:
        """Show times in the other one of two zones."""
        ...

    def leave(self) -> None:
        """End the program."""
        ...


class MovingScreen(Screen[None]):
    """Passes the keys that move to its `active_view`."""

    @property
    def active_view(self) -> ItemView:
        """The view in which the keys move."""
        raise NotImplementedError

    @property
    def ui(self) -> Program:
        """The program."""
        return cast("Program", self.app)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether a key acts: not while something is typed."""
        return action == "quit" or not isinstance(self.focused, Prompt)

    def action_move(self, count: int) -> None:
        """Select another item."""
        self.active_view.step(count)

    def action_page(self, pages: float) -> None:
        """Scroll by a part of a screen."""
        self.active_view.page(pages)

    async def action_start(self) -> None:
        """Go to the start."""
        self.active_view.to_start()

    async def action_end(self) -> None:
        """Go to the end."""
        self.active_view.follow_end()

    def action_help(self) -> None:
        """Show the keys."""
        self.ui.show_help()

    def action_quit(self) -> None:
        """Leave the program."""
        self.ui.leave()
