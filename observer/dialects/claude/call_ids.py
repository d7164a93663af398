"""Gives each call an ID of its own, also if the model uses one twice in a session. Pure.

The IDs of the API are unique, those of other models behind the same interface need not be. Records name a call by the
ID that the model gave it, which means the newest call of that ID. A call is another one if another message announces
it after the one before has its result.
"""

from collections.abc import Iterable
from typing import Any

from observer.dialects.records import CallIds
from observer.format.fields import Fields, as_fields

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

    def record(self, record: Fields) -> Fields:
        """Return a record with unique IDs: the same one if none of them differs, as nearly always."""
        changed = self._named(record)
        message, event = record.object("message"), record.fields("event")
        message_id = message.text("id") or record.text("uuid")
        if message.has_list("content"):
            blocks = [self._block(block, message_id) for block in message.values("content")]
            if blocks != message.values("content"):
                changed["message"] = {**message.data, "content": blocks}
        elif event is not None and (renamed := self._event(event, record.text("parent_tool_use_id"))) is not event.data:
            changed["event"] = renamed
        for name, key in _LISTS.items():
            if record.has_list(name):
                changed[name] = [self._renamed(item, (key,)) for item in record.values(name)]
        return Fields({**record.data, **changed}) if changed else record

    def _event(self, event: Fields, parent: str) -> dict[str, Any]:
        """Return the raw event of a stream with unique IDs."""
        if event.text("type") == "message_start":
            self._streamed[parent] = event.object("message").text("id")
        if event.fields("content_block") is None:
            return event.data
        block = self._block(event.value("content_block"), self._streamed.get(parent, ""))
        return {**event.data, "content_block": block}

    def _block(self, block: Any, message_id: str) -> Any:
        fields = as_fields(block)
        id_, result_of = fields.optional_text("id"), fields.optional_text("tool_use_id")
        if id_ is not None and fields.text("type").endswith(_CALL):
            return {**fields.data, "id": self._announce(id_, message_id)}
        if result_of is not None:
            self._ids.end(result_of)
        return self._renamed(block)

    def _renamed(self, value: Any, names: Iterable[str] = _NAMES) -> Any:
        """Return a value with unique IDs in the fields that name a call, if it is an object."""
        changed = self._named(as_fields(value), names)
        return {**value, **changed} if changed else value

    def _named(self, fields: Fields, names: Iterable[str] = _NAMES) -> dict[str, Any]:
        """Return the fields of an object that name a call by another ID than the unique one, with that."""
        given = {name: id_ for name in names if (id_ := fields.optional_text(name)) is not None}
        return {name: new for name, id_ in given.items() if (new := self._newest.get(id_, id_)) != id_}

    def _announce(self, id_: str, message_id: str) -> str:
        known = self._announced.get((id_, message_id))
        if known is None:
            if (begun := self._ids.begin(id_)) is not None:
                self._newest[id_] = begun
            known = self._announced[id_, message_id] = self._newest[id_]
        return known
