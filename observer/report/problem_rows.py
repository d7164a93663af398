"""The events of a run that went wrong, as the lists at the top of the HTML report show them. Pure.

Texts are sanitized, and truncated to what a list can carry.
"""

from msgspec import Struct

from observer.format.event import Event, Malformed
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_size
from observer.format.zone import Zone
from observer.report.truncate import Text, truncate_line, truncate_text
from observer.runs.filters.filter import LIVENESS_TYPES
from observer.runs.rows.row_types import Row, Span, text_of
from observer.runs.trouble import is_trouble
from observer.runs.words.describe import describe
from observer.runs.words.describe_tools import tool_of

MAX_LISTED = 200
"""Items of a list of problems; the log has the others."""
MAX_TEXT = 4000
"""Characters kept of one text."""
TITLE_LENGTH = 240
_MAX_OPEN = 4096
"""Calls without a result whose titles are kept."""
_RETRY_TYPES = frozenset({"api_retry", "rate_limit"})
"""Trouble that the API causes and the run survives: listed apart, or it would hide the errors."""
_TEXTS = ("reason", "message", "output", "traceback", "rule")


class ProblemRow(Struct, omit_defaults=True, kw_only=True):
    """An event that went wrong, or a call whose result says so (type `tool`): that of the line at `offset`.

    `line` is the number of that line, `time` in seconds since 1970. `texts` are by the names of their fields.
    """

    line: int
    offset: int
    type: str
    time: float | None = None
    name: str = ""
    status: str = ""
    title: str = ""
    texts: dict[str, Text] = {}


class ProblemList(Struct):
    """The first rows of a list, and how many there are."""

    rows: list[ProblemRow] = []
    count: int = 0

    def add(self, row: ProblemRow) -> None:
        """Add a row, or only count it."""
        self.count += 1
        if len(self.rows) < MAX_LISTED:
            self.rows.append(row)


class ProblemRows:
    """Collects what went wrong. Call `add` and `add_malformed` in the order of the file."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self.blocked, self.failed = ProblemList(), ProblemList()
        self.errors, self.retries, self.malformed = ProblemList(), ProblemList(), ProblemList()
        self._open_calls: dict[str, tuple[str, list[Span], int]] = {}
        """The name, the title and the line of each call without a result."""

    def add(self, event: Event, line: int, row: Row) -> None:
        """Add the next event and its row; it is on line number `line` of its file, counted from 1."""
        if event.type in LIVENESS_TYPES:
            return
        if event.type == "tool_use":
            self._add_call(row, line)
        elif event.type == "tool_result":
            self._add_result(event, line)
        elif is_trouble(event):
            self._add_other(event, line)

    def add_malformed(self, malformed: Malformed, line: int) -> None:
        """Add a line without an event."""
        title = truncate_line(f"{malformed.reason}, {format_size(malformed.length)}", TITLE_LENGTH)
        self.malformed.add(ProblemRow(line=line, offset=malformed.offset, type="malformed", title=title))

    def _add_call(self, row: Row, line: int) -> None:
        if row.call:
            self._open_calls[row.call] = row.tool or "", row.title, line
            if len(self._open_calls) > _MAX_OPEN:
                self._open_calls.pop(next(iter(self._open_calls)))

    def _add_result(self, event: Event, line: int) -> None:
        name, title, began = self._open_calls.pop(event.text("tool_use_id"), ("", [], line))
        if not is_trouble(event):
            return
        subject = "".join(map(text_of, title)).strip()
        row = self._row(event, began, "tool", truncate_line(subject, TITLE_LENGTH))
        row.name = truncate_line(name or tool_of(event))
        row.status = truncate_line(event.text("status"))
        (self.blocked if row.status == "blocked" else self.failed).add(row)

    def _add_other(self, event: Event, line: int) -> None:
        if event.type == "complete" and event.text("outcome") == "success":
            return  # it only lists blocked calls
        title = truncate_line(describe(event, zone=self._zone).line(), TITLE_LENGTH)
        row = self._row(event, line, truncate_line(event.type), title)
        (self.retries if event.type in _RETRY_TYPES else self.errors).add(row)

    def _row(self, event: Event, line: int, kind: str, title: str) -> ProblemRow:
        time = parse_timestamp(event.timestamp)
        texts = {key: truncate_text(key, words, line, MAX_TEXT) for key in _TEXTS if (words := event.words(key))}
        return ProblemRow(line=line, offset=event.line.offset, type=kind, time=time, title=title, texts=texts)
