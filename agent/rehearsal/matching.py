"""Which turn of which conversation does a request ask for? Its own messages say it, so a retry gets the same."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import Struct

from agent.rehearsal.script import Conversation, Fault, Script, Text, Turn

_SESSION = "x-claude-code-session-id"
_AGENT = "x-claude-code-agent-id"
"""Sent by the CLI: which session, and which subagent of it. Other clients are told apart by their first prompt."""
_REMINDER = "<system-reminder>"
"""The CLI puts notes of its own, so marked, before what the person wrote."""


class Message(Struct):
    """One message of a request's history."""

    role: str
    content: str | list[dict[str, Any]]


class MessagesRequest(Struct):
    """What a rehearsal needs of the body of `POST /v1/messages`."""

    messages: list[Message]
    model: str = "rehearsal"
    stream: bool = False
    max_tokens: int | None = None
    tools: list[dict[str, Any]] = []
    output_config: dict[str, Any] = {}

    @property
    def prompt(self) -> str:
        """What the conversation began with, without the CLI's notes."""
        first = next((message.content for message in self.messages if message.role == "user"), "")
        texts = [first] if isinstance(first, str) else [block.get("text", "") for block in first]
        return "\n".join(text for text in texts if not text.startswith(_REMINDER))

    @property
    def turn(self) -> int:
        """The number of the turn that comes next, from 1. Messages of the model in a row are one turn."""
        roles = [message.role for message in self.messages if message.role in {"user", "assistant"}]
        starts = zip(["user", *roles], roles, strict=False)
        return 1 + sum(before == "user" and role == "assistant" for before, role in starts)

    @property
    def auxiliary(self) -> bool:
        """Whether the CLI asks for itself: a title for the session (no tools, an answer in JSON), or whether the
        API is there (one token)."""
        return self.max_tokens == 1 or (not self.tools and "format" in self.output_config)


@dataclass(frozen=True)
class Asked:
    """One request for a message: the turn it got and which attempt at that turn it was, both from 1.

    `conversation` is None when the script has none for it, and with turn 0 for what the CLI asks for itself.
    """

    conversation: str | None
    turn: int
    attempt: int
    stream: bool


@dataclass(frozen=True)
class Cue:
    """What a request gets: a turn, and what goes wrong with it this time."""

    asked: Asked
    turn: Turn
    fault: Fault | None = None


@dataclass
class Prompter:
    """Knows which conversation of the script each real conversation plays, and how often each turn was tried."""

    script: Script
    _playing: dict[str, Conversation | None] = field(default_factory=dict)
    _attempts: Counter[tuple[str, int]] = field(default_factory=Counter)

    def cue(self, request: MessagesRequest, headers: Mapping[str, str]) -> Cue:
        """The turn that `request` asks for, and what goes wrong with this attempt at it."""
        if request.auxiliary:
            return Cue(Asked(None, 0, 1, request.stream), _auxiliary_answer(request))
        session = headers.get(_SESSION)
        key = f"{session}/{headers.get(_AGENT)}" if session else request.prompt
        if key not in self._playing:
            self._playing[key] = self._chosen(request.prompt)
        conversation, number = self._playing[key], request.turn
        self._attempts[key, number] += 1
        attempt = self._attempts[key, number]
        asked = Asked(conversation.name if conversation else None, number, attempt, request.stream)
        if conversation is None:
            return Cue(asked, _say("The script has no conversation left for this prompt."))
        if number > len(conversation.turn):
            return Cue(asked, _say(f"The script is over: conversation `{conversation.name}` has no turn {number}."))
        turn = conversation.turn[number - 1]
        return Cue(asked, turn, turn.fault_of(attempt))

    def _chosen(self, prompt: str) -> Conversation | None:
        """Of those that match, the first not played yet, or the last again; else the next that takes any."""
        playing = {playing.name for playing in self._playing.values() if playing}
        matching = [each for each in self.script.conversation if each.matches(prompt)]
        unplayed = [each for each in matching if each.name not in playing]
        if matching:
            return (unplayed or matching[-1:])[0]
        others = (each for each in self.script.conversation if each.open_to_any and each.name not in playing)
        return next(others, None)


def _auxiliary_answer(request: MessagesRequest) -> Turn:
    """A harmless answer to a request the CLI makes for itself: JSON of the asked shape, or a word."""
    wanted = request.output_config.get("format", {}).get("schema", {}).get("properties")
    return _say("Rehearsal" if wanted is None else msgspec.json.encode(dict.fromkeys(wanted, "Rehearsal")).decode())


def _say(text: str) -> Turn:
    return Turn(block=(Text(text=text),))
