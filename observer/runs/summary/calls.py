"""Matches tool calls with their results: which are running, which failed or were blocked, and what was written. Pure.

Calls that no ID identifies are matched in their order, by the name of the tool.
"""

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from observer.format.event import Event
from observer.format.fields import FieldAccess
from observer.format.terminal_text import without_styles
from observer.format.timestamps import parse_timestamp
from observer.runs.state.in_flight import running_tools
from observer.runs.trouble import GOOD_STATUSES, blocked_items
from observer.runs.words.describe_tools import UNNAMED, subject_of, tool_of
from observer.runs.words.line_diff import WRITING_TOOLS, LineCounts, count_changed_lines

BLOCKED = "blocked"
MAX_SUBJECT, MAX_ERROR = 500, 1000
"""Characters that are kept of what a call is about, and of its error: a run may have very many failed calls."""
_MAX_ERROR_LINES = 10
_PATH_KEYS = ("file_path", "notebook_path")
_NOT_RUN = "did not run"
_TAGS = ("<tool_use_error>", "</tool_use_error>")


class RunningCall(Struct, frozen=True):
    """A call that has not ended, or was cut short by the end of the run; `since` is in seconds since 1970.

    `subject` is the most informative field of its input, `parent` the call that spawned the subagent that made it.
    `offset` is where its first event is in the file, None if the file does not hold that.
    """

    id: str
    name: str
    subject: str
    since: float | None
    parent: str | None
    ended: float | None = None
    offset: int | None = None


class FailedCall(Struct, frozen=True):
    """A call that failed, or was blocked and never ran; `at` is the time of its result, in seconds since 1970.

    `subject` is what it was about: of a blocked command, the part that broke the rule. `error` is the beginning of its
    output, `reason` why it was blocked or cut short, `rule` what blocked it. `offset` is where the event that says so
    is in the file.
    """

    id: str
    name: str
    subject: str
    at: float | None
    parent: str | None
    seq: int | None = None
    duration_s: float | None = None
    error: str = ""
    reason: str = ""
    rule: str | None = None
    offset: int | None = None


class WrittenFile(Struct, frozen=True):
    """A file that was written: how often, its lines that were added and removed, and where its last result is.

    The lines are None if not all of the calls tell them.
    """

    writes: int
    lines: LineCounts | None
    offset: int


class _Open(Struct):
    """A call without a result; `number` counts the calls of the run, `path` is the file that it writes."""

    id: str
    name: str
    subject: str
    timestamp: str | None
    parent: str | None
    path: str | None
    lines: LineCounts | None
    iteration: int | None
    number: int
    offset: int

    @property
    def call(self) -> RunningCall:
        """The call as others see it."""
        since = parse_timestamp(self.timestamp)
        return RunningCall(self.id, self.name, self.subject, since, self.parent, offset=self.offset)


