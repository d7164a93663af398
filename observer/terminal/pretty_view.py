"""`-o pretty`: a run as a readable, streaming log.

Text is printed as it arrives, joined into wrapped paragraphs; every other event is a block of rows. Subagents are
indented behind a gutter, below the call that spawned them. When several write at once, each prints complete phrases.
"""

import time
from collections.abc import Callable, Sequence

from observer.format.event import Event, Malformed, Record, decode, events_of
from observer.format.line import Line, Oversize
from observer.runs.filters.filter import PIECE_TYPES
from observer.runs.state.conversation import prompt_of
from observer.runs.words.describe import describe
from observer.runs.words.describe_tools import describe_use
from observer.source.items import Notice, PartialLine
from observer.terminal import conversation_rows, event_rows
from observer.terminal.event_times import EventTimes, TimeFormat
from observer.terminal.heartbeats import HeartbeatLines
from observer.terminal.layout import PrettyLayout
from observer.terminal.paragraphs import continued_paragraphs
from observer.terminal.row import Row
from observer.terminal.run_end import RunEnd
from observer.terminal.screen import Screen
from observer.terminal.speaker_texts import SpeakerTexts
from observer.terminal.speakers import Speaker, Speakers
from observer.terminal.theme import OUTCOME_ROLES, Role
from observer.terminal.tool_blocks import ToolBlocks
from observer.terminal.view import Sink

SETTLE_AFTER_S = 2.0
"""Seconds without a line after which a text is drawn as if it ended: a model pauses within a table, too."""


