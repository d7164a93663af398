"""What the keys do in a log: search, go to a place, hide, fold, copy."""

import asyncio
import time

from textual.widgets import Input

from observer.errors import ObserverError, UnreadableError
from observer.format.units import pluralize
from observer.runs.filters.filter import LIVENESS_TYPES, Filter
from observer.runs.filters.pattern import Pattern
from observer.runs.words.words import present
from observer.terminal.ellipsis import ellipsize
from observer.terminal.screen import Screen as Terminal
from observer.terminal.theme import Role
from observer.terminal.ui.detail import DetailView, detail_rows, raw_rows
from observer.terminal.ui.entries import Entry
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.log_items import LogLook
from observer.terminal.ui.log_search import LogSearch
from observer.terminal.ui.log_view import LogView
from observer.terminal.ui.message_bar import MessageBar
from observer.terminal.ui.moving_screen import MovingScreen
from observer.terminal.ui.places import HINT, Moments, explain_arrival, parse_place
from observer.terminal.ui.prompt import Prompt
from observer.terminal.ui.run_file import RunFile
from observer.terminal.ui.status_bar import StatusBar

WIDE = 100
"""Columns from which on the tree, and the detail beside the log, have room."""
_WANTED = {
    "error": Filter(errors=True),
    "blocked": Filter(statuses=frozenset({"blocked"})),
    "session": Filter(types=frozenset({"session_start"})),
}
_NAMES = {"search": "hits", "error": "errors", "blocked": "blocked calls", "session": "sessions"}
_HIDDEN = {"thinking": frozenset({"thinking"}), "heartbeat": LIVENESS_TYPES}
_SEARCH = "search"
_MAX_COPIED = 60
"""Cells of what was copied that are repeated."""


