"""Counts the tokens of each message of the model, once each. Pure.

The API counts a message when it begins, and again when it ends; every line of the CLI that belongs to the message
repeats one of these counts, under the same message ID. The last count is right. Of a subagent's message the CLI passes
on the first one only, in which the output is a placeholder.
"""

import functools
from collections.abc import Iterable
from typing import Any

from claude_agent_sdk import AssistantMessage

from agent.events import Tokens

SYNTHETIC = "<synthetic>"
"""The model's name in messages that the CLI itself writes to report an API error."""


class MessageTokens:
    """The tokens of the messages of a session, those of its subagents included."""

    def __init__(self) -> None:
        self._usages: dict[str, dict[str, Any]] = {}
        self._complete: set[str] = set()
        self._current: dict[str | None, str] = {}
        """The message that each conversation is receiving; the event with its last count does not name it."""
        self._settled: set[str] = set()

    def stream(self, event: dict[str, Any], parent: str | None) -> None:
        """Process one raw stream event of the Messages API."""
        match event:
            case {"type": "message_start", "message": {"id": str(id_), **message}}:
                self._current[parent] = id_
                if isinstance(usage := message.get("usage"), dict):
                    self._usages[id_] = usage
            case {"type": "message_delta", "usage": dict(usage)} if parent in self._current:
                current = self._current[parent]
                self._usages[current] = self._usages.get(current, {}) | usage
                self._complete.add(current)

    def message(self, message: AssistantMessage) -> None:
        """Process a message, or a part of one; it has a stop reason if it arrived in one piece, and so is complete."""
        id_ = message.message_id
        if id_ is None or message.usage is None or message.model == SYNTHETIC or id_ in self._complete:
            return
        self._usages[id_] = self._usages.get(id_, {}) | message.usage
        if message.stop_reason is not None:
            self._complete.add(id_)

    def is_streamed(self, id_: str, parent: str | None) -> bool:
        """Return whether this message is the one that `parent` receives as a stream."""
        return self._current.get(parent) == id_

    def of(self, id_: str) -> Tokens | None:
        """Return the tokens of this message; None if the API has not counted them."""
        usage = self._usages.get(id_)
        return None if usage is None else _tokens(usage, complete=id_ in self._complete)

    def total(self) -> Tokens:
        """Return the sum over the messages since the last `settle`."""
        return add_tokens(
            _tokens(usage, complete=id_ in self._complete)
            for id_, usage in self._usages.items()
            if id_ not in self._settled
        )

    def settle(self) -> None:
        """Leave the messages so far out of `total` from now on."""
        self._settled.update(self._usages)


def add_tokens(counts: Iterable[Tokens]) -> Tokens:
    """Return the sum; a number that is unknown in one of them counts as nothing there."""
    return functools.reduce(_add_two, counts, Tokens(output=None))


def subtract_tokens(tokens: Tokens, part: Tokens) -> Tokens:
    """Return `tokens` without `part` of them."""
    thinking = None if tokens.thinking is None else tokens.thinking - (part.thinking or 0)
    return Tokens(
        input=tokens.input - part.input,
        output=(tokens.output or 0) - (part.output or 0),
        cache_read=tokens.cache_read - part.cache_read,
        cache_write=tokens.cache_write - part.cache_write,
        thinking=thinking,
    )


def _add_two(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(
        input=one.input + other.input,
        output=_add(one.output, other.output),
        cache_read=one.cache_read + other.cache_read,
        cache_write=one.cache_write + other.cache_write,
        thinking=_add(one.thinking, other.thinking),
    )


def _add(one: int | None, other: int | None) -> int | None:
    return one if other is None else (one or 0) + other


def _tokens(usage: dict[str, Any], *, complete: bool) -> Tokens:
    thinking = (usage.get("output_tokens_details") or {}).get("thinking_tokens")
    return Tokens(
        input=usage.get("input_tokens") or 0,
        output=usage.get("output_tokens") if complete else None,
        cache_read=usage.get("cache_read_input_tokens") or 0,
        cache_write=usage.get("cache_creation_input_tokens") or 0,
        thinking=thinking if complete else None,
    )
