"""Counts the tokens of each message of the model, once each. Pure.

The API counts a message when it begins, and again when it ends; every record that belongs to the message repeats one of
these counts, under the same message ID. The last count is right.
"""

from typing import Any

from msgspec import Struct

from observer.dialects import event_data
from observer.dialects.prices import Billing
from observer.format.fields import Fields

_USUAL = "standard"
"""The speed and the tier of messages at the list price."""
SYNTHETIC = "<synthetic>"
"""The model's name in messages that the CLI itself writes."""


class Tokens(Struct, frozen=True, kw_only=True):
    """Numbers of tokens, as in a run file: `output` and `thinking`, a part of it, are None if they are not known."""

    input: int = 0
    output: int | None = 0
    cache_read: int = 0
    cache_write: int = 0
    thinking: int | None = None

    def __add__(self, other: "Tokens") -> "Tokens":
        """Return the sum, in which a number that is unknown counts as nothing, unless both are."""
        return Tokens(
            input=self.input + other.input,
            output=_add(self.output, other.output),
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            thinking=_add(self.thinking, other.thinking),
        )

    def __sub__(self, other: "Tokens") -> "Tokens":
        """Return the difference; what is unknown of the first stays so."""
        return Tokens(
            input=self.input - other.input,
            output=None if self.output is None else self.output - (other.output or 0),
            cache_read=self.cache_read - other.cache_read,
            cache_write=self.cache_write - other.cache_write,
            thinking=None if self.thinking is None else self.thinking - (other.thinking or 0),
        )

    @property
    def data(self) -> dict[str, object]:
        """The numbers as a run file has them."""
        return event_data.tokens(
            input_=self.input,
            output=self.output,
            cache_read=self.cache_read,
            cache_write=self.cache_write,
            thinking=self.thinking,
        )


class MessageTokens:
    """The tokens of the messages of a session, those of its subagents included.

    A count is `final` if nothing says that it is: a transcript has no messages that are still being written.
    """

    def __init__(self, *, final: bool = False) -> None:
        self._final = final
        self._usages: dict[str, dict[str, Any]] = {}
        self._stated: dict[str, float] = {}
        self._tokens: dict[str, Tokens] = {}
        self._complete: set[str] = set()
        self._current: dict[str | None, str] = {}
        """The message that each conversation is receiving; the event with its last count does not name it."""
        self._settled: set[str] = set()
        self._total = Tokens(output=None)
        self._is_partial = False

    def skip(self) -> None:
        """Note that messages are left out here."""
        self._is_partial = True

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

    def message(self, message: Fields) -> None:
        """Process a message, or a part of one; it has a stop reason if it arrived in one piece, and so is complete."""
        id_, usage = message.optional_text("id"), message.fields("usage")
        if id_ is None or usage is None or message.text("model") == SYNTHETIC:
            return
        if id_ in self._complete and not self._final:
            return
        if self._final or message.optional_text("stop_reason") is not None:
            self._complete.add(id_)
        self._count(id_, usage.data)

    def state_cost(self, id_: str, usd: float) -> None:
        """Note what this message has cost, as each record of it says; the last one counts."""
        self._stated[id_] = usd

    def of(self, id_: str) -> Tokens | None:
        """Return the tokens of this message; None if the API has not counted them."""
        return self._tokens.get(id_)

    def billing(self, id_: str) -> Billing:
        """Return what this message costs beside the number of its tokens."""
        usage = Fields(self._usages.get(id_, {}))
        writes, searches = usage.object("cache_creation"), usage.object("server_tool_use")
        is_usual = all(usage.value(key) in (None, _USUAL) for key in ("speed", "service_tier"))
        return Billing(
            hour_writes=writes.whole("ephemeral_1h_input_tokens") or 0,
            has_list_price=is_usual and not searches.whole("web_search_requests"),
            stated_usd=self._stated.get(id_),
        )

    def total(self) -> Tokens | None:
        """Return the sum over the messages since the last `settle`, None if some were left out."""
        return None if self._is_partial else self._total

    def settle(self) -> None:
        """Leave the messages so far out of `total` from now on."""
        self._settled.update(self._tokens)
        self._total = Tokens(output=None)
        self._is_partial = False

    def _count(self, id_: str, usage: dict[str, Any]) -> None:
        self._usages[id_] = self._usages.get(id_, {}) | usage
        earlier, tokens = self._tokens.get(id_), _tokens(Fields(self._usages[id_]), complete=id_ in self._complete)
        self._tokens[id_] = tokens
        if id_ not in self._settled:
            self._total = (self._total - earlier if earlier else self._total) + tokens


def model_tokens(usage: Fields) -> Tokens:
    """Return the tokens of one model, of which the CLI reports the usage in names of its own."""
    return Tokens(
        input=usage.whole("inputTokens") or 0,
        output=usage.whole("outputTokens") or 0,
        cache_read=usage.whole("cacheReadInputTokens") or 0,
        cache_write=usage.whole("cacheCreationInputTokens") or 0,
        thinking=usage.whole("thinkingTokens"),
    )


def _tokens(usage: Fields, *, complete: bool) -> Tokens:
    thinking = usage.object("output_tokens_details").whole("thinking_tokens")
    return Tokens(
        input=usage.whole("input_tokens") or 0,
        output=usage.whole("output_tokens") if complete else None,
        cache_read=usage.whole("cache_read_input_tokens") or 0,
        cache_write=usage.whole("cache_creation_input_tokens") or 0,
        thinking=thinking if complete else None,
    )


def _add(one: int | None, other: int | None) -> int | None:
    return one if other is None else (one or 0) + other
