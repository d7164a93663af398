"""Finds the turn of the script that answers a request, by the messages in the request: a retry gets the same turn."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from agent.rehearsal.blocks import Text
from agent.rehearsal.faults import Fault
from agent.rehearsal.script import Conversation, Script, Turn

_SESSION = "x-claude-code-session-id"
_AGENT = "x-claude-code-agent-id"
"""Headers of the CLI: the session, and the subagent in it. Other clients are identified by their first prompt."""
_REMINDER = "<system-reminder>"
"""Marks notes that the CLI inserts before the user's prompt."""


class Message(Struct):
    """One message of a request's history."""

    role: str
    content: str | list[dict[str, Any]]

    @property
    def texts(self) -> list[str]:
        """The texts of the message, and of the results of tools in it."""
        return [*_texts(self.content)]

    @property
    def text(self) -> str:
        """The same without the CLI's notes, joined."""
        return "\n".join(text for text in self.texts if not text.startswith(_REMINDER))


def _texts(content: str | list[dict[str, Any]]) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        return
    for block in content:
        yield from _texts(block.get("content", [])) if block.get("type") == "tool_result" else [block.get("text", "")]


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
        return next((message.text for message in self.messages if message.role == "user"), "")

    @property
    def last_message(self) -> str:
        """The last message of the user: a prompt, results of tools, or a text that the CLI writes there.

        Messages of the CLI in the role "system" may follow it.
        """
        return next(("\n".join(message.texts) for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def is_first(self) -> bool:
        """Whether its last message of the user is the first, which begins with the CLI's notes: the project's settings,
        among others."""
        return sum(message.role == "user" for message in self.messages) == 1

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
    `headers` and `body` are the request itself.
    """

    conversation: str | None
    turn: int
    attempt: int
    stream: bool
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    body: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True)
class Reply:
    """The turn that answers a request, and the fault of this attempt at it."""

    request: RecordedRequest
    turn: Turn
    fault: Fault | None = None


_RequestKey = tuple[int, str]
"""The number of the turn that a request asks for, and the last message of the user."""


@dataclass
class _Progress:
    """How far a real conversation has come in `conversation`, the one of the script that answers it."""

    conversation: Conversation
    _first_prompt: str | None = None
    _answers: dict[_RequestKey, int | None] = field(default_factory=dict)
    _attempts: Counter[_RequestKey] = field(default_factory=Counter)
    _used: set[int] = field(default_factory=set)
    _next_rank: int = 0

    def answer(self, request: MessagesRequest) -> tuple[int | None, int]:
        """Return the index of the turn that answers, None past the end of the script, and the number of the attempt.

        A retry has the same history. Once the CLI has compacted the history, which replaces its first prompt, its
        length says nothing any more, and the script continues where it was.
        """
        if request.prompt != self._first_prompt:
            self._first_prompt = request.prompt
            self._answers.clear()
            self._attempts.clear()
        key = request.turn, request.last_message
        if key not in self._answers:
            matching = self._match(request.prompt if request.is_first else request.last_message)
            self._answers[key] = self._follow(request.turn) if matching is None else matching
        self._attempts[key] += 1
        return self._answers[key], self._attempts[key]

    def _match(self, text: str) -> int | None:
        """Return the first turn that matches `text` and is unused, else the last that matches."""
        matching = [index for index, turn in enumerate(self.conversation.turn) if turn.matches(text)]
        unused = [index for index in matching if index not in self._used]
        index = next(iter(unused or matching[-1:]), None)
        if index is not None:
            self._used.add(index)
        return index

    def _follow(self, number: int) -> int | None:
        """Return the next of the turns that match any prompt.

        The history of a resumed session begins with turns that another server has answered: `number` counts them.
        """
        turns = self.conversation.turn
        in_order = [index for index, turn in enumerate(turns) if turn.matches_any]
        elsewhere = sum(index is not None and not turns[index].matches_any for index in self._answers.values())
        rank = max(self._next_rank, number - 1 - elsewhere)
        self._next_rank = rank + 1
        return in_order[rank] if rank < len(in_order) else None


@dataclass
class TurnMatcher:
    """Assigns conversations of the script to real conversations, and counts the attempts at each turn."""

    script: Script
    _assigned: dict[str, _Progress | None] = field(default_factory=dict)

    def match(self, request: MessagesRequest, headers: Mapping[str, str]) -> Reply:
        """Return the reply to a request, and count the attempt."""
        if request.is_auxiliary:
            return Reply(RecordedRequest(None, 0, 1, request.stream), _auxiliary_turn(request))
        session = headers.get(_SESSION)
        key = f"{session}/{headers.get(_AGENT)}" if session else request.prompt
        if key not in self._assigned:
            chosen = self._choose(request.prompt)
            self._assigned[key] = _Progress(chosen) if chosen else None
        progress = self._assigned[key]
        if progress is None:
            recorded = RecordedRequest(None, request.turn, 1, request.stream)
            return Reply(recorded, _text_turn("The script has no conversation left for this prompt."))
        conversation = progress.conversation
        index, attempt = progress.answer(request)
        number = request.turn if index is None else index + 1
        recorded = RecordedRequest(conversation.name, number, attempt, request.stream)
        if index is None:
            text = f"The script has ended: conversation `{conversation.name}` has no turn {number}."
            return Reply(recorded, _text_turn(text))
        turn = conversation.turn[index]
        return Reply(recorded, turn, turn.fault_of(attempt))

    def _choose(self, prompt: str) -> Conversation | None:
        """Return the first conversation that matches and is unused, else the last that matches, else the next that
        matches any prompt and is unused."""
        used = {progress.conversation.name for progress in self._assigned.values() if progress}
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
