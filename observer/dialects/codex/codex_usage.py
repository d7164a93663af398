"""Counts the tokens that Codex states. Pure.

Codex counts what came from the cache, and what went there, as a part of the input, and reasoning as a part of the
output; in a run file `input` is what is left of it.
"""

from typing import Self

from msgspec import Struct

from observer.dialects.event_data import Data, tokens
from observer.format.fields import FieldAccess


class Usage(Struct, frozen=True):
    """Numbers of tokens as Codex states them."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0

    @classmethod
    def read(cls, usage: FieldAccess | None) -> "Usage | None":
        """Return the numbers that an object states, None if it states none."""
        if usage is None:
            return None
        keys = ("input_tokens", "cached_input_tokens", "cache_write_input_tokens", "output_tokens",
                "reasoning_output_tokens")  # fmt: skip
        counts = [usage.count(key) for key in keys]
        return None if all(count is None for count in counts) else cls(*(count or 0 for count in counts))

    def __add__(self, other: Self) -> "Usage":
        return Usage(*(getattr(self, key) + getattr(other, key) for key in self.__struct_fields__))

    def __sub__(self, other: Self) -> "Usage":
        return Usage(*(max(0, getattr(self, key) - getattr(other, key)) for key in self.__struct_fields__))

    @property
    def data(self) -> Data:
        """The numbers as events state them."""
        return tokens(
            input_=max(0, self.input - self.cached - self.cache_write),
            output=self.output,
            cache_read=self.cached,
            cache_write=self.cache_write,
            thinking=self.reasoning,
        )
