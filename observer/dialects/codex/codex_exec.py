"""Converts the output of `codex exec --json`: what one process of Codex did in one thread. Pure.

It has neither times nor prompt, model or directory. Where it says that the tokens are those of a whole thread, and the
thread was resumed, what they were before is not known.
"""

from collections import Counter
from collections.abc import Callable

from observer.dialects.codex.codex_calls import AGENT, SHELL, Call, command_text, mcp_name, search_call
from observer.dialects.codex.codex_results import read_ending
from observer.dialects.codex.codex_subagents import Subagents
from observer.dialects.codex.codex_turns import Turns, retry_of
from observer.dialects.codex.codex_usage import Usage
from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import Data, complete, info, message, thinking, thought, tool_result, tool_use
from observer.dialects.opening import Opening
from observer.dialects.records import NO_OBJECT, CallIds, decode_record, is_blank, parse_arguments
from observer.format.fields import Fields

_EDITS = {"add": "Write", "update": "Edit", "delete": "Delete"}
"""The tool that makes such a change; what it wrote is not known."""


class ExecConverter:
    """Converts one output, or several of the same thread in sequence."""

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()
        self._events: list[ForeignEvent] = []
        self._opening = Opening("codex exec")
        self._turns = Turns(self._emit)
        self._subagents = Subagents(self._emit, {})
        self._ids = CallIds()
        self._running: dict[str, tuple[str, list[Call]]] = {}
        self._texts: list[str] = []
        self._blocks = 0
        self._turn = 1
        self._todo: list[Data] = []
        self._blocked: list[Data] = []
        self._usages: dict[str, Usage] = {}
        """The tokens of each thread, of all its turns so far."""
        self._thread = ""
        self._is_ended = False

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        """Return the events of the next line; such an output has no companions."""
        record = None if origin else decode_record(line)
        if record is not None:
            self._is_ended = False
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
        """Return `complete` if the last turn has ended; see `Converter`."""
        outcome = self._turns.outcome
        if outcome is None or self._is_ended:
            return []
        self._is_ended = True
        self._subagents.end_all()
        total = sum(self._usages.values(), Usage()).data if self._usages else None
        reason = self._turns.reason or "as far as the stream tells"
        self._emit("complete", complete(outcome, reason, tokens=total, blocked=self._blocked))
        return self._fetch()

    def _fetch(self) -> list[ForeignEvent]:
        events, self._events = self._events, []
        return events

    def _emit(self, kind: str, data: Data) -> None:
        if not self._opening.is_over:
            self._events += self._opening.start()
        self._events.append(ForeignEvent(kind, data))

    def _take(self, record: Fields) -> None:
        match kind := record.text("type"):
            case "thread.started":
                self._begin(record.text("thread_id"))
            case "turn.started":
                self._turns.begin()
            case "turn.completed" | "turn.failed":
                self._end_turn(record)
            case "error":
                self._fail(record)
            case "item.started" | "item.updated" | "item.completed" if item := record.fields("item"):
                self._take_item(item, item.text("type"), is_completed=kind == "item.completed")
            case _:
                self.unknown[kind or "no type"] += 1

    def _take_item(self, item: Fields, kind: str, *, is_completed: bool) -> None:
        if kind in _CALLS:
            self._call(item)
            if is_completed:
                self._finish(item)
        elif kind == "todo_list":
            self._list(item)
        elif kind not in _TEXTS:
            self.unknown[f"item {kind}".rstrip()] += 1
        elif is_completed:
            _TEXTS[kind](self, item)

    def _begin(self, thread: str) -> None:
        """Begin the run, or continue it if another process has appended to the same file."""
        if not self._opening.is_over:
            self._opening.session_id = thread
            self._events += self._opening.start()
        else:
            self._close("its process ended while it was running")
            self._emit("info", info(f"another process goes on in thread {thread}", "resumed"))
        self._thread = thread

    def _end_turn(self, record: Fields) -> None:
        self._close("the turn ended without the result of this call")
        usage = Usage.read(record.fields("usage"))
        if usage is not None:
            before = self._usages.get(self._thread, Usage())
            self._usages[self._thread] = usage
            usage -= before
        tokens = usage.data if usage else None
        if tokens or self._texts:
            self._emit("message", message(self._message_id, "\n".join(self._texts), tokens=tokens))
        self._turns.end(record)
        self._turn, self._blocks, self._texts = self._turn + 1, 0, []

    def _fail(self, record: Fields) -> None:
        if retry := retry_of(record.text("message")):
            self._emit("api_retry", retry)
        else:
            self._turns.fail(record)

    def _say(self, item: Fields) -> None:
        if text := item.text("text"):
            self._texts.append(text)
            self._emit("thought", thought(text, self._message_id, self._blocks))
            self._blocks += 1

    def _think(self, item: Fields) -> None:
        if text := item.text("text"):
            self._emit("thinking", thinking(text, self._message_id, self._blocks))
            self._blocks += 1

    def _list(self, item: Fields) -> None:
        """Take the list of things to do, in which nothing says what is being done."""
        items: list[Data] = [
            {"text": one.text("text"), "status": "completed" if one.flag("completed") else "pending"}
            for one in item.items("items")
        ]
        if items != self._todo:
            self._todo = items
            self._emit("todo", {"items": items})

    def _warn(self, item: Fields) -> None:
        if text := item.text("message"):
            self._emit("info", info(text, "warning"))

    def _call(self, item: Fields) -> None:
        """Take a call, unless it is running already."""
        raw_id = item.text("id")
        if raw_id not in self._running and (id_ := self._ids.begin(raw_id)) is not None:
            self._running[raw_id] = id_, _read_calls(item)
            for part, call in enumerate(self._running[raw_id][1]):
                self._emit("tool_use", tool_use(_part_id(id_, part), call.name, call.input))

    def _finish(self, item: Fields) -> None:
        """Take the end of a call."""
        id_, calls = self._running.pop(item.text("id"))
        self._ids.end(item.text("id"))
        if item.text("type") == "collab_tool_call":
            self._note_agents(id_, item)
        ending = read_ending(None, item)
        for part, call in enumerate(calls):
            output = ending.output if part == 0 or ending.status != "success" else ""
            part_id = _part_id(id_, part)
            self._emit("tool_result", tool_result(part_id, call.name, ending.status, output, reason=ending.reason))
            if ending.status == "blocked":
                about = call.input.get("command") or call.input.get("file_path")
                self._blocked.append({"tool_use_id": part_id, "name": call.name, "rule": None,
                                      "command": about, "reason": ending.reason})  # fmt: skip

    def _note_agents(self, id_: str, item: Fields) -> None:
        if item.text("tool") == "spawn_agent":
            for thread in item.texts("receiver_thread_ids"):
                self._subagents.start(thread, id_, description=item.text("prompt"))
        self._subagents.update(item.fields("agents_states"))

    def _close(self, reason: str) -> None:
        """End the calls that are still running, for this reason."""
        for raw_id, (id_, calls) in self._running.items():
            self._ids.end(raw_id)
            for part, call in enumerate(calls):
                self._emit("tool_result", tool_result(_part_id(id_, part), call.name, "error", "", reason=reason))
        self._running.clear()

    @property
    def _message_id(self) -> str:
        return f"turn-{self._turn}"


