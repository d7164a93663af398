"""Puts together the messages of the model in a rollout of Codex, whose records are the parts of messages. Pure.

A rollout says most things twice: as an item of the API (`response_item`) and as an event of the program (`event_msg`).
Which one comes first depends on the version, and some versions write only one of them; the second one says nothing.
"""

from collections import Counter
from collections.abc import Callable

from observer.dialects.codex.codex_usage import Usage
from observer.dialects.event_data import Data, message, thinking, thought

Emit = Callable[[str, Data], None]
"""Takes the type and the data of the next event."""


class Echoes:
    """The texts of which the second copy has not come yet."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], Counter[str]] = {}

    def is_repeated(self, kind: str, channel: str, text: str) -> bool:
        """Return whether a text of this kind has come on the other one of the two channels already."""
        for (other_kind, other), texts in self._waiting.items():
            if other_kind == kind and other != channel and texts[text] > 0:
                texts[text] -= 1
                return True
        self._waiting.setdefault((kind, channel), Counter())[text] += 1
        return False

    def forget(self) -> None:
        """Begin a turn: what was said only once so far will not come again."""
        self._waiting.clear()


class Messages:
    """The messages of one conversation: their pieces as they come, and each one's end with its tokens."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._number = 0
        self._block = 0
        self._texts: list[str] = []
        self._is_open = False
        self._is_answered = False
        self._last_total: Usage | None = None
        self._has_records = False
        self.model: str | None = None
        self.total: Usage | None = None
        self.context: int | None = None
        """The tokens that the last request had to read."""

    def say(self, text: str) -> None:
        """Take a text of the model."""
        self._begin()
        self._texts.append(text)
        self._emit("thought", thought(text, self._id, self._block))
        self._block += 1

    def think(self, text: str) -> None:
        """Take a piece of the model's thinking."""
        self._begin()
        self._emit("thinking", thinking(text, self._id, self._block))
        self._block += 1

    def call(self) -> None:
        """Take a tool call of the model."""
        self._begin()

    def answer(self) -> None:
        """Take something that the model receives: what it says next is another message."""
        self._is_answered = True

    def count(self, usage: Usage | None) -> None:
        """Take the tokens of the response that ends here, from a record that is made for it."""
        self._has_records = True
        if usage is not None:
            self.end(usage)

    def count_again(self, last: Usage | None, total: Usage | None) -> None:
        """Take the tokens of the last response from an event that is repeated, and is all that old versions have."""
        is_repeated = total is not None and total == self._last_total
        self._last_total = total or self._last_total
        if not self._has_records and not is_repeated and last is not None and last != Usage():
            self.end(last)

    def end(self, usage: Usage | None = None) -> None:
        """End the message. Tokens without one have a message of their own, so that none are lost."""
        if usage is not None:
            self.context = usage.input
            self.total = usage if self.total is None else self.total + usage
            self._begin_without_end()
        if not self._is_open:
            return
        tokens = None if usage is None else usage.data
        self._emit("message", message(self._id, "\n".join(self._texts), tokens=tokens, model=self.model))
        self._is_open = False

    @property
    def _id(self) -> str:
        return f"message-{self._number}"

    def _begin(self) -> None:
        if self._is_answered:
            self.end()
        self._begin_without_end()

    def _begin_without_end(self) -> None:
        self._is_answered = False
        if not self._is_open:
            self._number += 1
            self._block, self._texts, self._is_open = 0, [], True
