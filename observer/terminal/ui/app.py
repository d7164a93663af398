"""`observe ui`: the screens, and what they share."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from observer.runs.live.monitor import ObservedRun
from observer.terminal.ui.help_screen import HelpScreen
from observer.terminal.ui.run_screen import RunScreen
from observer.terminal.ui.runs_screen import RunsScreen
from observer.terminal.ui.ui_options import UiOptions


class ObserverApp(App[int]):
    """Shows runs; it writes nothing, and ends with an exit code if a key says so."""

    CSS = """
    Screen { background: ansi_default; color: ansi_default; layers: default above; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "leave", "Quit", show=False, priority=True)]

    def __init__(self, options: UiOptions) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.animation_level = "none"
        self._options = options
        self.terminal = options.screen
        self.observed: ObservedRun | None = None
        """The run that was shown last."""

    def on_mount(self) -> None:
        """Show the run, or the list."""
        run = self._options.run
        self.push_screen(RunsScreen(self._options) if run is None else RunScreen(self._options, run, from_list=False))

    def open_run(self, path: Path, *, from_list: bool) -> None:
        """Show a run."""
        self.switch_screen(RunScreen(self._options, path, from_list=from_list))

    def show_runs(self, selected: Path) -> None:
        """Show the list of runs."""
        self.switch_screen(RunsScreen(self._options, selected))

    def show_help(self) -> None:
        """Show the keys."""
        self.push_screen(HelpScreen())

    def swap_zone(self) -> None:
        """Show times in the other one of two zones."""
        here, other = self._options.screen, self._options.other_zone
        self.terminal = here.with_zone(other) if self.terminal.zone == here.zone else here

    def leave(self) -> None:
        """End the program."""
        self.exit()

    def action_leave(self) -> None:
        """End the program."""
        self.leave()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return the keys of the screen as commands of the palette."""
        for binding in screen.BINDINGS:
            if isinstance(binding, Binding):
                action = binding.action
                yield SystemCommand(binding.description, binding.key, lambda action=action: self._run(screen, action))

    async def _run(self, screen: Screen[object], action: str) -> None:
        await self.run_action(action, screen)
