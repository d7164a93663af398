"""The processes that wrote a transcript, one after the other: each is a session of the run. Pure.

A process that ends in good order writes the total that its conversation has cost so far. Whatever follows is of another
process, which has resumed the conversation. How a turn has ended is told by its last message.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from observer.dialects.claude.own_events import info, run_start, session_start
from observer.dialects.claude.spending import Spending
from observer.dialects.claude.turn_results import TurnResult
from observer.dialects.claude.usage import Tokens
from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import complete
from observer.dialects.records import elapsed_ms
from observer.format.fields import Fields

_SECONDARY = frozenset({"info", "error", "session_end"})
"""Types of events that begin no session."""
_AS_FAR_AS_KNOWN = "as far as the file tells"
_CUT = TurnResult("interrupted", "interrupted before the agent was done")


class Processes:
    """The processes of one transcript. `turn` is the result of the last turn, None while one is running."""

    def __init__(self, spending: Spending) -> None:
        self._spending = spending
        self._fields: dict[str, str] = {}
        self._title = ""
        self._leading: list[ForeignEvent] = []
        self._is_started = self._is_open = False
        self._iteration = 0
        self._messages: int | None = 0
        self._answer = ""
        self._duration_ms = 0
        self._ended: list[tuple[float | None, Tokens | None]] = []
        self._begin: str | None = None
        self._last: str | None = None
        self.turn: TurnResult | None = None

    @property
    def stamp(self) -> str | None:
        """The latest time of a record so far."""
        return self._last

    @property
    def is_turn_running(self) -> bool:
        """Whether a turn is running."""
        return self._is_started and self.turn is None

    @property
    def session_id(self) -> str:
        """The ID of the session; empty before it is known."""
        return self._fields.get("session_id", "")

    def note(self, record: Fields, stamp: str | None) -> None:
        """Note what a record says of its process, and its time."""
        fields = {"session_id": "sessionId", "cwd": "cwd", "claude_code_version": "version",
                  "permissionMode": "permissionMode"}  # fmt: skip
        for name, key in fields.items():
            if value := record.text(key):
                if name in ("session_id", "cwd"):  # the first one names the run
                    self._fields.setdefault(name, value)
                else:
                    self._fields[name] = value
        if stamp is not None:
            self._begin = self._begin or stamp
            self._last = max(self._last or stamp, stamp)

    def set_model(self, model: str) -> Iterator[ForeignEvent]:
        """Note the model. Yields the beginning of a session that has waited for it."""
        self._fields["model"] = model
        if self._is_started and not self._iteration:
            yield from self._open()

    def set_title(self, title: str) -> Iterator[ForeignEvent]:
        """Note a title. Before the run has started, it is its purpose."""
        if title and title != self._title:
            self._title = title
            if self._is_started:
                yield info(title, "title")

    def message(self, event: ForeignEvent) -> None:
        """Count a message of the main agent, of which the last one is the answer."""
        self._messages = None if self._messages is None else self._messages + 1
        self._answer = Fields(event.data).text("text")

    def skip(self) -> None:
        """Note that records are left out here, perhaps the ends of processes."""
        self._messages = None

    def hold(self, event: ForeignEvent) -> Iterator[ForeignEvent]:
        """Yield an event that begins no run; one before the run has started waits for that."""
        if self._is_started:
            yield event
        else:
            self._leading.append(event)

    def with_starts(self, events: Iterable[ForeignEvent]) -> Iterator[ForeignEvent]:
        """Yield events, and before them the beginnings of the run and of the session."""
        for event in events:
            if not self._is_started:
                yield from (replace(each, timestamp=event.timestamp) for each in self._start(event))
            waits = event.type == "prompt" and "model" not in self._fields
            if not self._is_open and event.type not in _SECONDARY and not waits:
                yield from (replace(each, timestamp=event.timestamp) for each in self._open())
            yield event

    def end_process(self, record: Fields) -> Iterator[ForeignEvent]:
        """Yield the end of the session whose process has written the total cost of its conversation."""
        usage = record.fields("modelUsage")
        models = None if usage is None else usage.data
        is_guess = record.flag("hasUnknownModelCost")
        self._spending.report(record.number("totalCostUSD"), models, is_guess=is_guess)
        total_ms = record.whole("totalDuration") or 0
        own_ms = total_ms - self._duration_ms if total_ms >= self._duration_ms else total_ms
        self._duration_ms = total_ms
        if self._is_open:
            self._is_open = False
            cost, tokens, turn = self._spending.cost_usd, self._spending.tokens, self.turn or _CUT
            self._ended.append((cost, tokens))
            self.turn = turn
            yield self._session_end(turn, own_ms, models)
            self._spending.begin_session()
            self._messages, self._answer = 0, ""

    def complete(self, blocked: list[dict[str, object]]) -> list[ForeignEvent]:
        """Return the end of the run, if the last turn has ended."""
        if self.turn is None or not self._is_started:
            return []
        costs = [cost for cost, _ in self._ended] + ([None] if self._is_open else [])
        known = [cost for cost in costs if cost is not None]
        tokens = [tokens for _, tokens in self._ended] + ([self._spending.tokens] if self._is_open else [])
        message = self.turn.message if self.turn.outcome != "success" else "done"
        if self._is_open and self.turn.outcome == "success":
            message = _AS_FAR_AS_KNOWN
        data = complete(
            self.turn.outcome,
            message,
            project_dir=self._fields.get("cwd", ""),
            duration_ms=elapsed_ms(self._begin, self._last) or 0,
            cost_usd=round(sum(known), 6) if known and len(known) == len(costs) else None,
            tokens=_sum(tokens),
            blocked=blocked,
        )
        return [ForeignEvent("complete", data)]

    def _start(self, event: ForeignEvent) -> Iterator[ForeignEvent]:
        self._is_started = True
        is_prompt = event.type == "prompt" and event.parent is None
        self._title = self._title or (Fields(event.data).text("text") if is_prompt else "")
        version, cwd = self._fields.get("claude_code_version", ""), self._fields.get("cwd", "")
        yield run_start(self.session_id, cwd, version, self._title)
        yield from self._leading

    def _open(self) -> Iterator[ForeignEvent]:
        self._is_open = True
        self._iteration += 1
        yield session_start(Fields({"session_id": "", **self._fields}), self._iteration)

    def _session_end(self, turn: TurnResult, duration_ms: int, models: dict[str, Any] | None) -> ForeignEvent:
        failed = turn.outcome != "success"
        data: dict[str, object] = {
            "outcome": turn.outcome,
            **({} if self._messages is None else {"turns": self._messages}),
            "duration_ms": duration_ms,
            "cost_usd": self._spending.cost_usd,
            "usage": None,
            "model_usage": models or None,
            "result": None if failed else self._answer or None,
            "tokens": _data(self._spending.tokens),
            "terminal_reason": None,
            "errors": [],
            "session_id": self.session_id,
            "message": turn.message if failed else None,
        }
        return ForeignEvent("session_end", data)


def _sum(tokens: list[Tokens | None]) -> dict[str, object] | None:
    """Return the sum of the tokens of several processes, None if those of one are not known, or there is none."""
    known = [each for each in tokens if each is not None]
    return sum(known[1:], known[0]).data if known and len(known) == len(tokens) else None


def _data(tokens: Tokens | None) -> dict[str, object] | None:
    return None if tokens is None else tokens.data
