"""Tracks tool calls from announcement to result: one `tool_use` and one `tool_result` each, even if messages repeat."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct

from agent.events import Event, ToolInput, ToolResult, ToolStatus, ToolUse
from agent.safety.commands.denial import Denial

_TOOL_INPUT_INTERVAL_S = 1.0
_SUBAGENT_TOOLS = frozenset({"Agent", "Task"})
"""Both names of the tool that starts a subagent."""
_DENIED_BY_A_RULE = "<tool_use_error>File is in a directory that is denied "
"""The only sign by which CLI 2.1.332 reports a file that a `deny` rule of its settings protects."""


class Entry(NamedTuple):
    """An event, and the tool_use id of the subagent it comes from (None for the main agent)."""

    event: Event
    parent: str | None = None


class _Call(Struct):
    name: str
    parent: str | None
    announced: float
    started: float | None = None
    ended: bool = False
    duration_ms: int | None = None


class _Writing(Struct):
    id: str
    name: str
    reported: float
    size: int = 0


class Tools:
    """The tool calls of a session. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._open: dict[str, _Call] = {}
        self._early: dict[str, _Call] = {}
        """Calls whose hook arrived before their announcement: hooks do not wait for messages."""
        self._seen: set[str] = set()
        self._writing: dict[tuple[str | None, int], _Writing] = {}
        self._denied: dict[str, Denial] = {}

    @property
    def running(self) -> bool:
        """Whether any call waits for its result."""
        return bool(self._open or self._early)

    @property
    def tool_running(self) -> bool:
        """Whether a call has started and not ended, not counting calls that run a subagent."""
        calls = (*self._open.values(), *self._early.values())
        return any(call.started is not None and call.name not in _SUBAGENT_TOOLS for call in calls)

    def is_open(self, id_: str) -> bool:
        """Return whether this call waits for its result."""
        return id_ in self._open

    def stream(self, event: dict[str, Any], parent: str | None, now: float) -> Iterator[Event]:
        """Process a raw stream event. Yields a `tool_input`, at most once a second, while a long input is written."""
        match event:
            case {
                "type": "content_block_start",
                "index": int(index),
                "content_block": {"type": "tool_use", "id": str(id_), "name": str(name)},
            }:
                self._writing[parent, index] = _Writing(id_, name, now)
            case {
                "type": "content_block_delta",
                "index": int(index),
                "delta": {"type": "input_json_delta", "partial_json": str(piece)},
            } if writing := self._writing.get((parent, index)):
                writing.size += len(piece.encode("utf-8", "replace"))
                if now - writing.reported >= _TOOL_INPUT_INTERVAL_S:
                    writing.reported = now
                    yield ToolInput(id=writing.id, name=writing.name, bytes=writing.size)
            case {"type": "content_block_stop", "index": int(index)}:
                self._writing.pop((parent, index), None)

    def use(self, id_: str, name: str, input_: dict[str, Any], parent: str | None, now: float) -> Iterator[Entry]:
        """Process a call by the model."""
        if id_ in self._seen:
            return
        self._seen.add(id_)
        call = self._early.pop(id_, None) or _Call(name, parent, now)
        call.parent = parent
        self._open[id_] = call
        yield Entry(ToolUse(id=id_, name=name, input=input_), parent)

    def started(self, id_: str, name: str, now: float) -> None:
        """Process a call of the `PreToolUse` hook: the tool starts running now."""
        if call := self._open.get(id_):
            call.started = now
        elif id_ not in self._seen:
            self._early[id_] = _Call(name, None, now, started=now)

    def ended(self, id_: str, duration_ms: int | None) -> None:
        """Process the hook `PostToolUse` or `PostToolUseFailure`; `duration_ms` is the tool's own time, if known."""
        if call := self._open.get(id_) or self._early.get(id_):
            call.ended, call.duration_ms = True, duration_ms

    def denied(self, id_: str, denial: Denial) -> None:
        """Note that this call was denied; its result will look like an error of the tool. The first denial counts."""
        self._denied.setdefault(id_, denial)

    def result(self, id_: str, content: Any, parent: str | None, now: float, *, is_error: bool) -> Iterator[Entry]:
        """Process the result that the model receives. `content` is a string, a list of content blocks, or None."""
        call = self._open.pop(id_, None)
        if call is None and (call := self._early.pop(id_, None)):
            call.parent = parent
        if call is None and id_ in self._seen:
            return
        self._seen.add(id_)
        output = output_text(content)
        denial = self._denied.pop(id_, None)
        if denial is None and is_error and call and not call.ended and output.startswith(_DENIED_BY_A_RULE):
            denial = Denial(output, "permission")
        yield Entry(
            ToolResult(
                tool_use_id=id_,
                name=call.name if call else "unknown",
                status=_status(is_error=is_error, blocked=denial is not None),
                duration_ms=None if call is None or denial else _duration(call, now),
                output=output,
                output_bytes=len(output.encode("utf-8", "replace")),
                reason=denial.reason if denial else None,
                rule=denial.rule if denial else None,
                command=denial.command if denial else None,
            ),
            call.parent if call else parent,
        )

    def close(self, reason: str, now: float) -> Iterator[Entry]:
        """End the session: every call without a result gets one with this reason."""
        for id_ in list(self._open):
            for event, parent in self.result(id_, "", None, now, is_error=True):
                if isinstance(event, ToolResult) and event.reason is None:
                    event.reason = reason
                yield Entry(event, parent)


def output_text(content: Any) -> str:
    """Return the text of a tool's output; content that is not text, such as an image, becomes its type and size."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_block_text(block) for block in content)
    return json.dumps(content, ensure_ascii=False, default=str)


def _block_text(block: Any) -> str:
    match block:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": str(kind), "source": {"data": str(data), **source}}:
            return f"[{kind} {source.get('media_type', '')}, {len(data) * 3 // 4} bytes]"
        case {"type": "tool_reference", "tool_name": str(name)}:
            return f"[tool {name}]"
    return json.dumps(block, ensure_ascii=False, default=str)


def _status(*, is_error: bool, blocked: bool) -> ToolStatus:
    if blocked:
        return ToolStatus.BLOCKED
    return ToolStatus.ERROR if is_error else ToolStatus.SUCCESS


def _duration(call: _Call, now: float) -> int:
    if call.duration_ms is not None:
        return call.duration_ms
    return round((now - (call.started if call.started is not None else call.announced)) * 1000)
