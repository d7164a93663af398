"""Finds the turn of the script that answers a request, by the messages in the request: a retry gets the same turn."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from agent.rehearsal.script import Conversation, Fault, Script, Text, Turn

_SESSION = "x-claude-code-session-id"
_AGENT = "x-claude-code-agent-id"
"""Headers of the CLI: the session, and the subagent in it. Other clients are identified by their first prompt."""
_REMINDER = "<system-reminder>"
"""Marks notes that the CLI inserts before the user's prompt."""


class Message(Struct):
    """One message of a request's history."""

    role: str
    content: str | list[dict[str, Any]]


class MessagesRequest(Struct):
    """The part of the body of `POST /v1/messages` that a rehearsal uses."""

    messages: list[Message]
    model: str = "rehearsal"
    stream: bool = False
    max_tokens: int | None = None
    tools: list[dict[str, Any]] = []
    output_config: dict[str, Any] = {}

    @property
    def prompt(self) -> str:
        """The first prompt of the conversation, without the CLI's notes."""
        first = next((message.content for message in self.messages if message.role == "user"), "")
        texts = [first] if isinstance(first, str) else [block.get("text", "") for block in first]
        return "\n".join(text for text in texts if not text.startswith(_REMINDER))

    @property
    def turn(self) -> int:
        """The number of the next turn, from 1. Consecutive messages of the model are one turn."""
        roles = [message.role for message in self.messages if message.role in {"user", "assistant"}]
        pairs = zip(["user", *roles], roles, strict=False)
        return 1 + sum(previous == "user" and role == "assistant" for previous, role in pairs)

    @property
    def is_auxiliary(self) -> bool:
        """Whether the CLI sent it for itself: to name the session (no tools, a JSON format), or to test the API (one
        token)."""
        return self.max_tokens == 1 or (not self.tools and "format" in self.output_config)


@dataclass(frozen=True)
class RecordedRequest:
    """One request for a message: the turn that answered it, and the number of the attempt at that turn, both from 1.

    `conversation` is None if the script has none for it. It is None, and `turn` is 0, if the CLI sent it for itself.
    """

    conversation: str | None
    turn: int
    attempt: int
    stream: bool


@dataclass(frozen=True)
class Reply:
    """The turn that answers a request, and the fault of this attempt at it."""

    request: RecordedRequest
    turn: Turn
    fault: Fault | None = None


@dataclass
class TurnMatcher:
    """Assigns conversations of the script to real conversations, and counts the attempts at each turn."""

    script: Script
    _assigned: dict[str, Conversation | None] = field(default_factory=dict)
    _attempts: Counter[tuple[str, int]] = field(default_factory=Counter)

    def match(self, request: MessagesRequest, headers: Mapping[str, str]) -> Reply:
        """Return the reply to a request, and count the attempt."""
        if request.is_auxiliary:
            return Reply(RecordedRequest(None, 0, 1, request.stream), _auxiliary_turn(request))
        session = headers.get(_SESSION)
        key = f"{session}/{headers.get(_AGENT)}" if session else request.prompt
        if key not in self._assigned:
            self._assigned[key] = self._choose(request.prompt)
        conversation, number = self._assigned[key], request.turn
        self._attempts[key, number] += 1
        attempt = self._attempts[key, number]
        recorded = RecordedRequest(conversation.name if conversation else None, number, attempt, request.stream)
        if conversation is None:
            return Reply(recorded, _text_turn("The script has no conversation left for this prompt."))
        if number > len(conversation.turn):
            text = f"The script has ended: conversation `{conversation.name}` has no turn {number}."
            return Reply(recorded, _text_turn(text))
        turn = conversation.turn[number - 1]
        return Reply(recorded, turn, turn.fault_of(attempt))

    def _choose(self, prompt: str) -> Conversation | None:
        """Return the first conversation that matches and is unused, else the last that matches, else the next that
        matches any prompt and is unused."""
        used = {conversation.name for conversation in self._assigned.values() if conversation}
        matching = [conversation for conversation in self.script.conversation if conversation.matches(prompt)]
        if matching:
            unused = [conversation for conversation in matching if conversation.name not in used]
            return (unused or matching[-1:])[0]
        for conversation in self.script.conversation:
            if conversation.matches_any and conversation.name not in used:
                return conversation
        return None


def _auxiliary_turn(request: MessagesRequest) -> Turn:
    """Return an answer for the CLI itself: JSON with the properties that the request defines, or a word."""
    properties = request.output_config.get("format", {}).get("schema", {}).get("properties")
    if properties is None:
        return _text_turn("Rehearsal")
    return _text_turn(msgspec.json.encode(dict.fromkeys(properties, "Rehearsal")).decode())


def _text_turn(text: str) -> Turn:
    return Turn(block=(Text(text=text),))
