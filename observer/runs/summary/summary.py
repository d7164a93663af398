"""Totals of a run: sessions, tools, subagents, tokens, progress, files and errors. A fold over its lines. Pure.

Text pieces, nine tenths of a run, are only counted.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from observer.format.event import Event, Malformed, Record, events_in
from observer.format.line import Line, Oversize
from observer.format.lines import Block
from observer.format.timestamps import parse_timestamp
from observer.runs.state.context_fill import ContextFill
from observer.runs.state.conversation import Prompt, prompt_of
from observer.runs.state.state import RunState
from observer.runs.state.tokens import Tokens, larger, sum_tokens, tokens_of
from observer.runs.summary.calls import Calls, WrittenFile
from observer.runs.summary.features import Features
from observer.runs.summary.sessions import Sessions
from observer.runs.summary.subagents import Subagents
from observer.runs.summary.tool_totals import ToolTotals
from observer.runs.summary.trouble_list import TroubleList

_PIECES = frozenset({"thought", "thinking"})
_UNKNOWN_MODEL = "unknown"
PASSED_OVER = _PIECES | {"tool_input", "subagent_progress"}
"""Types of events that are only counted, nine tenths of a run; pieces of text end the repetition of a request, too."""
RETRY = "api_retry"
_STATE_TYPES = frozenset({
    "run_start", "session_start", "session_end", "subagent_start", "subagent_complete", "progress", "todo", "error",
    "complete",
})  # fmt: skip


class Model(Struct):
    """The use of one model: its complete messages, and their tokens; None as long as no message states any."""

    messages: int = 0
    tokens: Tokens | None = None


class Said(Struct, frozen=True):
    """A prompt, when it was sent (seconds since 1970), and by which call if it was sent to a subagent."""

    at: float | None
    prompt: Prompt
    parent: str | None


class Summary:
    """Takes the lines of a run with `take`, or its events with `add`; the other attributes are the totals so far."""

    def __init__(self) -> None:
        self.start: Event | None = None
        self.end: Event | None = None
        """The last `complete` event."""
        self.events = 0
        self.malformed = 0
        """Lines without an event."""
        self.first_malformed = ""
        """Which of them is the first, and why it has none, in words."""
        self.first_malformed_offset: int | None = None
        self._lines = 0
        self.sessions = Sessions()
        self.tools = ToolTotals()
        self.subagents = Subagents()
        self.calls = Calls()
        self.features = Features()
        self.troubles = TroubleList()
        self.prompts: list[Said] = []
        self.models: dict[str, Model] = {}
        self.spent: dict[str | None, Tokens] = {}
        """The tokens of the main agent (None) and of each subagent, by the call that spawned it."""
        self.context = ContextFill()
        self.used: list[tuple[float, int]] = []
        """When each message was complete, and the number of its tokens."""
        self.counts: list[tuple[float, int, int]] = []
        """Progress: time, number of passing features, and number of all features."""
        self.last_error: Event | None = None
        self.state = RunState()
        """The state of the run, from the events that concern the run as a whole."""
        self._project = ""

    @property
    def written(self) -> list[tuple[str, WrittenFile]]:
        """The files that were written, those that were written most first; one in the project has a relative path."""
        project = f"{self._project.rstrip('/')}/"
        files = ((path.removeprefix(project), file) for path, file in self.calls.files.items())
        return sorted(files, key=lambda item: -item[1].writes)

    @property
    def tokens(self) -> Tokens | None:
        """The tokens of the run: the total that its events state, or the sum over its messages if that is further."""
        return larger(self.state.tokens, sum_tokens(self.spent.values()))

    def take(self, lines: Iterable[Line | Oversize]) -> None:
        """Add the next lines of the run."""
        for line in lines:
            record = Record(line)
            if isinstance(line, Line):
                self._take(line, record.type, record)
            else:
                self._lines += 1
                self.add_malformed(self._lines, "too long", line.offset)

    def take_block(self, block: Block) -> None:
        """Add the next lines of the run, like `take`, in less time."""
        events = events_in(block, PASSED_OVER) if self.events else None
        if events is None:
            self.take(block.lines())
            return
        retries = self.troubles.retries
        for number, event in enumerate(events, self._lines + 1):
            if retries or event.type not in PASSED_OVER:
                self.add(event, number)
        self.events += len(events)
        self._lines += len(events)

    def _take(self, line: Line, kind: str, record: Record) -> None:
        """Add a line with an event of a type, or without a type, perhaps because it has no event."""
        self._lines += 1
        if kind in PASSED_OVER and self.events and not self.troubles.retries:
            self.events += 1
        elif (event := record.event) is not None:
            self.events += 1
            self.add(event, self._lines)
        elif record.decoded is not None:
            reason = record.decoded.reason if isinstance(record.decoded, Malformed) else ""
            self.add_malformed(self._lines, reason, line.offset)

    def add_malformed(self, line: int, reason: str, offset: int) -> None:
        """Add a line without an event, by its number, the reason why it has none, and its offset."""
        self.malformed += 1
        if not self.first_malformed:
            self.first_malformed_offset = offset
            self.first_malformed = f"the first broken line is line {line:,}: {reason}"

    def add(self, event: Event, line: int) -> None:
        """Add an event, which is on line number `line`, except to the number of `events`.

        Events that are `PASSED_OVER` may be left out, but the first of all, unless requests are being repeated.
        """
        self.state.begin(event.type, event.seq, line - 1)
        kind = event.type
        if kind == "tool_result":
            self._result(event)
        elif kind == "heartbeat":
            self.calls.heartbeat(event)
        elif kind in _PIECES:
            self.troubles.answered(event.parent)
        elif kind not in PASSED_OVER:
            self._event(event)

    def _event(self, event: Event) -> None:
        self.troubles.take(event)
        if event.type in _STATE_TYPES:
            self.state.apply(event)
        if (prompt := prompt_of(event)) is not None:
            self.prompts.append(Said(parse_timestamp(event.timestamp), prompt, event.parent))
        elif (add := _ADD.get(event.type)) is not None:
            add(self, event)

    def _run_start(self, event: Event) -> None:
        self.start, self._project = event, event.text("project_dir")

    def _session_end(self, event: Event) -> None:
        self._end_calls(event.iteration, event, failed=event.text("outcome") not in {"success", ""})
        self.sessions.end(event)
        self.context.end_session(event)

    def _message(self, event: Event) -> None:
        tokens = tokens_of(event)
        name = event.text("model") or _UNKNOWN_MODEL
        model = self.models.setdefault(name, Model())
        model.messages += 1
        self.context.message(event)
        model.tokens = sum_tokens([model.tokens, tokens])
        if tokens is not None:
            spent = self.spent.get(event.parent)
            self.spent[event.parent] = tokens if spent is None else spent + tokens
            if (at := parse_timestamp(event.timestamp)) is not None:
                self.used.append((at, tokens.total))

    def _end_calls(self, iteration: int | None, event: Event, *, failed: bool) -> None:
        """End what belongs to the session with this number, or to all sessions."""
        at = parse_timestamp(event.timestamp)
        self.calls.end(iteration, at, failed=failed)
        self.subagents.end(iteration, at, failed=failed)

    def _progress(self, event: Event) -> None:
        self.features.take(event)
        at, passing, total = parse_timestamp(event.timestamp), event.count("passing"), event.count("total")
        if at is not None and passing is not None and total is not None:
            self.counts.append((at, passing, total))

    def _complete(self, event: Event) -> None:
        self.end = event
        self.calls.complete(event)
        self.features.count(event)

    def _info(self, event: Event) -> None:
        if event.text("kind") == "resumed":  # what a process that was killed was doing is over
            self.state.apply(event)
            self._end_calls(None, event, failed=False)

    def _error(self, event: Event) -> None:
        self.last_error = event

    def _use(self, event: Event) -> None:
        self.tools.use(event)
        self.calls.use(event, self._project)
        if event.parent is None:
            self.subagents.cut.clear()

    def _result(self, event: Event) -> None:
        self.tools.result(event, self.calls.result(event))


_ADD: dict[str, Callable[[Summary, Event], None]] = {
    "run_start": Summary._run_start,
    "session_start": lambda summary, event: summary.sessions.start(event),
    "session_end": Summary._session_end,
    "message": Summary._message,
    "tool_use": Summary._use,
    "subagent_start": lambda summary, event: summary.subagents.start(event),
    "subagent_complete": lambda summary, event: summary.subagents.complete(event),
    "progress": Summary._progress,
    "error": Summary._error,
    "info": Summary._info,
    "complete": Summary._complete,
}
