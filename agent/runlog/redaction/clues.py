"""Looks for the clues of secrets: in one pass for how they begin, and where one may begin, for all of it.

A clue is an expression, short, which begins with something fixed. Few places of a text have such a beginning, and at
each of them few clues are tried, so an ordinary event costs one pass of an Aho-Corasick automaton over its bytes.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from agent.runlog.redaction.beginnings import fixed_beginnings
from agent.runlog.redaction.expressions import compile_expression

Find = Callable[[str, int], tuple[int, int] | None]
"""Returns where in a text the secret stands whose clue begins at an offset; None if it is none."""

FindAll = Callable[[str, int], Iterator[tuple[int, int]]]
"""Yields where in a text all secrets of a list stand whose clue begins at an offset, in order."""

MAX_JUDGED_CHARS = 32 * 1024
"""Characters from the beginning of a clue on that decide whether it is a secret. Without a bound, a text that is full
of clues which are none would be read to its end for each of them."""


class Rule:
    """One way to recognize a kind of secret.

    What is a secret contains a match of one of the `clues`, followed by one of `then`, also when it is encoded as JSON,
    and `find` decides.
    """

    def __init__(self, kind: str, clues: tuple[str, ...], find: Find, then: str = "") -> None:
        self.kind = kind
        self.clues = clues
        self.then = then
        self._find = find

    def spans(self, text: str, start: int) -> Iterable[tuple[int, int]]:
        """Return where this kind of secret begins and ends in `text`, of which a clue begins at `start`."""
        span = self._find(text, start)
        return (span,) if span else ()


class ListRule(Rule):
    """A rule whose clue is the heading of a list of secrets."""

    def __init__(self, kind: str, clues: tuple[str, ...], find_all: FindAll) -> None:
        super().__init__(kind, clues, lambda _text, _start: None)
        self._find_all = find_all

    def spans(self, text: str, start: int) -> Iterable[tuple[int, int]]:
        return self._find_all(text, start)


class Place(NamedTuple):
    """Where in a text a clue of a rule begins: the offset in bytes, and the rule's number."""

    start: int
    rule: int


class _Clue:
    """A clue of a rule, whose expressions are compiled when they are first needed."""

    def __init__(self, source: str, then: str, rule: int) -> None:
        self.beginnings = fixed_beginnings(source)
        self.source = source
        self.rule = rule
        self._followed_by = then

    @cached_property
    def begins(self) -> Callable[[bytes, int], object]:
        """What returns something true if the clue begins in some data at an offset."""
        match = _compiled(self.source).match
        if not self._followed_by:
            return match
        then = _compiled(self._followed_by).match
        return lambda data, start: (found := match(data, start)) and then(data, found.end())


class ClueFinder:
    """Finds where the clues of rules begin.

    Those that begin with nothing fixed are looked for with RE2, all in one expression, so they are in the syntax that
    `re` and RE2 share.
    """

    def __init__(self, rules: Sequence[Rule], others: Sequence[str] = ()) -> None:
        """`has_place` looks for `others` as well, expressions of RE2."""
        clues = [_Clue(source, rule.then, number) for number, rule in enumerate(rules) for source in rule.clues]
        by_beginning: dict[str, list[_Clue]] = defaultdict(list)
        for clue in clues:
            for beginning in clue.beginnings:
                by_beginning[beginning].append(clue)
        self._begun = list(by_beginning.values())
        self._beginnings = BytesAhoCorasick(map(str.encode, by_beginning), implementation=Implementation.DFA)
        self._floating = [clue for clue in clues if not clue.beginnings]
        floating = [clue.source for clue in self._floating]
        self._floats = compile_expression(_either(floating))
        self._floats_or_others = compile_expression(_either((*floating, *others)))

    def has_place(self, data: bytes) -> bool:
        """Return whether a clue begins anywhere in `data`."""
        return next(self._begin(data), None) is not None or self._floats_or_others.search(data) is not None

    def places(self, data: bytes) -> list[Place]:
        """Return all places in `data` where a clue begins, in order."""
        return sorted({*self._begin(data), *self._float(data)})

    def _begin(self, data: bytes) -> Iterator[Place]:
        """Yield the places of clues that begin with something fixed."""
        for number, start, _ in self._beginnings.find_matches_as_indexes(data.lower(), overlapping=True):
            for clue in self._begun[number]:
                if clue.begins(data, start):
                    yield Place(start, clue.rule)

    def _float(self, data: bytes) -> Iterator[Place]:
        """Yield the places of the others."""
        match = self._floats.search(data)
        while match is not None:
            start = match.start()
            yield from (Place(start, clue.rule) for clue in self._floating if clue.begins(data, start))
            match = self._floats.search(data, start + 1)


@cache
def _compiled(source: str) -> re.Pattern[bytes]:
    return re.compile(source.encode())


def _either(sources: Iterable[str]) -> str:
    return "|".join(f"(?:{source})" for source in sources)
