"""Represents one run as an object, for tests, programs and reports. Blocking, and lazy.

Loading finds the lines of the file and the types of their events; an event is decoded when it is accessed.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from time import time

from observer.format.event import Event
from observer.format.foreign_encoding import HEAD_BYTES
from observer.format.timestamps import parse_timestamp
from observer.runs.live.monitor import current_status
from observer.runs.live.read_state import HEARTBEAT_BYTES
from observer.runs.one_run.event_index import EventIndex
from observer.runs.one_run.tool_call import ToolCall, ToolCalls
from observer.runs.state.no_event import why_no_event
from observer.runs.state.state import STALL_AFTER_S, RunState
from observer.runs.state.tokens import Tokens
from observer.runs.state.verdict import Status, Verdict
from observer.runs.summary.summary import PASSED_OVER, RETRY, Summary
from observer.runs.timeline import SPANNING, Timeline
from observer.source.find import resolve_latest
from observer.source.locate import run_id
from observer.source.snapshot import Snapshot

_STATE_TYPES = frozenset({"run_start", "session_start", "session_end", "progress", "todo", "complete"})

_CALL_TYPES = frozenset({"tool_use", "tool_result"})
_READ_AHEAD = 64 * 1024
"""Bytes read at once while events are iterated in order."""


class Run:
    """A run file as it was when it was loaded; created by `load_run`.

    `path` is the file, `display_name` its name in messages, `events` all its events in order, `malformed` the lines
    that hold none.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._loaded = time()
        self.path = snapshot.path
        self.display_name = snapshot.display_name
        self.damage = snapshot.damage
        """A sentence about the part of a compressed file that could not be read; empty if there is none."""
        self._index = index = EventIndex(snapshot)
        self.malformed = index.malformed
        """The lines without an event, each with its number, counted from 1."""
        self.events: Sequence[Event] = index.events(range(len(index.types)))

    @property
    def id(self) -> str:
        """The ID of the run, from its events if they have one, otherwise from the name of its file."""
        return (self.events[0].run if self._index.types else None) or run_id(self.path)

    @cached_property
    def state(self) -> RunState:
        """The state after its events; of those far from the end, only the few that concern the run as a whole count."""
        state, begin = RunState(), self.size - HEARTBEAT_BYTES
        if self._index.types:
            state.begin(self._index.types[0], self._index.event(0).seq, self._index.numbers[0] - 1)
        for index, kind in enumerate(self._index.types):
            if kind in _STATE_TYPES or self._index.offsets[index] >= begin:
                state.apply(self._index.event(index))
        if not self._index.types:
            state.unread = why_no_event(self._snapshot.read(HEAD_BYTES, 0))
        return state

    @property
    def outcome(self) -> str | None:
        """`success`, `failed`, `interrupted` or `budget`; None if the run has not ended, or was killed."""
        return self.state.outcome

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict on the run at the time when it was loaded."""
        return self.status().verdict

    @property
    def silent_s(self) -> float:
        """Seconds between the arrival of its last event and the time when it was loaded."""
        return self._loaded - self._snapshot.changed

    def status(self, stall_after_s: float = STALL_AFTER_S) -> Status:
        """Return the status of the run when loaded; it is stalled after `stall_after_s` seconds without progress."""
        return current_status(
            self.state, self.silent_s, locked=self._snapshot.locked, stall_after_s=stall_after_s,
            is_final=self._snapshot.is_final, damage=self.damage,
        )  # fmt: skip

    @property
    def duration(self) -> float | None:
        """The duration of the run, so far if it is active, in seconds; None if its events have no timestamps.

        Of a file whose beginning is gone it is at least that long.
        """
        if self._elapsed is not None:
            return self._elapsed
        first = parse_timestamp(self.events[0].timestamp) if self._index.types else None
        last = self.state.last_seen
        return None if first is None or last is None else max(0.0, last - first)

    @property
    def duration_is_whole(self) -> bool:
        """Whether `duration` is that of the whole run, not of the part of it that the file still has."""
        return self._elapsed is not None

    @cached_property
    def _elapsed(self) -> float | None:
        return self.state.elapsed(self.state.now_after(self.silent_s), self.status())

    @property
    def cost_usd(self) -> float | None:
        """The cost so far, in US dollars; None if unknown."""
        return self.state.cost_usd

    @property
    def tokens(self) -> Tokens | None:
        """The tokens so far, as the run states them; None if it does not. `summary` counts them by message."""
        return self.state.tokens

    @property
    def blocked(self) -> list[ToolCall]:
        """The tool calls that were refused."""
        return [call for call in self.tools() if call.status == "blocked"]

    def of_type(self, *types: str) -> Sequence[Event]:
        """Return the events of these types, in order."""
        return self._index.events([index for index, kind in enumerate(self._index.types) if kind in types])

    def tools(self, *names: str) -> list[ToolCall]:
        """Return the calls of these tools, or of all tools, in order."""
        calls = ToolCalls(self._index.event)
        chosen = [index for index, kind in enumerate(self._index.types) if kind in _CALL_TYPES]
        for index, line in zip(chosen, self._index.lines(chosen), strict=True):
            calls.take(self._index.types[index], line, index)
        return calls.named(names)

    def text(self, *, parent: str | None = None) -> str:
        """Return the text of the main agent, or of the subagent that tool call `parent` spawned, without its thinking.

        Text that was repeated because its stream broke occurs once. Blocks are separated by a blank line. A message of
        which there are no pieces counts as one block.
        """
        blocks: dict[str, dict[int | None, list[str]]] = {}
        for event in self.of_type("thought", "message"):
            if event.parent != parent:
                continue
            if event.type == "thought":
                blocks.pop(event.text("replaces"), None)
                message = blocks.setdefault(event.text("message"), {})
                message.setdefault(event.integer("block"), []).append(event.words("text"))
            elif event.words("text"):
                blocks.setdefault(event.text("id") or str(event.line.offset), {None: [event.words("text")]})
        return "\n\n".join("".join(pieces) for message in blocks.values() for pieces in message.values())

    def numbered(self) -> Iterator[tuple[int, Event]]:
        """Yield each event with the number of its line, counted from 1."""
        return zip(self._index.numbers, self.events, strict=True)

    def line_number(self, event: Event) -> int:
        """Return the number of the line of an event, counted from 1."""
        return self._index.numbers[bisect_right(self._index.offsets, event.line.offset) - 1]

    def summary(self) -> Summary:
        """Return the totals of the run."""
        summary = self.empty_summary()
        for line, event in self._telling():
            summary.add(event, line)
        return summary

    def timeline(self) -> Timeline:
        """Return the timeline of the run."""
        return self.totals()[1]

    def totals(self) -> tuple[Summary, Timeline]:
        """Return both of them, for which the events are decoded once."""
        summary, timeline = self.empty_summary(), Timeline()
        for line, event in self._telling():
            summary.add(event, line)
            if event.type in SPANNING:
                timeline.take(event, line)
        return summary, timeline

    def empty_summary(self) -> Summary:
        """Return a summary of how many events and malformed lines there are, to which the events are to be added."""
        summary = Summary()
        summary.events = len(self._index.types)
        for number, malformed in self.malformed:
            summary.add_malformed(number, malformed.reason, malformed.offset)
        return summary

    def _telling(self) -> Iterator[tuple[int, Event]]:
        """Yield the events that a summary and a timeline need, each with the number of its line."""
        types = enumerate(self._index.types)
        if RETRY in self._index.types:
            chosen = [index for index, _ in types]
        else:
            chosen = [index for index, kind in types if not index or kind not in PASSED_OVER]
        return zip((self._index.numbers[index] for index in chosen), self._index.decoded(chosen), strict=True)

    @property
    def size(self) -> int:
        """The size of the file in bytes, uncompressed."""
        return self._snapshot.size

    def close(self) -> None:
        """Close the file; events can no longer be accessed."""
        self._snapshot.close()

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.verdict}, {len(self.events)} events>"


def load_run(path: str | Path) -> Run:
    """Return the run in a file: `.ndjson`, compressed as `.gz` or `.zst`, or `-` for standard input.

    The file may still be written; the run is its content at this moment. Malformed lines are in `Run.malformed`. Raises
    `UnreadableError` when the file does not exist or cannot be read or decompressed.

    >>> run = load_run("docs/example.ndjson")
    >>> run.verdict, run.duration, [call.name for call in run.tools()]
    (<Verdict.COMPLETE: 'complete'>, 5.33, ['Write', 'Bash'])
    >>> run.text()
    "I'll write it first, then run it.\\n\\nIt greets."
    """
    return Run(Snapshot(resolve_latest(Path(path))))
