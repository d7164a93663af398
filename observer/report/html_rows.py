"""A run as the rows of its log: pieces of text joined, a call and its result one row. A fold over events. Pure.

Whatever the run said is clean in here, and no longer than the page can carry.
"""

from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

from observer.format.event import Event, Malformed
from observer.format.timestamps import parse_timestamp
from observer.format.units import format_size
from observer.report.truncate import Text, brief, text
from observer.runs.describe import describe
from observer.runs.describe_tools import compact, describe_call
from observer.runs.filter import TEXT_TYPES, is_trouble
from observer.runs.run import Run
from observer.runs.timeline import SPANNING, Timeline

SIGNS = frozenset({"heartbeat", "tool_input", "subagent_progress"})
"""Signs of life, of which the log only says how many there were."""
BUDGET = 16_000_000
"""Characters of text in the page; beyond it, all texts are shortened more."""
LONGEST, SHORTEST = 4000, 80
"""Characters kept of a text, at first and when the page is full."""
TITLE = 240
ROWS = 80_000
"""Rows of the log; of a longer one the middle is left out."""
AGENTS = 400
"""Subagents with a lane of their own."""
FIELDS = 24
"""Fields of an event that are shown."""
_RESULT = frozenset({"tool_use_id", "name", "status", "duration_ms", "output", "output_bytes", "output_file"})

_LABELS = {"command": "refused"}
"""The input has a command too; the result names the part of it that was refused."""


class Row(Struct, omit_defaults=True, kw_only=True):
    """One row: an event, a call with its result (`type` is `tool`), or the pieces of one text.

    `line` and `last` are the numbers of its first and last line in the run file; `at` and `ends` are milliseconds
    since the run began, `took` is what the tool itself took, in milliseconds; `agent` counts from 0, the main one.
    """

    line: int
    type: str
    last: int = 0
    at: int | None = None
    ends: int | None = None
    took: float | None = None
    agent: int = 0
    name: str = ""
    status: str = ""
    title: str = ""
    bad: bool = False
    texts: list[Text] = []

    @property
    def length(self) -> int:
        """How many characters it takes, about."""
        return 150 + len(self.title) + sum(20 + found.length for found in self.texts)


