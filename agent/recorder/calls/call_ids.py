"""Gives each call an ID of its own in the record, also if the model uses one twice. Pure.

The IDs of the API are unique, those of other models behind the same interface need not be: some count the calls of each
message. Messages and hooks name a call by the ID that the model gave it, which means the newest call of that ID. A call
is another one if another message announces it, or another hook precedes it, after the one before has ended.
"""

from dataclasses import replace
from typing import Any

from claude_agent_sdk import (
    AssistantMessage,
    ResultMessage,
    ServerToolResultBlock,
    ServerToolUseBlock,
    StreamEvent,
    SystemMessage,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

_CALL = "tool_use"
"""How the types of blocks end that are calls; the other blocks with the ID of a call are results."""


class CallIds:
    """The IDs of the calls of a session: those of the model, with a number behind one that is used again.

    >>> ids = CallIds()
    >>> ids.before_run("call_0"), ids.after_run("call_0"), ids.before_run("call_0"), ids.before_run("call_1")
    ('call_0', 'call_0', 'call_0#2', 'call_1')

    `uses` counts the calls of each ID in all sessions of the run.
    """

    def __init__(self, uses: dict[str, int] | None = None) -> None:
        self._newest: dict[str, str] = {}
        self._uses = {} if uses is None else uses
        self._given: dict[str, str] = {}
        """By the ID in the record what the model called it, where these differ."""
        self._announced: dict[tuple[str, str], str] = {}
        """By its ID and its message: the CLI sends the parts of a message one by one, and may send one again."""
        self._unannounced: set[str] = set()
        """The IDs whose newest call only hooks have reported."""
        self._has_run: set[str] = set()
        self._has_result: set[str] = set()
        self._streamed: dict[str | None, str] = {}
        """The message that each agent is writing."""

    def given_by_model(self, recorded: str) -> str:
        """Return what the model called a call."""
        return self._given.get(recorded, recorded)

    def newest(self, id_: Any) -> Any:
        """Return the ID in the record of the newest call that the model called so; anything else as it is."""
        return self._newest.get(id_, id_) if isinstance(id_, str) else id_

    def before_run(self, id_: str) -> str:
        """Return the ID in the record of a call that a hook or a callback reports before it runs."""
        if id_ not in self._newest or id_ in self._has_run:
            self._begin(id_)
            self._unannounced.add(id_)
        return self._newest[id_]

    def after_run(self, id_: str) -> str:
        """Return the same of a call that a hook reports after it has run."""
        self._has_run.add(id_)
        return self._newest.get(id_, id_)

    def message(self, message: Any) -> Any:
        """Return a message of the SDK with the IDs of the record."""
        match message:
            case StreamEvent(event=event, parent_tool_use_id=parent):
                return _changed(message, parent_tool_use_id=self.newest(parent), event=self._stream(event, parent))
            case AssistantMessage(content=blocks, parent_tool_use_id=parent):
                message_id = message.message_id or message.uuid or ""
                content = [self._block(block, message_id) for block in blocks]
                return _changed(message, parent_tool_use_id=self.newest(parent), content=content)
            case UserMessage(content=list(blocks), parent_tool_use_id=parent):
                content = [self._block(block, "") for block in blocks]
                return _changed(message, parent_tool_use_id=self.newest(parent), content=content)
            case UserMessage(parent_tool_use_id=parent):
                return _changed(message, parent_tool_use_id=self.newest(parent))
            case ResultMessage(permission_denials=list(denials)):
                return _changed(message, permission_denials=[self._in_fields(denial) for denial in denials])
            case SystemMessage(data=data) if hasattr(message, "tool_use_id"):
                return _changed(message, tool_use_id=self.newest(message.tool_use_id))
            case SystemMessage(data=data):
                return _changed(message, data=self._in_fields(data))
        return message

    def _stream(self, event: dict[str, Any], parent: str | None) -> dict[str, Any]:
        match event:
            case {"type": "message_start", "message": {"id": str(message_id)}}:
                self._streamed[parent] = message_id
            case {"content_block": {"type": str(kind), "id": str(id_), **rest}} if kind.endswith(_CALL):
                announced = self._announce(id_, self._streamed.get(parent, ""))
                return {**event, "content_block": {**rest, "type": kind, "id": announced}}
            case {"content_block": {"tool_use_id": str(id_), **rest}}:
                return {**event, "content_block": {**rest, "tool_use_id": self._result_of(id_)}}
        return event

    def _block(self, block: Any, message_id: str) -> Any:
        match block:
            case ToolUseBlock(id=id_) | ServerToolUseBlock(id=id_):
                return _changed(block, id=self._announce(id_, message_id))
            case ToolResultBlock(tool_use_id=id_) | ServerToolResultBlock(tool_use_id=id_):
                return _changed(block, tool_use_id=self._result_of(id_))
        return block

    def _in_fields(self, fields: Any) -> Any:
        match fields:
            case {"tool_use_id": str(id_)} if (recorded := self.newest(id_)) != id_:
                return {**fields, "tool_use_id": recorded}
        return fields

    def _result_of(self, id_: str) -> str:
        self._has_result.add(id_)
        return self._newest.get(id_, id_)

    def _announce(self, id_: str, message_id: str) -> str:
        """Return the ID in the record of a call in a message: another one than the newest if that has ended."""
        if (recorded := self._announced.get((id_, message_id))) is not None:
            return recorded
        has_ended = id_ in self._has_run or id_ in self._has_result
        if id_ not in self._newest or (has_ended and id_ not in self._unannounced):
            self._begin(id_)
        self._unannounced.discard(id_)
        recorded = self._announced[id_, message_id] = self._newest[id_]
        return recorded

    def _begin(self, id_: str) -> None:
        count = self._uses[id_] = self._uses.get(id_, 0) + 1
        recorded = self._newest[id_] = id_ if count == 1 else f"{id_}#{count}"
        if recorded != id_:
            self._given[recorded] = id_
        self._has_run.discard(id_)
        self._has_result.discard(id_)


def _changed(message: Any, **fields: Any) -> Any:
    """Return a message or a block with other fields; the same one if none differs, as of nearly all."""
    changes = {}
    for name, value in fields.items():
        received = getattr(message, name)
        if value is not received and value != received:
            changes[name] = value
    return replace(message, **changes) if changes else message
