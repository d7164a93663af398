"""`-o text`: a line for every event, whole and plain, for `grep`, `less` and logs.

2026-11-23T01:12:30.123456Z  3  tool_use          Bash  git status
"""

from msgspec.structs import replace

from observer.format.event import Event, Malformed, Record
from observer.format.lines import Oversize
from observer.runs.describe import Words, describe, describe_broken, describe_truncated, join_facts
from observer.runs.describe_tools import tool_name
from observer.source.items import Notice, PartialLine
from observer.terminal.screen import Screen
from observer.terminal.speakers import Speakers
from observer.terminal.view import Sink

_NO_TIME = "-"
_TYPE_CELLS = 17
_GAP = "  "


class TextView:
    """Writes events to `out` a line each: time, iteration, type, what it says; what a subagent does after its name."""

    def __init__(self, out: Sink, screen: Screen, beside: Sink) -> None:
        self._out = out
        self._beside = beside
        self._screen = screen
        self._glyphs = screen.glyphs
        self._speakers = Speakers()
        self._project = ""

    def show(self, records: list[Record]) -> None:
        """Write a line for each record."""
        lines = [line for record in records if (line := self._line(record))]
        if lines:
            self._out.write(("\n".join(lines) + "\n").encode("utf-8", "backslashreplace"))

    def context(self, records: list[Record]) -> None:
        """Remember the project's folder and the calls so far."""
        for record in records:
            if record.type in {"run_start", "tool_use"} and record.event:
                self._words(record.event)

    def rest(self, rest: PartialLine) -> None:
        """Write a last line without a newline as any other, if it is whole."""
        record = Record(rest.line)
        if record.event is not None:
            self.show([record])
        else:
            self._write(self._row(_NO_TIME, None, "truncated", describe_truncated(rest.line)))

    def notice(self, notice: Notice) -> None:
        """Say it beside."""
        said = f"observe: {self._screen.clean_line(notice.message)}\n"
        self._beside.write(said.encode("utf-8", "backslashreplace"))

    def caught_up(self) -> None:
        """Notice that nobody reads any more, although there is nothing to write."""
        self._out.check()

    def close(self) -> None:
        """Nothing is ever left open."""

    def _write(self, line: str) -> None:
        self._out.write((line + "\n").encode("utf-8", "backslashreplace"))

    def _line(self, record: Record) -> str:
        if isinstance(record.line, Oversize):
            return self._row(_NO_TIME, None, "oversize", describe_broken(record.line))
        event = record.decoded
        if isinstance(event, Malformed):
            return self._row(_NO_TIME, None, "malformed", f"{describe_broken(event)}  {event.preview}")
        if event is None:
            return ""
        words = self._words(event)
        speaker = f"[{self._speakers.label(event.parent)}] " if event.parent is not None else ""
        parts = (words.title, words.text, join_facts(words.facts, self._glyphs), *words.details)
        text = _GAP.join(part.strip() for part in parts if part)
        return self._row(event.timestamp or _NO_TIME, event.iteration, event.type or "event", speaker + text)

    def _row(self, time: str, iteration: int | None, kind: str, text: str) -> str:
        number = _NO_TIME if iteration is None else str(iteration)
        return self._screen.clean_line(f"{time}{_GAP}{number}{_GAP}{kind:<{_TYPE_CELLS}} {text}".rstrip())

    def _words(self, event: Event) -> Words:
        """Return an event in words; its calls and its project are remembered on the way."""
        if event.type == "run_start":
            self._project = event.text("project_dir")
        words = describe(event, project=self._project, glyphs=self._glyphs)
        if event.type == "tool_use":
            self._speakers.add_call(event, words.text)
        if event.type == "tool_result":
            call = self._speakers.call(event.text("tool_use_id"))
            self._speakers.end_call(event.text("tool_use_id"))
            if call is not None and not event.text("name"):
                words = replace(words, title=f"{tool_name(call.name)} {words.title}")
        return words
