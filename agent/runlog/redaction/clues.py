"""Looks for the clues of secrets with RE2: for all of them in one pass, and for where one of them begins."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

import re2

Find = Callable[[str, int], tuple[int, int] | None]
"""Returns where in a text the secret stands whose clue begins at an offset; None if it is none."""

FindAll = Callable[[str, int], Iterator[tuple[int, int]]]
"""Yields where in a text all secrets of a list stand whose clue begins at an offset, in order."""

MAX_JUDGED_CHARS = 32 * 1024
"""Characters from the beginning of a clue on that decide whether it is a secret. Without a bound, a text that is full
of clues which are none would be read to its end for each of them."""

_CLUE_BYTES = MAX_JUDGED_CHARS // 2
"""A clue is shorter."""

_MEMORY = 64 << 20
"""Bytes that RE2 may use for the states of its automaton; with fewer it would begin again and again."""


class ClueSet:
    """A set of expressions in the syntax of RE2, which are looked for in one pass over the bytes."""

    def __init__(self, sources: Iterable[str]) -> None:
        self._set: Any = re2.Set.SearchSet(_options())
        for source in sources:
            self._set.Add(source.encode())
        self._set.Compile()

    def matching(self, data: bytes) -> list[int]:
        """Return the numbers of the expressions that match a part of `data`, counted from 0."""
        return self._set.Match(data) or []


class Locator:
    """One expression in the syntax of RE2, and the places in a text where it matches."""

    def __init__(self, source: str) -> None:
        self._expression = compile_expression(f"(?U:{source})")  # U: no longer than necessary

    def spans(self, text: str, encoded: bytes, find: Find) -> Iterator[tuple[int, int]]:
        """Yield what `find` finds in `text` where a match begins; `encoded` is the text in UTF-8."""
        is_ascii = len(encoded) == len(text)
        byte = offset = position = 0
        while (match := self._search(encoded, position)) is not None:
            start = match.start()
            offset += start - byte if is_ascii else len(encoded[byte:start].decode("utf-8", "surrogatepass"))
            byte, position = start, start + 1
            if (span := find(text, offset)) is not None:
                yield span
                after = span[1] - offset
                position = start + max(
                    1, after if is_ascii else len(text[offset : span[1]].encode("utf-8", "surrogatepass"))
                )

    def lists(self, text: str, encoded: bytes, find_all: FindAll) -> Iterator[tuple[int, int]]:
        """Do the same as `spans` for lists. A match within a list is not the beginning of another."""
        end = 0
        for start in self._starts(text, encoded):
            for span in find_all(text, start) if start >= end else ():
                end = span[1]
                yield span

    def _starts(self, text: str, encoded: bytes) -> Iterator[int]:
        """Yield where matches begin in `text`."""
        byte = offset = position = 0
        while (match := self._search(encoded, position)) is not None:
            offset += len(encoded[byte : match.start()].decode("utf-8", "surrogatepass"))
            byte, position = match.start(), match.start() + 1
            yield offset

    def _search(self, encoded: bytes, position: int) -> Any:
        """Return the next match, with a bound on what is read behind it."""
        while position < len(encoded):
            end = position + 2 * _CLUE_BYTES
            if (match := self._expression.search(encoded, position, end)) is not None or end >= len(encoded):
                return match
            position = end - _CLUE_BYTES
        return None


class Rule:
    """One way to recognize a kind of secret.

    What is a secret contains a match of one of the `clues`, also when it is encoded as JSON, and `find` decides.
    """

    def __init__(self, kind: str, clues: tuple[str, ...], find: Find) -> None:
        self.kind = kind
        self.clues = clues
        self._find = find

    def spans(self, text: str, encoded: bytes) -> Iterator[tuple[int, int]]:
        """Yield where this kind of secret begins and ends in `text`, which in UTF-8 is `encoded`."""
        return self._locator.spans(text, encoded, self._find)

    @cached_property
    def _locator(self) -> Locator:
        return Locator("|".join(self.clues))


class ListRule(Rule):
    """A rule whose clue is the heading of a list of secrets."""

    def __init__(self, kind: str, clues: tuple[str, ...], find_all: FindAll) -> None:
        super().__init__(kind, clues, lambda _text, _start: None)
        self._find_all = find_all

    def spans(self, text: str, encoded: bytes) -> Iterator[tuple[int, int]]:
        return self._locator.lists(text, encoded, self._find_all)


def escape(text: str) -> str:
    """Return an expression that matches `text` and nothing else."""
    return "".join(char if char.isalnum() or not char.isascii() else f"\\x{{{ord(char):x}}}" for char in text)


def compile_expression(source: str) -> Any:
    """Return an expression of RE2 for bytes."""
    expression = re2.compile(source.encode(), _options())
    re2.purge()  # its cache would keep the expression
    return expression


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # one character a byte
    options.never_capture = True
    options.log_errors = False  # they are raised
    options.max_mem = _MEMORY
    return options
