"""Folds the events of a run into the rows of the HTML report: texts joined, a call and its result in one row. Pure.

All texts in the rows are sanitized, and truncated to what a page can carry.
"""

from collections import Counter, deque
from itertools import islice
from typing import Any

from msgspec import Struct

from observer.format.event import Event, Malformed
from observer.format.fields import compact
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_size
from observer.format.zone import UTC, Zone
from observer.report.html_fields import readable_fields
from observer.report.truncate import Text, truncate_line, truncate_text
from observer.runs.conversation import describe_stop, prompt_of
from observer.runs.describe import describe
from observer.runs.describe_tools import UNNAMED, describe_call, input_of, tool_of
from observer.runs.filters.filter import LIVENESS_TYPES, PIECE_TYPES
from observer.runs.run import Run
from observer.runs.summary.summary import Summary
from observer.runs.timeline import SPANNING, Timeline
from observer.runs.trouble import is_trouble

COUNTED_TYPES = LIVENESS_TYPES | {"message"}
"""Events that are counted; a message has a row only if its text is not in pieces, or if its end is unusual."""
MAX_CHARACTERS = 16_000_000
"""Characters of all texts of a page; if there are more, every text is truncated further."""
MAX_TEXT, MIN_TEXT = 4000, 80
"""Characters kept of one text: at first, and at least when the page is full."""
TITLE_LENGTH = 240
MAX_ROWS = 80_000
"""Rows of a page; the middle of a longer log is left out."""
MAX_AGENTS = 400
"""Subagents with a name of their own."""
MAX_FIELDS = 24
"""Fields shown of an event."""
_FIELDS_OF_A_CALL = frozenset({"tool_use_id", "name", "status", "duration_ms", "output", "output_bytes", "output_file"})

_LABELS = {"command": "refused"}
"""Names of fields of a result: `command` is the refused part of a command, and the input has a field of that name."""


class Row(Struct, omit_defaults=True, kw_only=True, rename="camel"):
    """A row: an event, a call with its result (type `tool`), or the pieces of one text.

    `line` and `last_line` are numbers of lines in the run file, `start` and `end` are milliseconds since the run
    started, `duration` is what the tool itself measured in milliseconds. `agent` is an index into `LogRows.agents`.
    """

    line: int
    type: str
    last_line: int = 0
    start: int | None = None
    end: int | None = None
    duration: float | None = None
    agent: int = 0
    name: str = ""
    status: str = ""
    title: str = ""
    bad: bool = False
    texts: list[Text] = []

    @property
    def length(self) -> int:
        """The number of characters that the row takes in the page, approximately."""
        return 150 + len(self.title) + sum(20 + text.length for text in self.texts)