def _read_calls(item: Fields) -> list[Call]:
    match item.text("type"):
        case "command_execution":
            return [Call(SHELL, {"command": command_text(item.value("command"))})]
        case "file_change":
            changes = [Call(_EDITS.get(change.text("kind"), "Edit"), {"file_path": change.text("path")})
                       for change in item.items("changes")]  # fmt: skip
            return changes or [Call("apply_patch", {})]
        case "mcp_tool_call":
            return [Call(mcp_name(item.text("server"), item.text("tool")), parse_arguments(item.value("arguments")))]
        case "web_search":
            return [search_call(item)]
    if item.text("tool") == "spawn_agent":
        return [Call(AGENT, {"prompt": item.text("prompt")})]
    return [Call(item.text("tool") or "tool", {"agents": item.texts("receiver_thread_ids")})]


def _part_id(id_: str, part: int) -> str:
    return f"{id_}.{part}" if part else id_


_CALLS = frozenset({"command_execution", "file_change", "mcp_tool_call", "web_search", "collab_tool_call"})
"""The items that are tool calls; some come only when they are complete."""
_TEXTS: dict[str, Callable[[ExecConverter, Fields], None]] = {
    "agent_message": ExecConverter._say,
    "reasoning": ExecConverter._think,
    "error": ExecConverter._warn,
}
"""The items that say something once they are complete."""
