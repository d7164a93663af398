"""Numbers of tokens, as a run file states them, and their sums. Pure."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from observer.format.event import number
from observer.format.units import format_count


class Tokens(Struct, frozen=True):
    """Numbers of tokens; `thinking` is a part of `output`, None if no message states it.

    >>> Tokens(input=12, output=41, cache_read=9210) + Tokens(output=9, thinking=3)
    Tokens(input=12, output=50, cache_read=9210, cache_write=0, thinking=3)
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    thinking: int | None = None

    @property
    def read(self) -> int:
        """What the model read: `input`, and what came from its prompt cache or went there."""
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """What the model read and wrote."""
        return self.read + self.output

    def __add__(self, other: "Tokens") -> "Tokens":
        stated = [tokens.thinking for tokens in (self, other) if tokens.thinking is not None]
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
            sum(stated) if stated else None,
        )


def parse_tokens(value: Any) -> Tokens | None:
    """Return the tokens in the JSON object of an event; None if it states none.

    >>> parse_tokens({"input": 12, "output": -1, "cache_read": "many"}), parse_tokens({}), parse_tokens(None)
    (Tokens(input=12, output=0, cache_read=0, cache_write=0, thinking=None), None, None)
    """
    if not isinstance(value, dict):
        return None
    counts = {key: count for key in Tokens.__struct_fields__ if (count := number(value.get(key))) is not None}
    return Tokens(**{key: max(0, int(count)) for key, count in counts.items()}) if counts else None


def sum_tokens(tokens: Iterable[Tokens | None]) -> Tokens | None:
    """Return the sum of what is known, None if nothing is."""
    known = [one for one in tokens if one is not None]
    return sum(known, start=Tokens()) if known else None


def larger(first: Tokens | None, second: Tokens | None) -> Tokens | None:
    """Return the one of two counts that is further along."""
    if first is None or second is None:
        return first or second
    return max(first, second, key=lambda tokens: tokens.total)


def describe_total(tokens: Tokens | None) -> str:
    """Return the total in words, empty if it is not known.

    >>> describe_total(Tokens(input=9000, output=300))
    '9.3k tokens'
    """
    return "" if tokens is None else f"{format_count(tokens.total)} tokens"


def describe_parts(tokens: Tokens | None) -> str:
    """Return what was read and what was written, in words; empty if it is not known.

    >>> describe_parts(Tokens(input=12, output=41, cache_read=9210, cache_write=385))
    '9.6k tokens in, 41 out'
    """
    return "" if tokens is None else f"{format_count(tokens.read)} tokens in, {format_count(tokens.output)} out"