class LogRows:
    """Builds the rows of a log. Call `add` and `add_malformed` in the order of the file."""

    def __init__(self, *, zone: Zone = UTC, max_characters: int = MAX_CHARACTERS, max_rows: int = MAX_ROWS) -> None:
        self._zone = zone
        self.agents = ["Main agent"]
        """The names of the agents."""
        self.origin: float | None = None
        """The start of the run, in seconds since 1970."""
        self.timeline = Timeline()
        self.counted: Counter[str] = Counter()
        """The number of events without a row, by type."""
        self.text_limit = MAX_TEXT
        """Characters kept of one text."""
        self._max_characters, self._half = max_characters, max(1, max_rows // 2)
        self._first: list[Row] = []
        self._last: deque[Row] = deque()
        self._gap: Row | None = None
        self._rows_left_out = 0
        self._characters = 0
        self._project = ""
        self._open_calls: dict[str, Row] = {}
        self._text_rows: dict[tuple[str, ...], Row] = {}
        self._message_rows: dict[tuple[str, str], Row] = {}
        """The last row with text of each message."""
        self._agent_indexes: dict[str, int] = {}

    @property
    def rows(self) -> list[Row]:
        """All rows, with a row of type `gap` where some are left out."""
        return [*self._first, *([self._gap] if self._gap else []), *self._last]

    def agent_index(self, parent: str | None) -> int:
        """Return the index of the agent that the tool call `parent` started; 0, the main agent, if there is none."""
        return self._agent_indexes.get(parent, 0) if parent is not None else 0

    def add(self, event: Event, line: int) -> None:
        """Add the next event, which is on line number `line` of its file, counted from 1."""
        if event.type in SPANNING:
            self.timeline.take(event, line)
        time = parse_timestamp(event.timestamp)
        if self.origin is None:
            self.origin = time
        ms = None if time is None or self.origin is None else round((time - self.origin) * 1000)
        if event.type in LIVENESS_TYPES:
            self.counted[event.type] += 1
        elif event.type in PIECE_TYPES:
            self._add_text(event, line, ms)
        elif event.type == "message":
            self._add_message(event, line, ms)
        elif event.type == "tool_use":
            self._add_call(event, line, ms)
        elif event.type == "tool_result":
            self._add_result(event, line, ms)
        else:
            self._add_other(event, line, ms)

    def add_malformed(self, malformed: Malformed, line: int) -> None:
        """Add a line without an event."""
        title = truncate_line(f"{malformed.reason}, {format_size(malformed.length)}", TITLE_LENGTH)
        preview = truncate_text("line", malformed.preview, line, self.text_limit)
        preview.omitted += max(0, malformed.length - len(malformed.preview.encode("utf-8", "replace")))
        self._append(Row(line=line, type="malformed", title=title, bad=True, texts=[preview]))

    def _add_text(self, event: Event, line: int, ms: int | None) -> None:
        agent, block = self._register_agent(event.parent), str(event.integer("block"))
        for kind in PIECE_TYPES if event.text("replaces") else ():
            replaced = self._text_rows.get((kind, str(event.parent), event.text("replaces"), block))
            if replaced is not None:
                replaced.status = "void"
        key = (event.type, str(event.parent), event.text("message"), block)
        row = self._text_rows.get(key)
        if row is None or not event.text("message"):
            row = Row(line=line, type=event.type, start=ms, agent=agent, texts=[Text("", "", line)])
            self._text_rows[key] = row
            self._append(row)
        text = row.texts[0]
        length_before = text.length
        text.append(event.words("text") or describe(event).title, self.text_limit)
        if event.type == "thought":
            self._message_rows[str(event.parent), event.text("message")] = row
        self._characters += text.length - length_before
        row.last_line, row.end = line, ms
        self._fit()

    def _add_message(self, event: Event, line: int, ms: int | None) -> None:
        """Add the figures of a message to its text, which has a row of its own if there are no pieces of it."""
        self.counted["message"] += 1
        row = self._message_rows.get((str(event.parent), event.text("id")))
        figures = self._texts({"message": describe(event).line()}, line)
        if row is None and event.words("text"):
            agent = self._register_agent(event.parent)
            texts = [truncate_text("", event.words("text"), line, self.text_limit), *figures]
            self._append(Row(line=line, type="message", start=ms, agent=agent, texts=texts))
        elif row is not None:
            row.texts = row.texts + figures
            self._characters += sum(text.length for text in figures)
        if describe_stop(event):
            self._add_other(event, line, ms)

    def _add_call(self, event: Event, line: int, ms: int | None) -> None:
        arguments, name = input_of(event), tool_of(event)
        title = truncate_line(describe_call(name, arguments, self._project)[0].strip(), TITLE_LENGTH)
        row = Row(
            line=line, type="tool", start=ms, agent=self._register_agent(event.parent), name=truncate_line(name),
            title=title, texts=self._texts(arguments.data, line),
        )  # fmt: skip
        if event.text("id"):
            self._open_calls[event.text("id")] = row
        self._append(row)

    def _add_result(self, event: Event, line: int, ms: int | None) -> None:
        row = self._open_calls.pop(event.text("tool_use_id"), None)
        if row is None:
            agent = self._register_agent(event.parent)
            row = Row(line=line, type="tool", agent=agent, name=truncate_line(tool_of(event)))
            self._append(row)
        if row.name == UNNAMED:
            row.name = truncate_line(tool_of(event))
        row.last_line, row.end = line, ms
        row.duration, row.bad = event.number("duration_ms"), is_trouble(event)
        row.status = truncate_line(event.text("status"))
        fields = {
            _LABELS.get(key, key): value
            for key, value in readable_fields(event).items()
            if key not in _FIELDS_OF_A_CALL
        }
        texts = self._texts(fields, line)
        texts += self._texts({"output": event.value("output")}, line)
        if output_file := event.text("output_file"):
            size = format_size(event.number("output_bytes") or 0)
            where = "" if output_file.startswith("/") else " in the runs directory"
            texts += self._texts({"full output": f"{size}, in {output_file}{where}"}, line)
        row.texts = row.texts + texts
        self._characters += sum(text.length for text in texts)
        self._fit()

    def _add_other(self, event: Event, line: int, ms: int | None) -> None:
        if event.type == "run_start":
            self._project = event.text("project_dir")
        parent = event.parent
        if event.type.startswith("subagent_"):
            parent = event.text("tool_use_id") or parent
        agent = self._register_agent(parent)
        if event.type == "subagent_start" and agent:
            names = [event.text("agent_type") or "subagent", event.words("description")]
            self.agents[agent] = truncate_line(": ".join(name for name in names if name))
        status, prompt = event.text("status") or event.text("outcome"), prompt_of(event)
        type_, source = (event.type, "") if prompt is None else ("prompt", prompt.source)
        self._append(
            Row(
                line=line, type=truncate_line(type_) or "event", start=ms, agent=agent, name=truncate_line(source),
                status=truncate_line(status), duration=event.number("duration_ms"),
                title=truncate_line(describe(event, zone=self._zone).line(), TITLE_LENGTH), bad=is_trouble(event),
                texts=self._texts(readable_fields(event), line),
            )
        )  # fmt: skip

    def _texts(self, fields: dict[str, Any], line: int) -> list[Text]:
        """The fields of an event as texts; those beyond the first `MAX_FIELDS` are counted."""
        filled = {key: value for key, value in fields.items() if value is not None and value not in ("", [], {})}
        texts = [
            truncate_text(key, value if isinstance(value, str) else compact(value), line, self.text_limit)
            for key, value in islice(filled.items(), MAX_FIELDS)
        ]
        if len(filled) > MAX_FIELDS:
            note = f"{len(filled) - MAX_FIELDS:,} more fields; see line {line}"
            texts.append(truncate_text("omitted", note, line, self.text_limit))
        return texts

    def _register_agent(self, parent: str | None) -> int:
        """The index of an agent, which is new if `parent` was not seen before."""
        if parent is None:
            return 0
        if parent not in self._agent_indexes:
            if len(self.agents) <= MAX_AGENTS:
                self.agents.append("Subagent" if len(self.agents) < MAX_AGENTS else "All other subagents")
            self._agent_indexes[parent] = len(self.agents) - 1
        return self._agent_indexes[parent]

    def _append(self, row: Row) -> None:
        self._characters += row.length
        if len(self._first) < self._half:
            self._first.append(row)
        else:
            self._last.append(row)
        if len(self._last) > self._half:
            self._leave_out(self._last.popleft())
        self._fit()

    def _leave_out(self, row: Row) -> None:
        self._rows_left_out += 1
        self._characters -= row.length
        if self._gap is None:
            self._gap = Row(line=row.line, type="gap", start=row.start)
        self._gap.last_line = max(self._gap.last_line, row.last_line, row.line)
        lines = f"lines {self._gap.line:,} to {self._gap.last_line:,}"
        self._gap.title = f"{self._rows_left_out:,} rows left out; {lines}"

    def _fit(self) -> None:
        """Truncate every text by a third whenever all of them together are too long."""
        while self._characters > self._max_characters and self.text_limit > MIN_TEXT:
            self.text_limit = max(MIN_TEXT, self.text_limit * 2 // 3)
            for row in self.rows:
                row.title = truncate_line(row.title, self.text_limit)
                for text in row.texts:
                    text.truncate(self.text_limit)
            self._characters = sum(row.length for row in self.rows)


def build_rows(run: Run, zone: Zone = UTC) -> tuple[LogRows, Summary]:
    """Return the rows of a run, and its totals, for which the events are decoded once."""
    log, summary = LogRows(zone=zone), run.empty_summary()
    malformed_lines = iter(run.malformed)
    malformed = next(malformed_lines, None)
    for line, event in run.numbered():
        while malformed is not None and malformed[0] < line:
            log.add_malformed(malformed[1], malformed[0])
            malformed = next(malformed_lines, None)
        log.add(event, line)
        summary.add(event, line)
    while malformed is not None:
        log.add_malformed(malformed[1], malformed[0])
        malformed = next(malformed_lines, None)
    return log, summary
