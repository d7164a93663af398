"""Tracks tool calls: one `tool_use` and one `tool_result` each, even if records repeat. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from observer.dialects import event_data
from observer.dialects.claude.call_failures import PERMISSION, Denial, Failure, explain
from observer.dialects.claude.result_content import NOTHING, Content, read_content
from observer.dialects.dialect import ForeignEvent
from observer.dialects.records import elapsed_ms

_TOOL_INPUT_STEP = 4096
"""Bytes of a long input between two `tool_input` events: the records of a stream do not say when a second is over."""
_NO_RESULT = "the model's turn ended without the result of this tool, which the API ran"


class _Call(Struct):
    name: str
    parent: str | None
    announced: str | None
    of_server: bool = False


class _Writing(Struct):
    id: str
    name: str
    size: int = 0
    reported: int = 0


class ToolResult(Struct):
    """The result of a call before it becomes an event; `parent` is the subagent that called."""

    data: dict[str, Any]
    parent: str | None

    @property
    def event(self) -> ForeignEvent:
        """The event."""
        return ForeignEvent("tool_result", self.data, parent=self.parent)


class ToolPairs:
    """The tool calls of a session, and those of them that were `blocked`, as `complete` lists them.

    A `stamp` is the timestamp of a record, None if it has none.
    """

    def __init__(self) -> None:
        self.blocked: list[dict[str, object]] = []
        self._open: dict[str, _Call] = {}
        self._seen: set[str] = set()
        self._writing: dict[tuple[str | None, int], _Writing] = {}
        self._denied: dict[str, Denial] = {}

    def is_open(self, id_: str) -> bool:
        """Return whether this call waits for its result."""
        return id_ in self._open

    @property
    def is_waiting(self) -> bool:
        """Whether a call of the main agent waits for its result."""
        return any(call.parent is None for call in self._open.values())

    def is_announced(self, id_: str) -> bool:
        """Return whether there has been a `tool_use` or a result of this call."""
        return id_ in self._seen

    def stream(self, event: dict[str, Any], parent: str | None) -> Iterator[ForeignEvent]:
        """Process a raw stream event. Yields a `tool_input` now and then while a long input is written."""
        match event:
            case {
                "type": "content_block_start",
                "index": int(index),
                "content_block": {"type": "tool_use", "id": str(id_), "name": str(name)},
            }:
                self._writing[parent, index] = _Writing(id_, name)
            case {
                "type": "content_block_delta",
                "index": int(index),
                "delta": {"type": "input_json_delta", "partial_json": str(piece)},
            } if writing := self._writing.get((parent, index)):
                writing.size += len(piece.encode("utf-8", "replace"))
                if writing.size - writing.reported >= _TOOL_INPUT_STEP:
                    writing.reported = writing.size
                    data: dict[str, object] = {"id": writing.id, "name": writing.name, "bytes": writing.size}
                    yield ForeignEvent("tool_input", data, parent=parent)
            case {"type": "content_block_stop", "index": int(index)}:
                self._writing.pop((parent, index), None)

    def use(
        self,
        id_: str,
        name: str,
        input_: dict[str, Any],
        parent: str | None,
        stamp: str | None,
        *,
        of_server: bool = False,
    ) -> Iterator[ForeignEvent]:
        """Process a call by the model; one `of_server` is run by the API."""
        if id_ in self._seen:
            return
        self._seen.add(id_)
        self._open[id_] = _Call(name, parent, stamp, of_server)
        yield ForeignEvent("tool_use", event_data.tool_use(id_, name, input_), parent=parent)

    def denied(self, id_: str, denial: Denial) -> None:
        """Note that this call was denied; its result will look like an error of the tool. The first denial counts."""
        self._denied.setdefault(id_, denial)

    def result(
        self,
        id_: str,
        content: Any,
        parent: str | None,
        stamp: str | None,
        *,
        is_error: bool,
        refusal: Denial | None = None,
    ) -> ToolResult | None:
        """Process the result that the model receives; return it unless there has been one.

        `content` is a string, a list of content blocks, or None; `refusal` is what the record says about a refusal.
        """
        call = self._open.pop(id_, None)
        if call is None and id_ in self._seen:
            return None
        self._seen.add(id_)
        read = read_content(content)
        failure = Failure()
        denial = self._denied.pop(id_, None)
        if is_error and call:
            failure = Failure(denial) if denial else Failure()
            if denial is None and not call.of_server:
                failure = explain(call.name, read.text, refusal)
        data = self._end(id_, call, failure, read, stamp, is_error=is_error)
        return ToolResult(data, call.parent if call else parent)

    def end_turn(self, denied: Iterable[str], stamp: str | None) -> Iterator[ForeignEvent]:
        """End the main agent's turn, in which the calls with the IDs `denied` were refused by whomever."""
        for id_ in denied:
            if id_ in self._open:
                self.denied(id_, Denial("refused", PERMISSION))
        for id_, call in list(self._open.items()):
            if call.of_server and call.parent is None:
                del self._open[id_]
                data = self._end(id_, call, Failure(reason=_NO_RESULT), NOTHING, stamp, is_error=True)
                yield ForeignEvent("tool_result", data)

    def close(self, reason: str | None, stamp: str | None) -> Iterator[ForeignEvent]:
        """End the session, for this reason unless it has reached its end: every call without a result gets one."""
        for id_, call in list(self._open.items()):
            del self._open[id_]
            denial = self._denied.pop(id_, None)
            failure = Failure(denial) if denial else Failure(reason=reason or "the session ended while it was running")
            data = self._end(id_, call, failure, NOTHING, stamp, is_error=True)
            yield ForeignEvent("tool_result", data, parent=call.parent)

    def _end(
        self,
        id_: str,
        call: _Call | None,
        failure: Failure,
        content: Content,
        stamp: str | None,
        *,
        is_error: bool,
    ) -> dict[str, Any]:
        """Return the data of a result, and note it if the call was blocked."""
        denial = failure.denial
        ran = failure.ran and denial is None
        data = event_data.tool_result(
            id_,
            call.name if call else "unknown",
            "blocked" if denial else "error" if is_error else "success",
            content.text,
            duration_ms=elapsed_ms(call.announced, stamp) if call and ran else None,
            reason=denial.reason if denial else failure.reason,
            rule=denial.rule if denial else None,
            images=content.images,
        )
        if denial:
            self.blocked.append({key: data[key] for key in ("tool_use_id", "name", "rule", "command", "reason")})
        return data
