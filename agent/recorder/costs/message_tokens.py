"""Counts the tokens of each message of the model, once each. Pure.

The API counts a message when it begins, and again when it ends; every line of the CLI that belongs to the message
repeats one of these counts, under the same message ID. The last count is right. Of a subagent's message the CLI passes
on the first one only, in which the output is a placeholder.
"""

from typing import Any

from claude_agent_sdk import AssistantMessage

from agent.events import Tokens
from agent.recorder.sdk.field_values import count_of, dict_of, int_or_none

SYNTHETIC = "<synthetic>"
"""The model's name in messages that the CLI itself writes to report an API error."""


class MessageTokens:
    """The tokens of the messages of a session, those of its subagents included."""

    def __init__(self) -> None:
        self._usages: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, Tokens] = {}
        self._complete: set[str] = set()
        self._current: dict[str | None, str] = {}
        """The message that each conversation is receiving; the event with its last count does not name it."""
        self._settled: set[str] = set()
        self._total = Tokens(output=None)

    def stream(self, event: dict[str, Any], parent: str | None) -> None:
        """Process one raw stream event of the Messages API."""
        match event:
            case {"type": "message_start", "message": {"id": str(id_), **message}}:
                self._current[parent] = id_
                if isinstance(usage := message.get("usage"), dict):
                    self._count(id_, usage)
            case {"type": "message_delta", "usage": dict(usage)} if parent in self._current:
                self._complete.add(self._current[parent])
                self._count(self._current[parent], usage)

    def message(self, message: AssistantMessage) -> None:
        """Process a message, or a part of one; it has a stop reason if it arrived in one piece, and so is complete."""
        id_ = message.message_id
        if id_ is None or message.usage is None or message.model == SYNTHETIC or id_ in self._complete:
            return
        if message.stop_reason is not None:
            self._complete.add(id_)
        self._count(id_, message.usage)

    def is_streamed(self, id_: str, parent: str | None) -> bool:
        """Return whether this message is the one that `parent` receives as a stream."""
        return self._current.get(parent) == id_

    def of(self, id_: str) -> Tokens | None:
        """Return the tokens of this message; None if the API has not counted them."""
        return self._tokens.get(id_)

    def total(self) -> Tokens:
        """Return the sum over the messages since the last `settle`."""
        return self._total

    def settle(self) -> None:
        """Leave the messages so far out of `total` from now on."""
        self._settled.update(self._tokens)
        self._total = Tokens(output=None)

    def _count(self, id_: str, usage: dict[str, Any]) -> None:
        self._usages[id_] = self._usages.get(id_, {}) | usage
        earlier, tokens = self._tokens.get(id_), _tokens(self._usages[id_], complete=id_ in self._complete)
        self._tokens[id_] = tokens
        if id_ not in self._settled:
            self._total = (self._total - earlier if earlier else self._total) + tokens


def _tokens(usage: dict[str, Any], *, complete: bool) -> Tokens:
    thinking = int_or_none(dict_of(usage.get("output_tokens_details")).get("thinking_tokens"))
    return Tokens(
        input=count_of(usage.get("input_tokens")),
        output=int_or_none(usage.get("output_tokens")) if complete else None,
        cache_read=count_of(usage.get("cache_read_input_tokens")),
        cache_write=count_of(usage.get("cache_creation_input_tokens")),
        thinking=thinking if complete else None,
    )
