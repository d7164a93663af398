"""One run: a tree of its sessions and subagents, its log, and all of one entry."""

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from observer.errors import UnreadableError
from observer.format.line import Line, Oversize
from observer.source.items import Notice
from observer.terminal.status_line import run_pieces
from observer.terminal.theme import Role
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.keys import LEAVING, LOG, MOVING
from observer.terminal.ui.log_screen import WIDE, LogScreen
from observer.terminal.ui.log_view import LogView
from observer.terminal.ui.run_file import RunFile
from observer.terminal.ui.run_follower import Growth, RunFollower, is_reset
from observer.terminal.ui.texts import filter_pieces, mode_piece, position_piece
from observer.terminal.ui.tree_view import TreeView, agent_pieces
from observer.terminal.ui.ui_options import UiOptions

_TREE_CELLS = 36
"""Columns of the tree beside the log."""
STATUS_S = 1.0
"""Seconds between two updates of the top line if only times have changed in it; while paused, only for new events."""
QUIET_S = 5.0
"""The same while nothing but heartbeats has come for so long."""


class RunScreen(LogScreen):
    """Shows a run."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVING, *LOG, *LEAVING]
    AUTO_FOCUS = "#log"
    CSS = """
    #tree { margin-right: 1; }
    #log { width: 1fr; }
    #detail { width: 1fr; display: none; }
    #panes { height: 1fr; margin-bottom: 1; }
    """

    def __init__(self, options: UiOptions, path: Path, *, from_list: bool) -> None:
        super().__init__(options.screen, options.choice)
        self._options, self.path, self._from_list = options, path, from_list
        self.agents = TreeView(self.look, content=options.content, id="tree")
        self._follower = self._new_follower()
        self._is_in_tree = False
        self._status_at = 0.0
        self._status: object = None
        self._has_news = False
        self._news_at = 0.0
        self._problem = ""
        """Why the run, or more of it, cannot be shown."""

    def compose(self) -> ComposeResult:
        """Return the widgets."""
        self.look.use_zone(self.ui.terminal.zone)
        yield self.top
        with Horizontal(id="panes"):
            yield self.agents
            yield self.log_view
            yield self.detail
        yield self.bottom
        yield self.prompt.line

    @property
    def active_view(self) -> ItemView:
        """The view that has the focus."""
        if self.detail.display:
            return self.detail
        return self.agents if self._is_in_tree else self.log_view

    async def on_mount(self) -> None:
        """Show the run and follow it."""
        self.arrange_panes(self.app.size.width)
        await self._open(first=True)
        self.run_worker(self._follow(), exit_on_error=True)

    async def _open(self, *, first: bool = False) -> None:
        """Open the file that has the name now."""
        try:
            file = await asyncio.to_thread(self._open_file, first=first)
        except UnreadableError as error:
            self._fail(str(error))
            return
        self._problem = ""
        self.typed_name = self._options.typed_name(file.target)
        if file.damage:
            self.say(file.damage, Role.WARNING)
        self.ui.observed = self._follower.observed
        await self.log_view.open(file, self._options.start if first and not self._from_list else None)
        self.agents.open(file)

    def _fail(self, words: str) -> None:
        """Say why nothing more can be shown, once in a message and from then on in the line below."""
        self._problem = words
        self.say(words, Role.WARNING)
        self.show_bottom()

    def on_log_view_failed(self, event: LogView.Failed) -> None:
        """Say why the log cannot be shown."""
        self._fail(event.words)

    def _open_file(self, *, first: bool) -> RunFile:
        self._options.complete(self.path)
        if first:
            self._follower.read()
        options = self._options
        return RunFile(self.path, options.choice, content=options.content, names=options.names)

    def _new_follower(self) -> RunFollower:
        options = self._options
        return RunFollower(
            self.path, follow=options.follow, names=options.names, content=options.content,
            stall_after_s=options.stall_after_s,
        )  # fmt: skip

    async def _follow(self) -> None:
        await self._follower.run(self)

    def grew(self, growth: Growth) -> None:
        """Take note of what was appended."""
        if growth.events:
            self._has_news, self._news_at = True, time.monotonic()
        self.log_view.has_grown(growth.end, growth.events)
        if growth.has_spans:
            self.agents.read_on()

    def ended_within(self, line: Line | Oversize) -> None:
        """Show a last line that lacks its newline."""
        self.log_view.show_partial(line)

    def noticed(self, notice: Notice) -> None:
        """Say what became of the file, and read it again if its content is another one."""
        self.say(notice.message, Role.WARNING)
        if is_reset(notice):
            self.run_worker(self._open(), group="open", exclusive=True)

    def idled(self) -> None:
        """Update the top line: at once, or with the log, if more than times has changed in it."""
        observed, now = self._follower.observed, time.monotonic()
        self.ui.observed = observed
        state = observed.status.verdict, observed.status.tool, observed.state.passing, observed.state.cost_usd
        has_changed = state != self._status
        if self.log_view.is_busy and now - self._status_at < STATUS_S:  # it is drawn in a moment, and this line with it
            return
        may_tick = self.log_view.follows or self._has_news
        interval_s = STATUS_S if now - self._news_at < QUIET_S else QUIET_S
        if has_changed or (may_tick and now - self._status_at >= interval_s):
            self._status, self._status_at, self._has_news = state, now, False
            self.top.show(run_pieces(observed, time.time(), self.ui.terminal))
        if has_changed:
            self.agents.set_over(is_over=observed.status.verdict.final)
            self.show_bottom()

    def show_bottom(self) -> None:
        """Update the bottom line."""
        log, zone, now = self.log_view, self.ui.terminal.zone, time.time()
        observed = self._follower.observed
        row = log.entry.row if log.entry is not None else None
        hidden = [name for name in ("thinking",) if name in log.hidden_types]
        agent = "" if log.solo is None else self.look.names.get(log.solo, log.solo)
        self.bottom.show([
            *(agent_pieces(self.agents.agent) if self._is_in_tree else []),
            *([(Role.WARNING, self._problem)] if self._problem else []),
            mode_piece(follows=log.follows, new_events=log.new_events, is_over=observed.status.verdict.final),
            position_piece(row, log.last_seq, zone, now),
            *([(Role.WARNING, "damaged")] if log.file is not None and log.file.damage else []),
            *filter_pieces(self._options.choice, hidden, agent),
        ])  # fmt: skip

    def on_tree_view_named(self, event: TreeView.Named) -> None:
        """Name the subagents in the log, too."""
        if event.names != self.look.names:
            self.look.names = event.names
            self.look.generation += 1
            self.log_view.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many panes as there is room for."""
        self.arrange_panes(event.size.width)

    def arrange_panes(self, width: int) -> None:
        """Show tree and log, or log and detail; where there is room for one pane only, the one in use."""
        is_wide, has_detail = width >= WIDE, self.detail.display
        self.agents.display = not has_detail and (is_wide or self._is_in_tree)
        self.agents.styles.width = _TREE_CELLS if is_wide else "1fr"
        self.log_view.display = is_wide or not (has_detail or self._is_in_tree)

    def on_item_view_moved(self, event: ItemView.Moved) -> None:
        """Load more around the screen; moving up pauses."""
        if event.view is not self.log_view:
            self.show_bottom()
            return
        self.bottom.forget()
        log = self.log_view
        if log.follows and (event.up or not log.view.is_at_end):
            log.pause()
        log.load_near()
        self.show_bottom()

    def on_log_view_changed(self) -> None:
        """Update the lines above and below the log, in the same repaint."""
        self.idled()
        self.show_bottom()

    async def on_item_view_chosen(self) -> None:
        """Show what was clicked."""
        await self.action_open()

    async def action_start(self) -> None:
        """Go to the start."""
        if self.active_view is self.log_view:
            await self.log_view.go_to_start()
        else:
            await super().action_start()

    async def action_end(self) -> None:
        """Go to the end, and follow the run."""
        if self.active_view is self.log_view:
            self.bottom.forget()
            await self.log_view.go_to_end()
        else:
            await super().action_end()

    async def action_open(self) -> None:
        """Show all of the selected entry; in the tree, go to where an agent begins."""
        view = self.active_view
        if view is self.agents:
            if (item := self.agents.agent) is not None:
                self._enter_tree(is_in_tree=False)
                await self.log_view.go_to(item.place)
        elif view is self.log_view:
            await self.show_detail(raw=False)
        else:
            self.close_detail()

    def action_tree(self) -> None:
        """Go to the tree, or back to the log."""
        self._enter_tree(is_in_tree=not self._is_in_tree)

    def _enter_tree(self, *, is_in_tree: bool) -> None:
        if self.detail.display:
            self.close_detail()
        self._is_in_tree = is_in_tree
        self.bottom.forget()
        self.arrange_panes(self.app.size.width)
        self.set_focus(self.agents if is_in_tree else self.log_view)
        self.agents.repaint()
        self.log_view.repaint()
        self.show_bottom()

    async def action_other_run(self, step: int) -> None:
        """Show the next older or newer run of the directory."""
        try:
            runs = await asyncio.to_thread(self._options.list_runs)
        except OSError as error:
            self.say(f"cannot list the runs ({error.strerror})", Role.WARNING)
            return
        paths = [run.path for run in runs]
        here = next((index for index, path in enumerate(paths) if path.resolve() == self.path.resolve()), None)
        if here is None or not 0 <= here + step < len(paths):
            self.say("no older run" if step > 0 else "no newer run")
            return
        self.ui.open_run(paths[here + step], from_list=self._from_list)

    def action_runs(self) -> None:
        """Show the list of runs."""
        self.ui.show_runs(self.path)

    def action_back(self) -> None:
        """Go back, or leave if there is nothing to go back to."""
        if not self._go_back():
            self.ui.leave()

    def action_close(self) -> None:
        """Go back, or remove the message: an escape sequence that arrives in parts must not end the program."""
        if not self._go_back():
            self.bottom.forget()

    def _go_back(self) -> bool:
        """Close the detail, stop a search, or go back to the log or the list; return whether there was any of it."""
        if self.detail.display:
            self.close_detail()
        elif self.stop_search():
            return True
        elif self._is_in_tree:
            self.action_tree()
        elif self._from_list:
            self.ui.show_runs(self.path)
        else:
            return False
        return True