class PrettyView:
    """Shows a run on a screen, or as plain text in a pipe; `full` disables all shortening.

    Blocks end with their time in the format `times`. A day is named when it changes, and at first unless it is that of
    `now`, in seconds since 1970. A call or result whose match for `search` would be left out is shown in full. `clock`
    returns seconds, by which a pause is measured.
    """

    needs_calls = True
    copy = None

    def __init__(
        self,
        out: Sink,
        screen: Screen,
        *,
        full: bool = False,
        times: TimeFormat = TimeFormat.CLOCK,
        now: float | None = None,
        search: Callable[[str], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._screen = screen
        self._style = screen.glyphs.unlimited() if full else screen.glyphs
        self._speakers = Speakers()
        self._layout = PrettyLayout(screen, self._speakers)
        self._texts = SpeakerTexts(self._layout, self._speakers)
        self._tools = ToolBlocks(screen, self._style, search)
        self._times = EventTimes(screen.zone, times, now)
        self._heartbeats = HeartbeatLines(self._style)
        self._project = ""
        self._last_call: str | None = None  # the call printed last: its result needs no name
        self._last_count: tuple[int | None, int | None] | None = None
        self._last_todo: tuple[str, str] | None = None
        self._run_end = RunEnd()
        self._busy = False  # whether lines arrived since the last pause
        self._clock, self._shown_at = clock, clock()

    def show(self, records: list[Record]) -> None:
        """Show complete lines."""
        events = events_of(records)
        self._times.begin(events)
        at = 0
        while at < len(records):
            record, event = records[at], events[at]
            if event is not None and event.type in PIECE_TYPES:
                begin, at = at, self._texts.continue_line(records, events, at)
                if begin < at:
                    continue
            at += 1
            if event is None:
                broken = record.line if isinstance(record.line, Oversize) else record.decoded
                if isinstance(broken, Oversize | Malformed):
                    self._block(None, event_rows.broken(broken, self._style))
                continue
            if record.stalled_s is not None:
                self._block(None, event_rows.stalled(record.stalled_s, self._style), event)
            self._event(event)
        self._busy, self._shown_at = True, self._clock()
        self._flush()

    def add_context(self, records: list[Record]) -> None:
        """Remember the project directory, the calls without a result, and the paragraphs that continue."""
        if continued := continued_paragraphs(records, self._heartbeats.types):
            self._layout.mark_continued(continued)
        self._times.begin([record.event for record in records[:1]])
        for event in (record.event for record in records if record.type in {"run_start", "tool_use"}):
            if event is not None and event.type == "run_start":
                self._project = event.text("project_dir")
            elif event is not None:
                self._speakers.add_call(event, describe_use(event, self._project, self._style)[0], is_shown=False)

    def show_partial(self, partial: PartialLine) -> None:
        """Show a complete event that only lacks its newline as an event, anything else as a truncated line."""
        event = decode(partial.line) if isinstance(partial.line, Line) else None
        if isinstance(event, Event):
            self._times.begin([event])
            self._event(event)
        else:
            self._block(None, event_rows.truncated(partial.line))
        self._flush()

    def show_gap(self) -> None:
        """Show that events were left out."""
        self._texts.release_all()
        self._block(None, event_rows.gap())

    def show_notice(self, notice: Notice) -> None:
        """Show a notice between the events."""
        self._texts.release_all()
        self._block(None, event_rows.notice(notice, self._style))
        self._flush()

    def idle(self) -> None:
        """Print the text held back, once no lines have arrived for a while; what is undecided after a longer one."""
        if not self._busy:
            self._show_kept_end()
            self._texts.release_all()
            if self._clock() - self._shown_at >= SETTLE_AFTER_S:
                self._layout.settle()
            self._flush()
        self._busy = False
        self._out.check()

    def close(self) -> None:
        """Print the text held back and end the last line."""
        self._show_kept_end()
        self._texts.release_all()
        self._layout.end_line()
        self._flush()

    def _event(self, event: Event) -> None:
        if self._run_end.kept is not None:
            self._show_kept_end(event.type)
        handler = _HANDLERS.get(event.type)
        if handler is not None:
            handler(self, event)
        elif event.type in self._heartbeats.types:
            self._block(event.parent, self._heartbeats.rows(event), event)
        else:
            rows = event_rows.BY_TYPE.get(event.type, event_rows.unknown)(event, self._style)
            self._block(event.parent, rows, event)

    def _text(self, event: Event) -> None:
        if event.type == "thinking" and event.flag("redacted") and not event.words("text"):
            self._block(event.parent, conversation_rows.redacted_thinking(self._style), event)
        else:
            self._last_call = None
            self._texts.write(event)

    def _message(self, event: Event) -> None:
        """Print the text of a message if none of its pieces was shown, and why it ended if that is unusual."""
        if (text := self._texts.missing(event)) is not None:
            self._text(text)
        if self._layout.can_write(event.parent):
            self._layout.settle()
        self._block(event.parent, conversation_rows.stop(event, self._style), event)

    def _prompt_or_info(self, event: Event) -> None:
        """Show a prompt, which may be recorded as `info`."""
        if (prompt := prompt_of(event)) is not None:
            if prompt.begins_turn:
                self._layout.separate()
            draw = self._layout.draws(event.parent)
            self._block(event.parent, conversation_rows.prompt(prompt, self._style, draw), event)
        elif event.type == "info":
            self._block(event.parent, event_rows.info(event, self._style), event)

    def _todo(self, event: Event) -> None:
        """Show how much is done, unless the call that changed the list has just said so."""
        words = describe(event)
        if self._last_todo != (words.text, words.title) or self._style.max_chars is None:
            self._block(event.parent, conversation_rows.todo(event, self._style), event)
        self._last_todo = (words.text, words.title)

    def _run_start(self, event: Event) -> None:
        self._project = event.text("project_dir")
        self._block(None, event_rows.run_start(event, self._style))
        self._times.mark_named(event)

    def _session_start(self, event: Event) -> None:
        self._texts.release_all()
        self._run_end.begin_session(event)
        self._last_count = None
        self._layout.rule(describe(event).title, self._times.moment(event), Role.RULE)
        self._block(None, conversation_rows.session_start(event, self._project, self._style))

    def _session_end(self, event: Event) -> None:
        if not self._run_end.end_session(event):
            self._block(event.parent, conversation_rows.session_end(event, self._style), event)

    def _show_kept_end(self, event_type: str | None = None) -> None:
        """Show the end of a session that was kept, unless an event of this type will say it."""
        if (event := self._run_end.take_before(event_type)) is not None:
            self._block(event.parent, conversation_rows.session_end(event, self._style), event)

    def _complete(self, event: Event) -> None:
        self._texts.release_all()
        outcome = describe(event).title
        if outcome == "success":
            self._layout.separate()
            self._block(None, self._run_end.rows(event, self._project, self._style), event)
            return
        self._show_kept_end()
        self._layout.rule(outcome, self._times.moment(event), OUTCOME_ROLES.get(outcome, Role.BAD))
        self._block(None, event_rows.complete(event, self._style))

    def _progress(self, event: Event) -> None:
        """Show the count, unless the last one printed is the same."""
        count = event.count("passing"), event.count("total")
        if count != self._last_count or event.items("changed"):
            self._block(event.parent, event_rows.progress(event, self._style), event)
        self._last_count = count

    def _tool_use(self, event: Event) -> None:
        main, remark = describe_use(event, self._project, self._style)
        self._speakers.add_call(event, main)
        self._block(event.parent, self._tools.call(event, main, remark), event)
        self._last_call = event.text("id")
        if event.text("name") == "TodoWrite":
            self._last_todo = (main, remark)

    def _tool_result(self, event: Event) -> None:
        call_id = event.text("tool_use_id")
        self._texts.release(call_id)
        call = self._speakers.call_of(event)
        is_below_call = call_id == self._last_call and call.is_shown
        self._speakers.end_call(call_id)
        rows = self._tools.result(event, None if is_below_call else call)
        self._block(event.parent, rows, None if is_below_call else event)

    def _subagent_start(self, event: Event) -> None:
        call_id = event.text("tool_use_id")
        self._speakers.mark_active(call_id or None)
        if self._speakers.call(call_id) is None:
            self._block(event.parent, event_rows.subagent_start(event, self._style), event)

    def _subagent_complete(self, event: Event) -> None:
        speaker = event.text("tool_use_id") or event.parent
        call = self._speakers.call(event.text("tool_use_id"))
        about = "" if call is None or call.is_shown else call.about
        self._block(speaker, event_rows.subagent_complete(event, about, self._style), event)
        self._speakers.end_call(event.text("tool_use_id"))

    def _block(self, speaker: Speaker, rows: Sequence[Row | str], timed: Event | None = None) -> None:
        """Show the rows of a speaker, with the time of the event `timed`."""
        if not rows:
            return
        if speaker is not None:
            self._speakers.mark_active(speaker)
        self._texts.release(speaker)
        self._last_call = None
        if timed is None:
            self._layout.block(speaker, rows)
            return
        day, time = self._times.day_and_time(timed)
        if day is not None:
            self._layout.rule(*day, Role.DIM)
        self._layout.block(speaker, rows, time)

    def _flush(self) -> None:
        if text := self._layout.take():
            self._out.write(text.encode("utf-8", "backslashreplace"))


_HANDLERS: dict[str, Callable[[PrettyView, Event], None]] = {
    "thought": PrettyView._text,
    "thinking": PrettyView._text,
    "message": PrettyView._message,
    "prompt": PrettyView._prompt_or_info,
    "info": PrettyView._prompt_or_info,
    "todo": PrettyView._todo,
    "run_start": PrettyView._run_start,
    "session_start": PrettyView._session_start,
    "progress": PrettyView._progress,
    "tool_use": PrettyView._tool_use,
    "tool_result": PrettyView._tool_result,
    "subagent_start": PrettyView._subagent_start,
    "subagent_complete": PrettyView._subagent_complete,
    "session_end": PrettyView._session_end,
    "complete": PrettyView._complete,
}
"""What shows the events of each type that is more than a block of rows."""
