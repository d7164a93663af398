"""`-o text`: one plain line per event, for `grep`, `less` and logs; only extremely long ones are shortened.

2026-11-23T02:12:30.123456+01:00  3  tool_use          Bash  git status
"""

from msgspec.structs import replace

from observer.format.event import Event, Malformed, Record
from observer.format.lines import Oversize
from observer.runs.conversation import ShownPieces
from observer.runs.describe import describe, describe_broken, describe_stalled, describe_truncated
from observer.runs.describe_tools import tool_name
from observer.runs.filter import PIECE_TYPES
from observer.runs.trouble import is_trouble
from observer.runs.words import Words, join_facts
from observer.source.items import ALARMING_NOTICES, Notice, PartialLine
from observer.terminal.event_times import EventTimes, TimeFormat
from observer.terminal.layout import paragraph_of
from observer.terminal.row import shorten
from observer.terminal.screen import Screen
from observer.terminal.speakers import Speakers
from observer.terminal.view import Sink

MAX_LINE_CHARS = 10_000
"""Characters of a line, after which it is shortened: no log of a job shows more of one line."""
_MISSING = "-"
"""Stands for a missing time or iteration, so that the columns can be counted."""
_TYPE_WIDTH = 17
_GAP = "  "


class TextView:
    """Writes one line per event to `out`: time, iteration, type and description, after a subagent's name in brackets.

    Messages about the source go to `messages`. Times are in the format `times`; with none there is no such column.
    `full` disables all shortening. With `joins_pieces` the pieces of a paragraph that follow each other are one line.
    """

    needs_calls = True

    def __init__(
        self,
        out: Sink,
        screen: Screen,
        messages: Sink,
        *,
        full: bool = False,
        times: TimeFormat = TimeFormat.CLOCK,
        joins_pieces: bool = False,
    ) -> None:
        self._out = out
        self._messages = messages
        self._screen = screen
        self._glyphs = screen.glyphs
        self._style = replace(screen.glyphs, max_chars=None if full else MAX_LINE_CHARS)
        self._has_times = times is not TimeFormat.NONE
        self._times = EventTimes(screen.zone, times, None)
        self._joins_pieces = joins_pieces
        self._joined: list[Event] = []
        self._speakers = Speakers()
        self._shown = ShownPieces()
        self._project = ""
        self._last_call: str | None = None
        """The call whose line was written last."""

    def show(self, records: list[Record]) -> None:
        """Write a line for each record."""
        if self._joins_pieces:
            self._show_joined(records)
        else:
            self._show(records)

    def _show(self, records: list[Record]) -> None:
        lines: list[str] = []
        for record in records:
            if record.stalled_s is not None and (event := record.event) is not None:
                stall = describe_stalled(record.stalled_s)
                lines.append(self._format_line(self._stamp(event), event.iteration, "stalled", stall))
            if line := self._format(record):
                lines.append(line)
        if lines:
            self._out.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))

    def _show_joined(self, records: list[Record]) -> None:
        for record in records:
            event = record.event
            if event is None or event.type not in PIECE_TYPES:
                self._write_joined()
                self._show([record])
                continue
            if self._joined and paragraph_of(self._joined[0]) != paragraph_of(event):
                self._write_joined()
            self._joined.append(event)

    def _write_joined(self) -> None:
        """Write the paragraph that may continue."""
        if self._joined:
            first = self._joined[0]
            text = "".join(event.words("text") for event in self._joined)
            self._joined = []
            self._show([Record(first.line, replace(first, data={**first.data, "text": text}))])

    def add_context(self, records: list[Record]) -> None:
        """Remember the project directory and the calls so far."""
        for event in (record.event for record in records[:1]):
            if event is not None:
                self._times.begin(event)
        for record in records:
            if record.type in {"run_start", "tool_use"} and record.event:
                self._describe(record.event)
        self._last_call = None

    def show_partial(self, partial: PartialLine) -> None:
        """Write a complete event that only lacks its newline as an event, anything else as a truncated line."""
        record = Record(partial.line)
        self._write_joined()
        if record.event is not None:
            self._show([record])
        else:
            self._write(self._format_line(_MISSING, None, "malformed", describe_truncated(partial.line)))

    def show_gap(self) -> None:
        """Write what `grep` does between groups."""
        self._write_joined()
        self._write("--")

    def show_notice(self, notice: Notice) -> None:
        """Report a message about the source; write a line about the run itself, such as its crash."""
        self._write_joined()
        if notice.kind in ALARMING_NOTICES:
            self._write(self._format_line(_MISSING, None, notice.kind, notice.message))
            return
        message = f"observe: {self._screen.clean_line(notice.message)}\n"
        self._messages.write(message.encode("utf-8", "backslashreplace"))

    def idle(self) -> None:
        """Write the paragraph held back. Raise BrokenPipeError if the reader is gone."""
        self._write_joined()
        self._out.check()

    def close(self) -> None:
        """Write the paragraph held back."""
        self._write_joined()

    def _write(self, line: str) -> None:
        self._out.write((line + "\n").encode("utf-8", "backslashreplace"))

    def _format(self, record: Record) -> str:
        if isinstance(record.line, Oversize):
            return self._format_line(_MISSING, None, "malformed", describe_broken(record.line))
        event = record.decoded
        if isinstance(event, Malformed):
            return self._format_line(_MISSING, None, "malformed", f"{describe_broken(event)}  {event.preview}")
        if event is None:
            return ""
        self._times.begin(event)
        words = self._describe(event)
        if event.type == "thought":
            self._shown.add(event)
        elif event.type == "message":
            words = replace(words, text=self._shown.missing_text(event))
        speaker = f"[{self._speakers.label(event.parent)}] " if event.parent is not None else ""
        parts = (words.title, words.text, join_facts(words.facts, self._glyphs), *words.details)
        text = shorten(_GAP.join(part.strip() for part in parts if part), self._style)
        return self._format_line(self._stamp(event), event.iteration, event.type or "event", speaker + text)

    def _stamp(self, event: Event) -> str:
        return self._times.stamp(event) or _MISSING

    def _format_line(self, time: str, iteration: int | None, kind: str, text: str) -> str:
        number = _MISSING if iteration is None else str(iteration)
        column = f"{time}{_GAP}" if self._has_times else ""
        return self._screen.clean_line(f"{column}{number}{_GAP}{kind:<{_TYPE_WIDTH}} {text}".rstrip())

    def _describe(self, event: Event) -> Words:
        """Return an event in words, and remember its call and its project directory for later events."""
        if event.type == "run_start":
            self._project = event.text("project_dir")
        words = describe(event, project=self._project, glyphs=self._glyphs, zone=self._screen.zone)
        last_call, self._last_call = self._last_call, None
        if event.type == "tool_use":
            self._last_call = event.text("id")
            self._speakers.add_call(event, words.text)
        if event.type == "subagent_complete" and is_trouble(event):
            spawning = self._speakers.call(event.text("tool_use_id"))
            words = replace(words, text=spawning.about if spawning else "")
        if event.type == "tool_result":
            call, id_ = self._speakers.call_of(event), event.text("tool_use_id")
            is_below_call = call.is_shown and id_ == last_call
            self._speakers.end_call(id_)
            if not event.text("name"):
                words = replace(words, title=f"{tool_name(call.name)} {words.title}")
            about = call.about
            if about and not is_below_call and is_trouble(event):
                words = replace(words, title=f"{words.title}{_GAP}{about}")
        return words