class LogScreen(MovingScreen):
    """A screen with a log, all of one entry, and a line for what is typed."""

    def __init__(self, terminal: Terminal, choice: Filter) -> None:
        super().__init__()
        self.look = LogLook(terminal)
        self.log_view = LogView(self.look, choice, id="log")
        self.detail = DetailView(self.look, id="detail")
        self.top, self.bottom = StatusBar(terminal, id="top"), MessageBar(terminal, id="bottom")
        self.prompt = Prompt(self.log_view, id="prompt")
        self.typed_name = ""
        """What other commands take for the run."""
        self._search, self._is_searching = LogSearch(), False
        self._wanted: Filter | None = None

    def say(self, text: str, role: Role = Role.DIM) -> None:
        """Show a message in the bottom line, for a while or until the user moves."""
        self.bottom.say(text, role)

    def show_bottom(self) -> None:
        """Show where the user is."""
        raise NotImplementedError

    def arrange_panes(self, width: int) -> None:
        """Show as many panes as there is room for."""
        raise NotImplementedError

    def action_ask(self, purpose: str) -> None:
        """Ask for what to search for, or where to go."""
        sign, hint = ("/", "regular expression") if purpose == _SEARCH else (":", HINT)
        self.prompt.ask(purpose, sign, hint)

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search, or go to a place."""
        text, purpose = event.value, self.prompt.purpose
        if not text.strip():
            return
        if purpose == _SEARCH:
            self._search_for(text)
            return
        try:
            await self._go_to(text)
        except ObserverError as error:
            self.say(str(error), Role.WARNING)

    def _search_for(self, text: str) -> None:
        try:
            pattern = Pattern(text, ignore_case=text == text.lower())
        except ValueError as error:
            self.say(str(error), Role.WARNING)
            return
        self._wanted = Filter(grep=pattern)
        self.look.mark_hits(pattern)
        self.log_view.redraw()
        self.action_find(_SEARCH, forwards=True)

    async def _go_to(self, text: str) -> None:
        """Go to what was typed; say so if it is not there, or not shown."""
        log, now, zone = self.log_view, time.time(), self.ui.terminal.zone
        if (file := log.file) is None:
            return
        last = self.ui.observed.state.last_seen if self.ui.observed is not None else None
        selected = log.entry.row.time if log.entry is not None else None
        moments = Moments(now=now, last=last, selected=None if selected is None else selected / 1000)
        position = parse_place(text, moments, zone)
        offset = await asyncio.to_thread(file.offset_of, position)
        await log.go_to(offset)
        parts = log.entry.parts if log.entry is not None else []
        shown = frozenset(part.row.seq for part in parts if part.row.seq is not None)
        landmarks = await asyncio.to_thread(file.landmarks, offset, shown)
        if words := explain_arrival(position, landmarks, zone, now):
            self.say(words, Role.WARNING)
        else:
            self.bottom.forget()

    def action_find(self, what: str, forwards: bool) -> None:  # noqa: FBT001 - Textual passes what the binding says
        """Go to the next or previous hit, error, blocked call or session."""
        wanted = self._wanted if what == _SEARCH else _WANTED[what]
        if wanted is None:
            self.action_ask(_SEARCH)
            return
        self.run_worker(self._find(what, wanted, forwards=forwards), group="find", exclusive=True)

    async def _find(self, what: str, wanted: Filter, *, forwards: bool) -> None:
        if (file := self.log_view.file) is None:
            return
        try:
            await self._find_in(file, what, wanted, forwards=forwards)
        except ObserverError as error:  # it was cancelled, or --where takes too long for a line
            self.say(str(error), Role.WARNING)

    async def _find_in(self, file: RunFile, what: str, wanted: Filter, *, forwards: bool) -> None:
        log, told = self.log_view, [time.monotonic()]

        def on_progress(share: float) -> None:
            if time.monotonic() - told[0] > 0.25:  # noqa: PLR2004 - four times a second
                told[0] = time.monotonic()
                self.app.call_from_thread(self.say, f"searching: {share:.0%} (Escape stops)")

        self._is_searching = True
        try:
            hit, is_beyond = await self._search.find(
                file, log.entry, wanted, forwards=forwards, on_progress=on_progress
            )
        finally:
            self._is_searching = False
        if hit is None:
            self.say(f"no {_NAMES[what]}", Role.WARNING)
            return
        await log.go_to(hit.begin)
        if (entry := log.entry) is not None and what != "session":
            self.look.fold(entry, is_open=True)
            log.redraw()
            log.select_offset(hit.begin)
        again = f"again from the {'start' if forwards else 'end'}" if is_beyond else ""
        if words := ", ".join(present("hit" if what == _SEARCH else "", again)):
            self.say(words)
        else:
            self.bottom.forget()
        if what == _SEARCH and (entry := log.entry) is not None:
            await self._search.count(
                file, entry, wanted, lambda words: self._say_hit(entry, ", ".join(present(words, again)))
            )

    def _say_hit(self, entry: Entry, words: str) -> bool:
        """Say which hit an entry is, if it is still selected; return whether it is."""
        is_selected = self.log_view.entry is not None and self.log_view.entry.key == entry.key
        if is_selected:
            self.say(words)
        return is_selected

    def stop_search(self) -> bool:
        """Stop the search; return whether there was one."""
        is_searching, self._is_searching = self._is_searching, False
        self._search.cancel()
        return is_searching

    async def action_follow(self) -> None:
        """Follow the run, or pause."""
        if self.log_view.follows:
            self.log_view.pause()
        else:
            await self.log_view.go_to_end()
        self.show_bottom()

    def action_fold(self) -> None:
        """Unfold or fold the selected entry."""
        log = self.log_view
        if (entry := log.entry) is not None:
            log.pause()
            self.look.fold(entry, is_open=not self.look.is_open(entry))
            log.redraw()

    def action_fold_all(self, is_open: bool) -> None:  # noqa: FBT001 - Textual passes what the binding says
        """Unfold or fold all entries."""
        self.look.fold_all(is_open=is_open)
        self.log_view.redraw()

    def action_outputs(self) -> None:
        """Show or hide what tools printed."""
        self.look.toggle_outputs()
        self.log_view.redraw()
        self.say("outputs shown" if self.look.shows_outputs else "outputs hidden")

    async def action_hide(self, what: str) -> None:
        """Show or hide thinking, or what only shows that the run is alive."""
        log, types = self.log_view, _HIDDEN[what]
        log.hidden_types ^= types
        await log.reload()
        self.show_bottom()

    async def action_solo(self) -> None:
        """Show only the agent of the selected entry, or all agents again."""
        log = self.log_view
        if log.solo is not None:
            log.solo = None
        elif (entry := log.entry) is not None:
            log.solo = entry.row.agent or "main"
        await log.reload()
        self.show_bottom()

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        if self.detail.display:
            self.detail.toggle_wrap()
        else:
            self.look.toggle_wrap()
            self.log_view.redraw()

    def action_sideways(self, cells: int) -> None:
        """Scroll the detail sideways."""
        if self.detail.display:
            self.detail.scroll_sideways(cells)

    def action_zone(self) -> None:
        """Show times in the other zone."""
        self.ui.swap_zone()
        self.look.use_zone(self.ui.terminal.zone)
        self.log_view.redraw()
        self.show_bottom()
        self.say(f"times in {self.ui.terminal.zone.full_name(time.time())}")

    def action_copy(self, what: str) -> None:
        """Copy the selected entry, or the command that shows it, to the clipboard of the terminal."""
        log = self.log_view
        if (entry := log.entry) is None or log.file is None:
            return
        if what == "event":
            try:
                lines = [log.file.line(part).data.decode("utf-8", "replace") for part in entry.parts]
            except UnreadableError as error:
                self.say(str(error), Role.WARNING)
                return
            text = entry.text or "\n".join(lines)
        else:
            seq = entry.row.seq or 1
            text = f"observe tail {self.typed_name} --from-seq {seq}"
        self.app.copy_to_clipboard(text)
        first = text.strip().partition("\n")[0]
        beginning = ellipsize(first, _MAX_COPIED, self.ui.terminal.glyphs.ellipsis)
        self.say(f"copied {pluralize(len(text), 'character')}: {beginning}" if what == "event" else f"copied: {text}")

    async def action_raw(self) -> None:
        """Show the selected entry as JSON, or in words again."""
        await self.show_detail(raw=not (self.detail.display and self.detail.is_raw))

    async def show_detail(self, *, raw: bool) -> None:
        entry, file = self.log_view.entry, self.log_view.file
        if entry is None or file is None:
            return
        width = self.app.size.width
        width = width // 2 if width >= WIDE else width
        drawing = self.look.drawing(width - 2)
        make = raw_rows if raw else detail_rows
        try:
            rows = await asyncio.to_thread(make, file, entry, drawing)
        except UnreadableError as error:
            self.say(str(error), Role.WARNING)
            return
        self.detail.is_raw, self.detail.display = raw, True
        self.arrange_panes(self.app.size.width)
        self.detail.focus()
        self.call_after_refresh(self.detail.show_rows, rows)

    def close_detail(self) -> None:
        """Show the log again."""
        self.detail.display = False
        self.arrange_panes(self.app.size.width)
        self.log_view.focus()

    @property
    def active_view(self) -> ItemView:
        """The view that has the focus."""
        return self.detail if self.detail.display else self.log_view
