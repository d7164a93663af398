"""Numbers of tokens, as a run file states them, and their sums. Pure."""

from collections.abc import Iterable
from functools import reduce

from msgspec import Struct, convert

from observer.format.fields import FieldAccess
from observer.format.units import format_count

KEYS = ("input", "output", "cache_read", "cache_write", "thinking")
"""The numbers in the JSON object of an event."""
_OPTIONAL = ("output", "thinking")
_AT_LEAST = "+"
"""Follows a number of which a part is not known."""


class Tokens(Struct, frozen=True):
    """Numbers of tokens. `output`, and `thinking`, which is a part of it, are None if no message states them.

    `partial` names those of them that only some messages of a sum state: they are at least what is known.

    >>> (Tokens(input=12, output=41, cache_read=9210) + Tokens(input=5, thinking=3)).partial == {"output", "thinking"}
    True
    """

    input: int = 0
    output: int | None = None
    cache_read: int = 0
    cache_write: int = 0
    thinking: int | None = None
    partial: frozenset[str] = frozenset()

    @property
    def read(self) -> int:
        """What the model read: `input`, and what came from its prompt cache or went there."""
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """What the model read and, as far as it is known, wrote."""
        return self.read + (self.output or 0)

    def __add__(self, other: "Tokens") -> "Tokens":
        partial = {name for name in _OPTIONAL if (getattr(self, name) is None) != (getattr(other, name) is None)}
        return Tokens(
            self.input + other.input,
            _add(self.output, other.output),
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            _add(self.thinking, other.thinking),
            self.partial | other.partial | partial,
        )


def _add(first: int | None, second: int | None) -> int | None:
    return first if second is None else second + (first or 0)


def tokens_of(event: FieldAccess) -> Tokens | None:
    """Return the tokens that an event states; None if it states none.

    >>> from observer.format.fields import Fields
    >>> tokens_of(Fields({"tokens": {"input": 12, "output": -1, "cache_read": "many"}}))
    Tokens(input=12, output=0, cache_read=0, cache_write=0, thinking=None, partial=frozenset())
    >>> tokens_of(Fields({"tokens": {}})), tokens_of(Fields({"tokens": 5}))
    (None, None)
    """
    stated = event.fields("tokens")
    if stated is None:
        return None
    counts = {key: max(0, count) for key in KEYS if (count := stated.integer(key)) is not None}
    return convert(counts, Tokens) if counts else None


def context_windows(event: FieldAccess) -> dict[str, int]:
    """Return how many tokens each model can read, as far as the `model_usage` of a session's end tells.

    >>> from observer.format.fields import Fields
    >>> context_windows(Fields({"model_usage": {"claude-x": {"contextWindow": 200000}, "other": {}}}))
    {'claude-x': 200000}
    """
    usage = event.fields("model_usage")
    if usage is None:
        return {}
    sizes = {name: one.integer("contextWindow") for name in usage.data if (one := usage.fields(name)) is not None}
    return {name: size for name, size in sizes.items() if size is not None and size > 0}


def sum_tokens(tokens: Iterable[Tokens | None]) -> Tokens | None:
    """Return the sum of what is known, None if nothing is."""
    known = [one for one in tokens if one is not None]
    return reduce(Tokens.__add__, known) if known else None


def larger(first: Tokens | None, second: Tokens | None) -> Tokens | None:
    """Return the one of two counts that is further along."""
    if first is None or second is None:
        return first or second
    return max(first, second, key=lambda tokens: tokens.total)


class TokenCounts(Struct):
    """Numbers of tokens in JSON; `output` and `thinking` are null if not known."""

    input: int
    output: int | None
    cache_read: int
    cache_write: int
    thinking: int | None


def token_counts(tokens: Tokens | None) -> TokenCounts | None:
    """Return the JSON object of tokens, as events have it."""
    return None if tokens is None else TokenCounts(*(getattr(tokens, key) for key in TokenCounts.__struct_fields__))


def count_total(tokens: Tokens) -> str:
    """Return the total, shortened; with a plus sign if it is at least this, as not all that was written is known."""
    known = tokens.output is not None and "output" not in tokens.partial
    return format_count(tokens.total) + ("" if known else _AT_LEAST)


def count_output(tokens: Tokens) -> str:
    """Return what was written, shortened: "?" if it is not known, with a plus sign if only a part is.

    >>> [count_output(tokens) for tokens in (Tokens(output=9), Tokens(), Tokens(output=9) + Tokens())]
    ['9', '?', '9+']
    """
    return "?" if tokens.output is None else _count(tokens.output, tokens, "output")


def count_thinking(tokens: Tokens) -> str:
    """Return how much of it was thinking, in the same way; empty if it is not known."""
    return "" if tokens.thinking is None else _count(tokens.thinking, tokens, "thinking")


def _count(count: int, tokens: Tokens, key: str) -> str:
    return format_count(count) + (_AT_LEAST if key in tokens.partial else "")


def describe_total(tokens: Tokens | None) -> str:
    """Return the total in words, empty if it is not known.

    >>> describe_total(Tokens(input=9000, output=300)), describe_total(Tokens(input=9000))
    ('9.3k tokens', '9.0k+ tokens')
    """
    return "" if tokens is None else f"{count_total(tokens)} tokens"


def describe_parts(tokens: Tokens | None) -> str:
    """Return what was read and, if it is known, what was written, in words; empty if nothing is known.

    >>> describe_parts(Tokens(input=12, output=41, cache_read=9210, cache_write=385)), describe_parts(Tokens(input=12))
    ('9.6k tokens in, 41 out', '12 tokens in')
    """
    if tokens is None:
        return ""
    written = "" if tokens.output is None else f", {count_output(tokens)} out"
    return f"{format_count(tokens.read)} tokens in{written}"


def describe_spent(counted: Tokens | None, stated: int | None) -> str:
    """Return what a subagent used, in words: `counted` of its messages, or what its end `stated` if that is more.

    >>> describe_spent(Tokens(input=9000), 9300), describe_spent(Tokens(input=9000, output=300), None)
    ('9.3k tokens', '9.0k tokens in, 300 out')
    """
    if stated is not None and (counted is None or stated > counted.total):
        return f"{format_count(stated)} tokens"
    return describe_parts(counted)