class Story:
    """Feed it events with `take` and broken lines with `take_malformed`, in the order of the file."""

    def __init__(self, *, budget: int = BUDGET, rows: int = ROWS) -> None:
        self.agents = ["Main agent"]
        """What the agents are called; a row's `agent` is an index into it."""
        self.origin: float | None = None
        """When the run began, in seconds since 1970."""
        self.timeline = Timeline()
        self.signs: Counter[str] = Counter()
        """Signs of life, which have no rows."""
        self.longest = LONGEST
        """Characters kept of a text."""
        self._budget, self._half = budget, max(1, rows // 2)
        self._first: list[Row] = []
        self._last: deque[Row] = deque()
        self._gap: Row | None = None
        self._left_out = 0
        self._spent = 0
        self._project = ""
        self._calls: dict[str, Row] = {}
        self._spoken: dict[tuple[str, ...], Row] = {}
        self._agents: dict[str, int] = {}

    @property
    def rows(self) -> list[Row]:
        """The rows, with one that says so where some are left out."""
        return [*self._first, *([self._gap] if self._gap else []), *self._last]

    def agent_of(self, parent: str | None) -> int:
        """Return which of `agents` has been spawned by the tool call `parent`: the main one by none."""
        return self._agents.get(parent, 0) if parent is not None else 0

    def take(self, event: Event, line: int) -> None:
        """Take in the next event, which stands on line number `line` of its file, counted from 1."""
        if event.type in SPANNING:
            self.timeline.take(event, line)
        stamp = parse_timestamp(event.timestamp)
        if self.origin is None:
            self.origin = stamp
        at = None if stamp is None or self.origin is None else round((stamp - self.origin) * 1000)
        if event.type in SIGNS:
            self.signs[event.type] += 1
        elif event.type in TEXT_TYPES:
            self._speak(event, line, at)
        elif event.type == "tool_use":
            self._use(event, line, at)
        elif event.type == "tool_result":
            self._result(event, line, at)
        else:
            self._tell(event, line, at)

    def take_malformed(self, found: Malformed, line: int) -> None:
        """Take in a line that holds no event."""
        title = brief(f"{found.reason}, {format_size(found.length)}", TITLE)
        shown = text("line", found.preview, line, self.longest)
        shown.left += max(0, found.length - len(found.preview.encode("utf-8", "replace")))
        self._put(Row(line=line, type="malformed", title=title, bad=True, texts=[shown]))

    def _speak(self, event: Event, line: int, at: int | None) -> None:
        agent, block = self._agent(event.parent), str(event.data.get("block"))
        for kind in TEXT_TYPES if event.text("replaces") else ():
            void = self._spoken.get((kind, str(event.parent), event.text("replaces"), block))
            if void is not None:
                void.status = "void"
        key = (event.type, str(event.parent), event.text("message"), block)
        row = self._spoken.get(key)
        if row is None or not event.text("message"):
            row = Row(line=line, type=event.type, at=at, agent=agent, texts=[Text("", "", line)])
            self._spoken[key] = row
            self._put(row)
        before = row.texts[0].length
        row.texts[0].add(event.text("text"), self.longest)
        self._spent += row.texts[0].length - before
        row.last, row.ends = line, at
        self._economise()

    def _use(self, event: Event, line: int, at: int | None) -> None:
        given, name = event.data.get("input"), event.text("name")
        inputs: dict[str, Any] = given if isinstance(given, dict) else {} if given is None else {"input": given}
        title = brief(describe_call(name, inputs, self._project)[0].strip(), TITLE)
        agent, texts = self._agent(event.parent), self._texts(inputs, line)
        row = Row(line=line, type="tool", at=at, agent=agent, name=brief(name), title=title, texts=texts)
        if event.text("id"):
            self._calls[event.text("id")] = row
        self._put(row)

    def _result(self, event: Event, line: int, at: int | None) -> None:
        row = self._calls.pop(event.text("tool_use_id"), None)
        if row is None:
            row = Row(line=line, type="tool", agent=self._agent(event.parent), name=brief(event.text("name")))
            self._put(row)
        row.last, row.ends = line, at
        row.took, row.status, row.bad = event.number("duration_ms"), brief(event.text("status")), is_trouble(event)
        more = {_LABELS.get(key, key): value for key, value in event.data.items() if key not in _RESULT}
        texts = self._texts(more, line)
        if output := event.data.get("output"):
            texts += self._texts({"output": output}, line)
        if kept := event.text("output_file"):
            whole = format_size(event.number("output_bytes") or 0)
            texts += self._texts({"whole output": f"{whole}, in {kept} of the runs folder"}, line)
        row.texts = row.texts + texts
        self._spent += sum(found.length for found in texts)
        self._economise()

    def _tell(self, event: Event, line: int, at: int | None) -> None:
        if event.type == "run_start":
            self._project = event.text("project_dir")
        speaker = event.parent
        if event.type.startswith("subagent_"):
            speaker = event.text("tool_use_id") or speaker
        agent = self._agent(speaker)
        if event.type == "subagent_start" and agent:
            names = [event.text("agent_type") or "subagent", event.text("description")]
            self.agents[agent] = brief(": ".join(name for name in names if name))
        status = event.text("status") or event.text("outcome")
        self._put(
            Row(
                line=line, type=brief(event.type) or "event", at=at, agent=agent, status=brief(status),
                took=event.number("duration_ms"), title=brief(describe(event).line(), TITLE), bad=is_trouble(event),
                texts=self._texts(event.data, line),
            )
        )  # fmt: skip

    def _texts(self, values: dict[str, Any], line: int) -> list[Text]:
        """The values of an event, each as a text; those beyond the first `FIELDS` are counted."""
        said = {key: value for key, value in values.items() if value is not None and value not in ("", [], {})}
        found = [
            text(key, value if isinstance(value, str) else compact(value), line, self.longest)
            for key, value in islice(said.items(), FIELDS)
        ]
        if len(said) > FIELDS:
            found.append(text("left out", f"{len(said) - FIELDS:,} more fields; line {line}", line, self.longest))
        return found

    def _agent(self, parent: str | None) -> int:
        if parent is None:
            return 0
        if parent not in self._agents:
            if len(self.agents) <= AGENTS:
                self.agents.append("Subagent" if len(self.agents) < AGENTS else "All other subagents")
            self._agents[parent] = len(self.agents) - 1
        return self._agents[parent]

    def _put(self, row: Row) -> None:
        self._spent += row.length
        if len(self._first) < self._half:
            self._first.append(row)
        else:
            self._last.append(row)
        if len(self._last) > self._half:
            self._leave_out(self._last.popleft())
        self._economise()

    def _leave_out(self, row: Row) -> None:
        self._left_out += 1
        self._spent -= row.length
        if self._gap is None:
            self._gap = Row(line=row.line, type="gap", at=row.at)
        self._gap.last = max(self._gap.last, row.last, row.line)
        self._gap.title = f"{self._left_out:,} rows left out; lines {self._gap.line:,} to {self._gap.last:,}"

    def _economise(self) -> None:
        """Shorten every text by a third as soon as all of them are too long together."""
        while self._spent > self._budget and self.longest > SHORTEST:
            self.longest = max(SHORTEST, self.longest * 2 // 3)
            for row in self.rows:
                row.title = brief(row.title, max(self.longest, SHORTEST))
                for found in row.texts:
                    found.shorten(self.longest)
            self._spent = sum(row.length for row in self.rows)


def story(run: Run) -> Story:
    """Return the story of a run."""
    found = Story()
    broken = iter(run.malformed)
    following = next(broken, None)
    for line, event in run.numbered():
        while following is not None and following[0] < line:
            found.take_malformed(following[1], following[0])
            following = next(broken, None)
        found.take(event, line)
    for number, malformed in _rest(following, broken):
        found.take_malformed(malformed, number)
    return found


def _rest(
    following: tuple[int, Malformed] | None, broken: Iterator[tuple[int, Malformed]]
) -> Iterator[tuple[int, Malformed]]:
    if following is not None:
        yield following
        yield from broken
