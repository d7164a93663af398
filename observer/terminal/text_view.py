"""`-o text`: one plain line per event, for `grep`, `less` and logs; only extremely long ones are shortened.

2026-11-23T02:12:30.123456+01:00  3  tool_use          Bash  git status
"""

from collections.abc import Sequence

from msgspec.structs import replace

from observer.format.event import Event, Malformed, Record, events_of
from observer.format.line import Oversize
from observer.format.sanitize import is_clean
from observer.runs.filters.filter import PIECE_TYPES
from observer.runs.state.conversation import ShownPieces
from observer.runs.trouble import is_trouble
from observer.runs.words.describe import describe, describe_broken, describe_stalled, describe_truncated
from observer.runs.words.describe_tools import tool_name
from observer.runs.words.words import Words, join_facts
from observer.source.items import ALARMING_NOTICES, Notice, PartialLine
from observer.terminal.event_times import EventTimes, TimeFormat
from observer.terminal.paragraphs import paragraph_of
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
_THOUGHT = f"{'thought':<{_TYPE_WIDTH}}"
_SHORT = MAX_LINE_CHARS
"""Characters of a text that is never shortened."""


class TextView:
    """Writes one line per event to `out`: time, iteration, type and description, after a subagent's name in brackets.

    Messages about the source go to `messages`. Times are in the format `times`; with none there is no such column.
    `full` disables all shortening. With `joins_pieces` the pieces of a paragraph that follow each other are one line.
    """

    needs_calls = True
    copy = None

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
        events = events_of(records)
        continued: str | None = None
        self._times.begin(events)
        for record, event, columns in zip(records, events, self._columns(events), strict=True):
            if event is None:
                lines += self._malformed(record)
                continue
            if record.stalled_s is not None:
                lines.append(self._line(columns, "stalled", describe_stalled(record.stalled_s)))
            text = event.text("text") if event.type == "thought" and event.parent is None else ""
            if 0 < len(text) <= _SHORT:
                self._last_call = None  # this is what `_format` does, but sooner: most events are such
                if (message := event.text("message")) != continued:
                    self._shown.add(event)
                    continued = message
                line = f"{columns}{_THOUGHT} {text.strip()}"
                usual = line.isascii() and line.isprintable() and line[-1] != " "
                lines.append(line if usual else self._line(columns, "thought", text.strip()))
            else:
                lines.append(self._line(columns, event.type or "event", self._format(event)))
        if lines:
            self._out.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))

    def _columns(self, events: Sequence[Event | None]) -> list[str]:
        """Return the time and the iteration of each event, as its line begins with them."""
        stamps = self._times.stamps(events)
        starts = [f"{time or _MISSING}{_GAP}" for time in stamps] if self._has_times else [""] * len(events)
        return [
            f"{start}{_MISSING if event is None or event.iteration is None else event.iteration}{_GAP}"
            for start, event in zip(starts, events, strict=True)
        ]

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
        self._times.begin([record.event for record in records[:1]])
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
            self._write(self._line_without_event("malformed", describe_truncated(partial.line)))

    def show_gap(self) -> None:
        """Write what `grep` does between groups."""
        self._write_joined()
        self._write("--")

    def show_notice(self, notice: Notice) -> None:
        """Report a message about the source; write a line about the run itself, such as its crash."""
        self._write_joined()
        if notice.kind in ALARMING_NOTICES:
            self._write(self._line_without_event(notice.kind, notice.message))
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

    def _malformed(self, record: Record) -> list[str]:
        line = record.line if isinstance(record.line, Oversize) else record.decoded
        if isinstance(line, Oversize):
            return [self._line_without_event("malformed", describe_broken(line))]
        if isinstance(line, Malformed):
            return [self._line_without_event("malformed", f"{describe_broken(line)}  {line.preview}")]
        return []

    def _format(self, event: Event) -> str:
        words = self._describe(event)
        if event.type == "thought":
            self._shown.add(event)
        elif event.type == "message" and (missing := self._shown.missing_text(event)):
            words = replace(words, text=missing)
        parts = [part.strip() for part in (words.title, words.text) if part]
        if words.facts:
            parts.append(join_facts(words.facts, self._glyphs).strip())
        if words.details:
            parts += [part.strip() for part in words.details if part]
        text = _GAP.join(parts)
        if len(text) > MAX_LINE_CHARS:
            text = shorten(text, self._style)
        return text if event.parent is None else f"[{self._speakers.label(event.parent)}] {text}"

    def _line(self, columns: str, kind: str, text: str) -> str:
        """Return a line, sanitized, with `columns` before its type."""
        line = f"{columns}{kind:<{_TYPE_WIDTH}} {text}".rstrip()
        if line.isascii() and line.isprintable():
            return line
        if is_clean(line) and self._screen.can_show(line) and "\n" not in line:
            return line
        return self._screen.clean_line(line)

    def _line_without_event(self, kind: str, text: str) -> str:
        (columns,) = self._columns([None])
        return self._line(columns, kind, text)

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
