"""The state of one thread of Codex, the main one of a session or that of a subagent. Pure."""

import re
from collections import Counter
from typing import Literal

from observer.dialects.codex.codex_messages import Echoes, Messages
from observer.dialects.codex.codex_subagents import Subagents
from observer.dialects.codex.codex_tools import Tools
from observer.dialects.codex.codex_turns import Turns
from observer.dialects.codex.codex_usage import Usage
from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import Data, complete, prompt
from observer.dialects.opening import Opening
from observer.dialects.records import elapsed_ms
from observer.format.fields import Fields

Channel = Literal["api", "program"]
"""A rollout says most things twice: as an item of the API, and as an event of the program."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
"""An ID of version 7, which begins with the time at which it was made."""
_COMMANDS = {"codex_exec": "codex exec"}
"""The command that writes a rollout, by its name for itself."""


class Thread:
    """One thread; it keeps the events until they are fetched.

    `threads` holds the call that started each subagent, `unknown` counts what is not understood, for a whole session.
    """

    def __init__(self, threads: dict[str, str], unknown: Counter[str], *, is_main: bool = True) -> None:
        self.unknown = unknown
        self.id = ""
        self.opening = Opening("codex")
        self.stamp: str | None = None
        self.messages = Messages(self.emit)
        self.tools = Tools(self.emit)
        self.subagents = Subagents(self.emit, threads)
        self.turns = Turns(self.emit)
        self._source = "user" if is_main else "subagent"
        self._copied_from = ""
        self._first: str | None = None
        self._events: list[ForeignEvent] = []
        self._echoes = Echoes()

    def arrive(self, stamp: str | None) -> None:
        """Begin a record that was written at this time."""
        self.stamp = stamp or self.stamp
        self._first = self._first or self.stamp

    def emit(self, kind: str, data: Data) -> None:
        """Take the next event."""
        self._events.append(ForeignEvent(kind, data, self.stamp))

    def fetch(self) -> list[ForeignEvent]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    def ending(self, usage: Usage | None) -> Data | None:
        """Return how the thread ended, as `complete` states it; None if its turn has not. `usage` is the session's."""
        if (outcome := self.turns.outcome) is None:
            return None
        return complete(
            outcome,
            self.turns.reason or "as far as the file tells",
            project_dir=self.opening.project_dir,
            duration_ms=elapsed_ms(self._first, self.stamp) or 0,
            tokens=usage.data if usage else None,
            blocked=self.tools.blocked,
        )

    def describe(self, meta: Fields) -> None:
        """Take the beginning of a rollout. A second one begins the copy of the thread that this one was forked from."""
        id_ = meta.text("id")
        if self.id:
            self._copied_from = id_ if id_ != self.id and _UUID.fullmatch(self.id) else ""
            return
        self.id = id_
        if "subagent" in meta.object("source").data:
            self._source = "subagent"
        opening, version = self.opening, meta.text("cli_version")
        opening.command = _COMMANDS.get(meta.text("originator"), "codex")
        opening.version = f"codex {version}" if version else ""
        opening.session_id, opening.timestamp = id_, self.stamp
        opening.project_dir = meta.text("cwd")
        opening.resumed_from = meta.text("forked_from_id") or None

    def is_copied(self, payload: Fields) -> bool:
        """Return whether a record is another thread's: it stands before the first turn that began after the fork."""
        turn = payload.text("turn_id")
        if self._copied_from and _UUID.fullmatch(turn) and turn > self.id:
            self._copied_from = ""
        return bool(self._copied_from)

    def set_context(self, context: Fields) -> None:
        """Take what holds for the next requests: the model, and what is permitted."""
        opening = self.opening
        self.messages.model = context.text("model") or self.messages.model
        opening.model = opening.model or self.messages.model
        opening.project_dir = opening.project_dir or context.text("cwd")
        opening.permission_mode = opening.permission_mode or context.text("approval_policy") or None

    def receive(self, text: str, channel: Channel, images: list[Data]) -> None:
        """Take a text that was sent to the model."""
        if (text or images) and not self._echoes.is_repeated("prompt", channel, text):
            self.messages.answer()
            self.turns.rest(is_resting=False)
            self.emit("prompt", prompt(text, self._source, images))

    def say(self, text: str, channel: Channel) -> None:
        """Take a text of the model."""
        if text and not self._echoes.is_repeated("thought", channel, text):
            self.messages.say(text)
            self.turns.rest(is_resting=True)

    def think(self, texts: list[str], channel: Channel) -> None:
        """Take the parts of the model's thinking, or of a summary of it."""
        for text in texts:
            if text and not self._echoes.is_repeated("thinking", channel, text):
                self.messages.think(text)
                self.turns.rest(is_resting=False)

    def begin_turn(self) -> None:
        """Take the beginning of a turn."""
        self._echoes.forget()
        self.turns.begin()

    def end_turn(self, payload: Fields, *, calls_ended: str) -> None:
        """Take the end of a turn, after which its calls have ended for this reason if nothing has said how."""
        self.messages.end()
        self.tools.close(calls_ended, self.stamp)
        if payload.text("type") == "turn_aborted":
            self.turns.abort(payload)
        else:
            self.turns.end(payload)

    def close(self) -> None:
        """End what is still open: the process is gone."""
        self.messages.end()
        self.tools.close("the process ended while it was running", self.stamp)
        self.subagents.end_all()

    def compact(self, summary: str) -> None:
        """Take the replacement of the conversation by a summary of it."""
        self.emit("compaction", {"trigger": "", "tokens_before": self.messages.context})
        if summary:
            self.emit("prompt", prompt(summary, "cli"))
