"""`-o pretty`: a run as it would be told, streaming.

Text appears as it comes, joined into flowing paragraphs. Everything else is a block of rows. Subagents stand to the
right of a gutter below the call that spawned them, and when two speak at once each gets whole phrases.
"""

from observer.format.event import Event, Malformed, Record, decode
from observer.format.lines import Line, Oversize
from observer.runs.filter import TEXT_TYPES
from observer.source.items import Notice, NoticeKind, PartialLine
from observer.terminal import event_rows, tool_rows
from observer.terminal.heartbeats import HeartbeatLines
from observer.terminal.layout import Paragraph, PrettyLayout, paragraph_of
from observer.terminal.row import Row, row
from observer.terminal.screen import Screen
from observer.terminal.speakers import Parent, Speakers
from observer.terminal.theme import Role
from observer.terminal.view import Sink

LOOKED_BACK = 64
"""Records before those that are shown, among which a paragraph's beginning is looked for."""
HELD = 300
"""Characters of a speaker's text that wait for another speaker to end a sentence: about four lines."""


class PrettyView:
    """Shows a run on a screen, or writes it as plain text; with `full` it shortens nothing."""

    def __init__(self, out: Sink, screen: Screen, *, full: bool = False) -> None:
        self._out = out
        self._screen = screen
        self._glyphs = screen.glyphs.unshortened() if full else screen.glyphs
        self._speakers = Speakers()
        self._paper = PrettyLayout(screen, self._speakers)
        self._pulse = HeartbeatLines(self._glyphs)
        self._held: dict[Parent, list[Event]] = {}
        self._project = ""
        self._last_call = ""
        self._last_count: tuple[object, object] | None = None
        self._busy = False
        self._handlers = {
            "thought": self._text,
            "thinking": self._text,
            "run_start": self._run_start,
            "session_start": self._session_start,
            "progress": self._progress,
            "tool_use": self._tool_use,
            "tool_result": self._tool_result,
            "subagent_start": self._subagent_start,
            "subagent_complete": self._subagent_complete,
            "complete": self._complete,
        }

    def show(self, records: list[Record]) -> None:
        """Show complete lines."""
        for record in records:
            found = record.found
            if isinstance(found, Event):
                self._event(found)
            else:
                self._broken(record)
        self._busy = True
        self._flush()

    def context(self, records: list[Record]) -> None:
        """Remember the project's folder, the calls whose results are still to come, and what is being said."""
        self._paper.begun(_last_said(records, self._pulse.types))
        for event in (record.event for record in records if record.type in {"run_start", "tool_use"}):
            if event is not None and event.type == "run_start":
                self._project = event.text("project_dir")
            elif event is not None:
                self._speakers.called(event, tool_rows.about(event, self._project, self._glyphs)[0])

    def rest(self, rest: PartialLine) -> None:
        """Show an event that only lacks its newline as an event, anything else as torn."""
        found = decode(rest.line) if isinstance(rest.line, Line) else None
        if isinstance(found, Event):
            self._event(found)
        else:
            self._block(None, event_rows.torn(rest.line))
        self._flush()

    def notice(self, notice: Notice) -> None:
        """Show a notice between the events."""
        crashed = notice.kind is NoticeKind.CRASHED
        sign, role = (self._glyphs.bad, Role.BAD) if crashed else (self._glyphs.arrow, Role.DIM)
        self._release_all()
        self._block(None, [row((role, f"{sign} {notice.message}"))])
        self._flush()

    def caught_up(self) -> None:
        """Let go of what was held back, once there was a lull."""
        if not self._busy and self._held:
            self._release_all()
            self._flush()
        self._busy = False
        self._out.check()

    def close(self) -> None:
        """End the last line."""
        self._release_all()
        self._paper.end_line()
        self._flush()

    def _broken(self, record: Record) -> None:
        if isinstance(record.line, Oversize):
            self._block(None, event_rows.oversize(record.line))
        elif isinstance(record.found, Malformed):
            self._block(None, event_rows.malformed(record.found, self._glyphs))

    def _event(self, event: Event) -> None:
        handler = self._handlers.get(event.type)
        if handler is not None:
            handler(event)
        elif event.type in self._pulse.types:
            self._block(event.parent, self._pulse.beat(event))
        else:
            self._block(event.parent, event_rows.SIMPLE.get(event.type, event_rows.unknown)(event, self._glyphs))

    def _text(self, event: Event) -> None:
        """Write a piece of text now, unless another speaker is in the middle of a paragraph."""
        speaker = event.parent
        if speaker is not None:
            self._speakers.heard(speaker)
        if speaker not in self._held and self._paper.may_speak(speaker):
            self._paper.write(event)
            return
        held = self._held.setdefault(speaker, [])
        held.append(event)
        if sum(len(piece.text("text")) for piece in held) > HELD:
            self._release(speaker)

    def _run_start(self, event: Event) -> None:
        self._project = event.text("project_dir")
        self._block(None, event_rows.run_start(event, self._glyphs))

    def _session_start(self, event: Event) -> None:
        self._release_all()
        self._last_count = None
        self._paper.rule(event_rows.session_title(event), (event.timestamp or "")[11:19], Role.RULE)

    def _complete(self, event: Event) -> None:
        self._release_all()
        outcome = event.text("outcome") or "complete"
        self._paper.rule(outcome, (event.timestamp or "")[11:19], event_rows.OUTCOME_ROLES.get(outcome, Role.BAD))
        self._block(None, event_rows.complete(event, self._glyphs))

    def _progress(self, event: Event) -> None:
        """Show the count, unless it stands a few lines above already."""
        count = event.data.get("passing"), event.data.get("total")
        if count != self._last_count or event.data.get("changed"):
            self._block(event.parent, event_rows.progress(event, self._glyphs))
        self._last_count = count

    def _tool_use(self, event: Event) -> None:
        main, remark = tool_rows.about(event, self._project, self._glyphs)
        self._speakers.called(event, main)
        self._block(event.parent, tool_rows.tool_use(event, main, remark, self._glyphs))
        self._last_call = event.text("id")

    def _tool_result(self, event: Event) -> None:
        call_id = event.text("tool_use_id")
        self._release(call_id)
        follows = call_id == self._last_call
        call = None if follows else self._speakers.call(call_id)
        self._speakers.ended(call_id)
        self._block(event.parent, tool_rows.tool_result(event, call, self._glyphs))

    def _subagent_start(self, event: Event) -> None:
        call_id = event.text("tool_use_id")
        self._speakers.heard(call_id or None)
        if self._speakers.call(call_id) is None:
            what = " ".join(part for part in (event.text("agent_type"), event.text("description")) if part)
            self._block(event.parent, [row((Role.TOOL, f"{self._glyphs.tool} subagent"), (Role.INPUT, f"  {what}"))])

    def _subagent_complete(self, event: Event) -> None:
        speaker = event.text("tool_use_id") or event.parent
        self._block(speaker, event_rows.subagent_complete(event, self._glyphs))
        self._speakers.ended(event.text("tool_use_id"))

    def _block(self, speaker: Parent, rows: list[Row]) -> None:
        if not rows:
            return
        self._speakers.heard(speaker)
        self._release(speaker)
        self._last_call = ""
        self._paper.block(speaker, rows)

    def _release(self, speaker: Parent) -> None:
        """Write what a speaker was held back with."""
        for event in self._held.pop(speaker, ()):
            self._paper.write(event)

    def _release_all(self) -> None:
        for speaker in list(self._held):
            self._release(speaker)

    def _flush(self) -> None:
        text = self._paper.take()
        if text:
            self._out.write(text.encode("utf-8", "backslashreplace"))


def _last_said(records: list[Record], unseen: frozenset[str]) -> list[Paragraph]:
    """The paragraphs that go on at the end, whatever comes between their pieces `unseen`."""
    said: list[Paragraph] = []
    for record in reversed(records[-LOOKED_BACK:]):
        if record.type in TEXT_TYPES and record.event is not None:
            said.append(paragraph_of(record.event))
        elif record.type not in unseen:
            break
    return said
