"""Converts the output of `gemini --output-format stream-json`: what one process of Gemini CLI did. Pure.

Every line has a time, and the tokens come once, at the end. A command that fails is reported as a success, as the tool
did run; its exit code is not reported.
"""

from collections import Counter
from collections.abc import Mapping

from observer.dialects import event_data
from observer.dialects.dialect import ForeignEvent
from observer.dialects.opening import Opening
from observer.dialects.records import NO_OBJECT, CallIds, decode_record, elapsed_ms, is_blank, parse_arguments
from observer.format.fields import Fields

_TOOLS = {"run_shell_command": "Bash", "write_file": "Write", "replace": "Edit", "read_file": "Read"}
"""The names by which views know a tool; the fields of their inputs are the same."""
_FIELDS = {"init": "model", "message": "content", "tool_use": "tool_id", "tool_result": "tool_id", "result": "stats"}
"""The types of the records, each with a field that records of the type have here."""


class GeminiStream:
    """The dialect of the output of `gemini --output-format stream-json`."""

    name = "gemini-stream-json"
    program = "Gemini CLI"

    def vote(self, record: Mapping[str, object]) -> int:
        """Return 1 for a record of such an output, -1 for one that cannot be, 0 for one that says nothing."""
        kind = record.get("type")
        if not isinstance(kind, str) or kind == "error":
            return 0
        is_ours = _FIELDS.get(kind) in record and "timestamp" in record and "data" not in record
        return 1 if is_ours and isinstance(record.get("content", ""), str) else -1

    def converter(self) -> "GeminiConverter":
        """Return a converter for one output."""
        return GeminiConverter()


class GeminiConverter:
    """Converts one output."""

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()
        self._opening = Opening("gemini")
        self._events: list[ForeignEvent] = []
        self._stamp: str | None = None
        self._ids = CallIds()
        self._calls: dict[str, tuple[str, str | None]] = {}
        """The names of the calls that are running, and when they began."""
        self._number = 1
        self._text = ""
        self._ending: event_data.Data | None = None

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        """Return the events of the next line; such an output has no companions."""
        record = None if origin else decode_record(line)
        if record is not None:
            self._stamp = event_data.utc_timestamp(record.value("timestamp")) or self._stamp
            self._take(record)
        elif not origin and not is_blank(line):
            self.unknown[NO_OBJECT] += 1
        return self._fetch()

    def skip(self) -> None:
        """Note that lines are left out here: the last ones have the sums."""

    def flush(self) -> list[ForeignEvent]:
        """Return nothing: the figures of what has not ended are not known."""
        return []

    def end(self) -> list[ForeignEvent]:
        """Return `complete` if the result has come; see `Converter`."""
        if self._ending is not None:
            self._emit("complete", self._ending)
            self._ending = None
        return self._fetch()

    def _fetch(self) -> list[ForeignEvent]:
        events, self._events = self._events, []
        return self._opening.pass_on(events)

    def _emit(self, kind: str, data: event_data.Data) -> None:
        self._events.append(ForeignEvent(kind, data, self._stamp))

    def _take(self, record: Fields) -> None:
        match kind := record.text("type"):
            case "init":
                self._opening.session_id, self._opening.timestamp = record.text("session_id"), self._stamp
                self._opening.model = record.text("model") or None
            case "message" if record.text("role") == "user":
                self._emit("prompt", event_data.prompt(record.text("content"), "user"))
            case "message":
                self._text += record.text("content")
                self._emit("thought", event_data.thought(record.text("content"), self._message, 0))
            case "tool_use":
                self._use(record)
            case "tool_result":
                self._result(record)
            case "error" if record.text("severity") == "warning":
                self._emit("info", event_data.info(record.text("message"), "warning"))
            case "error":
                self._emit("error", event_data.error(record.text("message"), "api"))
            case "result":
                self._end(record)
            case _:
                self.unknown[kind or "no type"] += 1

    @property
    def _message(self) -> str:
        return f"message-{self._number}"

    def _end_message(self, tokens: event_data.Data | None = None) -> None:
        if self._text or tokens:
            self._emit("message", event_data.message(self._message, self._text, tokens=tokens))
            self._number, self._text = self._number + 1, ""

    def _use(self, record: Fields) -> None:
        self._end_message()
        name = _TOOLS.get(record.text("tool_name"), record.text("tool_name"))
        if (id_ := self._ids.begin(record.text("tool_id"))) is not None:
            self._calls[id_] = name, self._stamp
            self._emit("tool_use", event_data.tool_use(id_, name, parse_arguments(record.value("parameters"))))

    def _result(self, record: Fields) -> None:
        if (id_ := self._ids.end(record.text("tool_id"))) is not None:
            name, since = self._calls.pop(id_)
            failure = record.fields("error")
            output = record.words("output") or (failure.text("message") if failure else "")
            status: event_data.Status = "success" if record.text("status") == "success" else "error"
            duration = elapsed_ms(since, self._stamp)
            self._emit("tool_result", event_data.tool_result(id_, name, status, output, duration_ms=duration))

    def _end(self, record: Fields) -> None:
        stats, failure = record.object("stats"), record.fields("error")
        read, cached = stats.count("input_tokens") or 0, stats.count("cached") or 0
        output, duration = stats.count("output_tokens"), stats.count("duration_ms")
        tokens = event_data.tokens(input_=max(0, read - cached), output=output, cache_read=cached)
        self._end_message(tokens if stats.data else None)
        outcome: event_data.Outcome = "success" if record.text("status") == "success" else "failed"
        if failure is not None:
            self._emit("error", event_data.error(failure.text("message"), failure.text("type") or "api"))
        ended = "ended" if outcome == "success" else "failed"
        self._emit("info", event_data.info(f"the turn {ended}", "turn_end", duration_ms=duration, outcome=outcome))
        reason = (failure.text("message") if failure else "") or "as far as the stream tells"
        total = tokens if stats.data else None
        self._ending = event_data.complete(outcome, reason, duration_ms=duration or 0, tokens=total)
