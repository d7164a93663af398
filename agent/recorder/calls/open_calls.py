"""Tracks tool calls from announcement to result: one `tool_use` and one `tool_result` each, even if messages repeat."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from agent.events import Event, ToolInput, ToolResult, ToolStatus, ToolUse
from agent.recorder.calls.failures import PERMISSION, Failure, explain
from agent.recorder.entry import Entry
from agent.recorder.sdk.content import read_content
from agent.safety.commands.denial import Denial

_TOOL_INPUT_INTERVAL_S = 1.0
_SUBAGENT_TOOLS = frozenset({"Agent", "Task"})
"""Both names of the tool that starts a subagent."""
_NO_RESULT = "the model's turn ended without the result of this tool, which the API ran"
_NOT_PASSED_ON = "the SDK did not pass on the result of this tool, which the API ran"


class _Call(Struct):
    name: str
    parent: str | None
    announced: float
    of_server: bool = False
    started: float | None = None
    permission_requested: bool = False
    ended: bool = False
    duration_ms: int | None = None


class _Writing(Struct):
    id: str
    name: str
    reported: float
    size: int = 0


class OpenCalls:
    """The tool calls of a session. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._open: dict[str, _Call] = {}
        self._early: dict[str, _Call] = {}
        """Calls whose hook arrived before their announcement: hooks do not wait for messages."""
        self._seen: set[str] = set()
        self._writing: dict[tuple[str | None, int], _Writing] = {}
        self._denied: dict[str, Denial] = {}
        self.hooks = False
        """Whether hooks report when a call starts and ends."""

    @property
    def running(self) -> bool:
        """Whether any call waits for its result. The API runs its own tools as a part of its answer."""
        return bool(self._early) or any(not call.of_server for call in self._open.values())

    @property
    def tool_running(self) -> bool:
        """Whether a call has started and not ended, not counting calls that run a subagent."""
        calls = (*self._open.values(), *self._early.values())
        return any(call.started is not None and call.name not in _SUBAGENT_TOOLS for call in calls)

    def is_open(self, id_: str) -> bool:
        """Return whether this call waits for its result."""
        return id_ in self._open

    def is_announced(self, id_: str) -> bool:
        """Return whether this call has been recorded."""
        return id_ in self._seen

    def denial(self, id_: str) -> Denial | None:
        """Return why this call was denied, if it was and has no result yet."""
        return self._denied.get(id_)

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

    def use(
        self, id_: str, name: str, input_: dict[str, Any], parent: str | None, now: float, *, of_server: bool = False
    ) -> Iterator[Entry]:
        """Process a call by the model; one `of_server` is run by the API."""
        if id_ in self._seen:
            return
        self._seen.add(id_)
        call = self._early.pop(id_, None) or _Call(name, parent, now, of_server)
        call.parent = parent
        self._open[id_] = call
        yield Entry(ToolUse(id=id_, name=name, input=input_), parent)

    def started(self, id_: str, name: str, now: float) -> bool:
        """Process a call of the `PreToolUse` hook: the tool starts running now. Return False if it has ended before."""
        if call := self._open.get(id_):
            call.started = now
        elif id_ not in self._seen:
            self._early[id_] = _Call(name, None, now, started=now)
        return id_ in self._open or id_ in self._early

    def permission_requested(self, id_: str) -> None:
        """Process the hook `PermissionRequest`: the call does not run unless it is permitted."""
        if call := self._open.get(id_) or self._early.get(id_):
            call.permission_requested = True

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
        output, images = read_content(content)
        failure = Failure()
        if is_error and call and not call.ended:
            failure = self._explain(id_, call, output)
        result = _result(id_, call, failure, output, now, is_error=is_error)
        result.images = images
        yield Entry(result, call.parent if call else parent)

    def server_results_dropped(self, parent: str | None, now: float) -> Iterator[Entry]:
        """End the calls of `parent` that the API has run and whose results do not arrive."""
        for id_, call in list(self._open.items()):
            if call.of_server and call.parent == parent:
                del self._open[id_]
                result = _result(id_, call, Failure(reason=_NOT_PASSED_ON), "", now, is_error=False)
                result.truncated = True
                yield Entry(result, parent)

    def end_turn(self, denied: Iterable[str], now: float) -> Iterator[Entry]:
        """End the main agent's turn, in which the calls with the IDs `denied` were refused, by anyone."""
        for id_ in denied:
            if id_ in self._open or id_ in self._early:
                self.denied(id_, Denial("refused", PERMISSION))
        for id_, call in list(self._open.items()):
            if call.of_server and call.parent is None:
                del self._open[id_]
                yield Entry(_result(id_, call, Failure(reason=_NO_RESULT), "", now, is_error=True))

    def close(self, reason: str | None, now: float) -> Iterator[Entry]:
        """End the session, for this reason unless it has reached its end: every call without a result gets one."""
        for id_, call in list(self._open.items()):
            if call.started is not None or call.of_server or not self.hooks:
                yield from self.end(id_, reason or "the session ended while it was running", now)
            else:
                why = f"did not run: {reason or 'the session ended before it started'}"
                yield from self.end(id_, why, now, ran=False)

    def end(self, id_: str, reason: str, now: float, *, ran: bool = True) -> Iterator[Entry]:
        """End a call whose result will not come, for this reason unless it was denied, if it is still open."""
        if call := self._open.pop(id_, None):
            denial = self._denied.pop(id_, None)
            failure = Failure(denial) if denial else Failure(reason=reason, ran=ran)
            yield Entry(_result(id_, call, failure, "", now, is_error=True), call.parent)

    def _explain(self, id_: str, call: _Call, output: str) -> Failure:
        if denial := self._denied.pop(id_, None):
            return Failure(denial)
        if call.of_server:
            return Failure()
        return explain(
            call.name,
            output,
            started=call.started is not None,
            permission_requested=call.permission_requested,
            hooks=self.hooks,
        )


def _result(id_: str, call: _Call | None, failure: Failure, output: str, now: float, *, is_error: bool) -> ToolResult:
    denial = failure.denial
    ran = failure.ran and denial is None
    return ToolResult(
        tool_use_id=id_,
        name=call.name if call else "unknown",
        status=_status(is_error=is_error, blocked=denial is not None),
        duration_ms=_duration(call, now) if call and ran else None,
        output=output,
        output_bytes=len(output.encode("utf-8", "replace")),
        reason=denial.reason if denial else failure.reason,
        rule=denial.rule if denial else None,
        command=denial.command if denial else None,
    )


def _status(*, is_error: bool, blocked: bool) -> ToolStatus:
    if blocked:
        return ToolStatus.BLOCKED
    return ToolStatus.ERROR if is_error else ToolStatus.SUCCESS


def _duration(call: _Call, now: float) -> int:
    if call.duration_ms is not None:
        return call.duration_ms
    return round((now - (call.started if call.started is not None else call.announced)) * 1000)