class Calls:
    """Takes the events that begin and end calls, and heartbeats, which say which ones are still running."""

    def __init__(self) -> None:
        self.failed: list[FailedCall] = []
        self.blocked: list[FailedCall] = []
        self.files: dict[str, WrittenFile] = {}
        """Files that were written, by path; a call that failed or never ended wrote none."""
        self._open: dict[tuple[str, str], list[_Open]] = {}
        self._iterations: Counter[int | None] = Counter()
        """How many open calls each session has, so that one without any ends in no time."""
        self._failed_ids: set[str] = set()
        self._used = 0
        self._results = 0
        self._cut: list[RunningCall] = []
        """Calls that were cut short, since the last call began."""
        self._heartbeat: Event | None = None
        self._used_before = 0
        self._ended_since: set[str] = set()

    def use(self, event: Event, project: str = "") -> None:
        """Add a `tool_use`; a file inside the directory `project` gets a relative name."""
        id_, name, subject = event.text("id"), tool_of(event), subject_of(event, project)[:MAX_SUBJECT]
        self._used += 1
        self._cut.clear()
        key = _key(id_, name)
        opened = self._open.get(key)
        if opened is None:
            opened = self._open[key] = []
        elif id_ and any(other.name == name and other.subject == subject for other in opened):
            return  # the same line twice
        path, lines = _written(event) if name in WRITING_TOOLS else (None, None)
        self._iterations[event.iteration] += 1
        opened.append(
            _Open(
                id_, name, subject, event.timestamp, event.parent, path, lines, event.iteration, self._used,
                event.line.offset,
            )
        )  # fmt: skip

    def result(self, event: Event) -> str | None:
        """Add a `tool_result`, also one whose call is not known. Return the name of the call that it ends."""
        id_, status = event.text("tool_use_id"), event.text("status")
        opened = self._pop(id_, event)
        self._results += 1
        if self._heartbeat is not None:
            self._ended_since.add(id_)
        if status == "success" and opened is not None and opened.path is not None:
            self._written(opened.path, opened.lines, event.line.offset)
        is_repeated = opened is None and id_ in self._failed_ids  # the same line twice
        if status in GOOD_STATUSES or is_repeated:
            return opened.name if opened is not None else None
        at, ended = parse_timestamp(event.timestamp), opened.call if opened is not None else None
        call = _failed_call(event, at, ended)
        (self.blocked if status == BLOCKED else self.failed).append(call)
        if call.id:
            self._failed_ids.add(call.id)
        was_cut = status != BLOCKED and call.reason and call.duration_s is not None
        if was_cut and not call.reason.startswith(_NOT_RUN):
            began = None if at is None or call.duration_s is None else at - call.duration_s
            self._cut.append(RunningCall(call.id, call.name, call.subject, began, call.parent, at, call.offset))
        return ended.name if ended is not None else None

    def complete(self, event: Event) -> None:
        """Add the blocked calls that a `complete` lists and whose results the file does not hold."""
        items = blocked_items(event)
        listed = {item.text("tool_use_id") for item in items} - {""}
        known = sum(call.id not in listed for call in self.blocked)  # those that items without an ID may be
        for item in items:
            id_ = item.text("tool_use_id")
            if (id_ and id_ in self._failed_ids) or (not id_ and known > 0):
                known -= not id_
                continue
            self._failed_ids |= {id_} - {""}
            self.blocked.append(_failed_call(event, None, None, item))

    def heartbeat(self, event: Event) -> None:
        """Add a `heartbeat`."""
        self._heartbeat, self._used_before = event, self._used
        self._ended_since.clear()

    def end(self, iteration: int | None, at: float | None, *, failed: bool) -> None:
        """End the calls of the session with this number, or of all sessions: their results will not come.

        If it has `failed`, they were cut short, `at` that time in seconds since 1970.
        """
        if not iteration or self._iterations[iteration] or self._iterations[None]:
            self._end_open(iteration, at, failed=failed)
        self._heartbeat = None

    def _end_open(self, iteration: int | None, at: float | None, *, failed: bool) -> None:
        running = {one.id for one in self.running()} if failed else set[str]()
        kept: dict[tuple[str, str], list[_Open]] = {}
        self._iterations.clear()
        for key, opened in self._open.items():
            for one in opened:
                if iteration and one.iteration not in {None, iteration}:
                    kept.setdefault(key, []).append(one)
                    self._iterations[one.iteration] += 1
                elif failed and one.id in running:
                    self._cut.append(replace(one.call, ended=at))
        self._open = kept

    def cut(self) -> list[RunningCall]:
        """Return the calls that were cut short when the session ended."""
        return list(self._cut)

    def running(self) -> list[RunningCall]:
        """Return the calls without a result, in order; of a writer that records no results, the last one."""
        opened = sorted((one for calls in self._open.values() for one in calls), key=lambda one: one.number)
        beat = self._heartbeat
        if beat is not None and beat.has_list("in_flight"):
            return list(self._confirmed(opened, beat))
        calls = [one.call for one in opened]
        return calls if self._results else calls[-1:]

    @property
    def dropped_heartbeats(self) -> int:
        """The number of heartbeats that the last one says could not be written."""
        beat = self._heartbeat
        return int((beat.number("dropped") if beat is not None else None) or 0)

    def _written(self, path: str, lines: LineCounts | None, offset: int) -> None:
        before = self.files.get(path, WrittenFile(0, LineCounts(), offset))
        total = None if lines is None or before.lines is None else before.lines + lines
        self.files[path] = WrittenFile(before.writes + 1, total, offset)

    def _confirmed(self, opened: list[_Open], beat: Event) -> Iterator[RunningCall]:
        """Yield the calls that the heartbeat lists, also those without a `tool_use`, and those that began after it."""
        at, tools = parse_timestamp(beat.timestamp), running_tools(beat)
        listed = {tool.id for tool in tools}
        known = {one.id for one in opened}
        for tool in tools:
            if tool.id not in known and tool.id not in self._ended_since:
                yield RunningCall(tool.id, tool.name, "", None if at is None else at - tool.elapsed_s, None)
        for one in opened:
            if one.id in listed or one.number > self._used_before or not one.id:
                yield one.call

    def _pop(self, id_: str, event: Event) -> _Open | None:
        key = (id_, "") if id_ else _key("", tool_of(event))
        if key not in self._open and not id_:
            key = _key("", UNNAMED)  # the call may not name the tool
        opened = self._open.get(key)
        if not opened:
            return None
        first = opened.pop(0)
        self._iterations[first.iteration] -= 1
        if not opened:
            del self._open[key]
        return first


def _key(id_: str, name: str) -> tuple[str, str]:
    return (id_, "") if id_ else ("", name)


def _written(event: Event) -> tuple[str | None, LineCounts | None]:
    """Return the file that a call writes, None if its input does not name it, and the lines that it changes there."""
    arguments = event.fields("input")
    if arguments is None:
        return None, None
    path = next((path for key in _PATH_KEYS if (path := arguments.text(key))), None)
    return path, None if path is None else count_changed_lines(event.text("name"), arguments)


def _failed_call(
    event: Event, at: float | None, use: RunningCall | None, result: FieldAccess | None = None
) -> FailedCall:
    """Return the call that `result` describes, by default the whole event."""
    result = event if result is None else result
    duration_ms = result.number("duration_ms")
    return FailedCall(
        id=result.text("tool_use_id"),
        name=tool_of(result) if use is None or result.text("name") else use.name,
        subject=result.words("command")[:MAX_SUBJECT] or (use.subject if use else ""),
        at=at,
        parent=event.parent if event.parent is not None or use is None else use.parent,
        seq=event.seq,
        duration_s=None if duration_ms is None else duration_ms / 1000,
        error=first_lines(result.words("output")),
        reason=without_styles(result.words("reason"))[:MAX_ERROR],
        rule=result.text("rule") or None,
        offset=event.line.offset,
    )


def first_lines(text: str) -> str:
    """Return the first lines of an error that are not blank, without colours and the tags in which the CLI wraps some.

    >>> first_lines("<tool_use_error>File does not exist.</tool_use_error>")
    'File does not exist.'
    """
    for tag in _TAGS:
        text = text.replace(tag, "")
    lines = [line.rstrip() for line in without_styles(text).split("\n") if line.strip()]
    return "\n".join(lines[:_MAX_ERROR_LINES])[:MAX_ERROR]
