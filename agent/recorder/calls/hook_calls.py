"""Tracks the calls that only hooks report: the CLI (2.1.332) sends a subagent's messages, not those of a subagent's.

It does send them if the harness forwards the text of subagents. A hook and its message come in any order, so a call is
recorded from its hooks only once it is clear that no message will announce it.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from agent.recorder.calls.open_calls import OpenCalls
from agent.recorder.calls.subagents import Subagents
from agent.recorder.entry import Entry

_NO_RESULT = "no result was reported before its agent ended"


class HookResult(NamedTuple):
    """What a hook says of a call that has ended: what the model receives, as far as hooks tell, and the tool's own."""

    content: Any
    response: Any
    is_error: bool


class _Call(Struct):
    name: str
    input: dict[str, Any]
    agent: str | None
    since: float
    announced: bool = False
    result: HookResult | None = None


class Use(Protocol):
    """Yields the events of a call."""

    def __call__(
        self, id_: str, name: str, input_: dict[str, Any], parent: str | None, now: float
    ) -> Iterator[Entry]: ...


Result = Callable[[str, HookResult, str | None, float], Iterator[Entry]]
"""Yields the events of a call's result."""


class HookCalls:
    """The calls of a session that hooks have reported and messages have not, or not yet."""

    def __init__(self, tools: OpenCalls, subagents: Subagents, use: Use, result: Result) -> None:
        self._tools = tools
        self._subagents = subagents
        self._use = use
        self._result = result
        self._calls: dict[str, _Call] = {}
        self.forwarded = False
        """Whether messages report the calls of every subagent."""

    @property
    def waiting_since(self) -> float | None:
        """The time since which `write` has something to write; None if it has not."""
        return min((call.since for id_, call in self._calls.items() if self._is_due(id_, call)), default=None)

    def started(self, id_: str, name: str, input_: dict[str, Any], agent: str | None, now: float) -> None:
        """Process the hook `PreToolUse`; `agent` is the ID of the subagent that calls, None for the main agent."""
        if not self._tools.is_announced(id_):
            self._calls.setdefault(id_, _Call(name, input_, agent, now))

    def ended(self, id_: str, result: HookResult) -> None:
        """Process the hook `PostToolUse` or `PostToolUseFailure`."""
        if call := self._calls.get(id_):
            call.result = result

    def write(self, now: float) -> Iterator[Entry]:
        """Yield the events of the calls that no message will report."""
        for id_, call in list(self._calls.items()):
            if not call.announced and self._tools.is_announced(id_):
                del self._calls[id_]
            elif self._is_due(id_, call):
                yield from self._write(id_, call, now)

    def end(self, agent: str | None, now: float) -> Iterator[Entry]:
        """End the calls of the subagent `agent`, or of the main agent: no message of them can come any more."""
        yield from self._end(lambda each: each == agent, now)

    def end_turn(self, now: float) -> Iterator[Entry]:
        """End the calls of everyone who does not work on in the background, or is yet to be announced."""
        yield from self._end(lambda each: each is None or self._subagents.has_ended(each), now)

    def close(self, now: float) -> Iterator[Entry]:
        """Record the rest. What has no result stays open."""
        for id_, call in list(self._calls.items()):
            if call.announced or not self._tools.is_announced(id_):
                yield from self._write(id_, call, now)

    def _is_due(self, id_: str, call: _Call) -> bool:
        if call.announced:
            return call.result is not None or self._tools.denial(id_) is not None
        if self.forwarded or self._tools.is_announced(id_):
            return False
        return call.agent is not None and self._subagents.is_nested(call.agent)

    def _end(self, has_ended: Callable[[str | None], bool], now: float) -> Iterator[Entry]:
        for id_, call in list(self._calls.items()):
            if not has_ended(call.agent):
                continue
            if call.announced or not self._tools.is_announced(id_):
                yield from self._write(id_, call, now)
                yield from self._tools.end(id_, _NO_RESULT, now)
            self._calls.pop(id_, None)

    def _write(self, id_: str, call: _Call, now: float) -> Iterator[Entry]:
        parent = self._subagents.call_of(call.agent) if call.agent else None
        if not call.announced:
            call.announced = True
            yield from self._use(id_, call.name, call.input, parent, now)
        denial = self._tools.denial(id_)
        result = call.result or (HookResult(denial.reason, None, is_error=True) if denial else None)
        if result:
            del self._calls[id_]
            yield from self._result(id_, result, parent, now)


def hook_result(input_: dict[str, Any]) -> HookResult:
    """Return the result in the input of a hook, which has the tool's own response, or its error."""
    if "error" in input_:
        return HookResult(input_["error"], None, is_error=True)
    response = input_.get("tool_response")
    return HookResult(_content(response), response, is_error=False)


def _content(response: Any) -> Any:
    """Return what the model receives of a response; of a tool whose format is not known, the response itself."""
    match response:
        case {"stdout": str(output), **rest}:
            return "\n".join(filter(None, (output.rstrip("\n"), str(rest.get("stderr") or "").rstrip("\n"))))
        case {"type": "text", "file": {"content": str(text)}}:
            return text
        case {"content": list(blocks)}:
            return blocks
        case str() | list() | None:
            return response
    return json.dumps(response, ensure_ascii=False, default=str)
