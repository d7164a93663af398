"""Gives each call an ID of its own, also if the model uses one twice in a session. Pure.

The IDs of the API are unique, those of other models behind the same interface need not be. Records name a call by the
ID that the model gave it, which means the newest call of that ID. A call is another one if another message announces
it after the one before has its result.
"""

from collections.abc import Iterable
from typing import Any

from observer.dialects.claude.values import dict_of, text_of
from observer.dialects.records import CallIds

_CALL = "tool_use"
"""How the types of blocks end that are calls; the other blocks with the ID of a call are results."""
_NAMES = ("tool_use_id", "parent_tool_use_id", "toolUseId")
"""The fields of records that name a call."""
_LISTS = {"permission_denials": "tool_use_id", "tool_result_meta": "id"}
"""The lists of records whose items have such a field."""


class MessageCallIds:
    """The IDs of the calls of a session: those of the model, with a number behind one that is used again."""

    def __init__(self) -> None:
        self._ids = CallIds()
        self._newest: dict[str, str] = {}
        self._announced: dict[tuple[str, str], str] = {}
        """By its ID and its message: the CLI writes the parts of a message one by one, and may write one again."""
        self._streamed: dict[str, str] = {}
        """The message that each agent is writing."""

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a record with unique IDs: the same one if none of them differs, as nearly always."""
        renamed: dict[str, Any] = self._named(record)
        message, event = dict_of(record.get("message")), dict_of(record.get("event"))
        message_id = text_of(message.get("id")) or text_of(record.get("uuid"))
        if isinstance(content := message.get("content"), list):
            blocks = [self._block(block, message_id) for block in content]
            if blocks != content:
                renamed = {**renamed, "message": {**message, "content": blocks}}
        elif event:
            renamed = {**renamed, "event": self._event(event, text_of(record.get("parent_tool_use_id")))}
        for name, key in _LISTS.items():
            if isinstance(items := record.get(name), list):
                renamed = {**renamed, name: [self._named(item, (key,)) for item in items]}
        return renamed

    def _event(self, event: dict[str, Any], parent: str) -> dict[str, Any]:
        """Return the raw event of a stream with unique IDs."""
        if event.get("type") == "message_start":
            self._streamed[parent] = text_of(dict_of(event.get("message")).get("id"))
        if not (block := dict_of(event.get("content_block"))):
            return event
        return {**event, "content_block": self._block(block, self._streamed.get(parent, ""))}

    def _block(self, block: Any, message_id: str) -> Any:
        fields = dict_of(block)
        id_, result_of = fields.get("id"), fields.get("tool_use_id")
        if isinstance(id_, str) and text_of(fields.get("type")).endswith(_CALL):
            return {**fields, "id": self._announce(id_, message_id)}
        if isinstance(result_of, str):
            self._ids.end(result_of)
            return self._named(fields)
        return block

    def _named(self, fields: Any, names: Iterable[str] = _NAMES) -> Any:
        """Return an object with unique IDs in the fields that name a call."""
        given = {name: id_ for name in names if isinstance(id_ := dict_of(fields).get(name), str)}
        changed = {name: new for name, id_ in given.items() if (new := self._newest.get(id_, id_)) != id_}
        return {**fields, **changed} if changed else fields

    def _announce(self, id_: str, message_id: str) -> str:
        known = self._announced.get((id_, message_id))
        if known is None:
            if begun := self._ids.begin(id_):
                self._newest[id_] = begun
            known = self._announced[id_, message_id] = self._newest[id_]
        return known
