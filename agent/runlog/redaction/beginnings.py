"""Finds the fixed texts that an expression can begin with: `gh[pousr]_[A-Za-z0-9]{20,}` with `ghp_` and four others.

Only a text that has one of them can match, and one pass finds all beginnings of all expressions.
"""

import re
import string
from functools import cache
from itertools import product
from typing import NamedTuple

_PARTS = re.compile(r"\\.|\[\^?(?:\\.|[^\]\\])+\]|\((?:\?(?:i?:|<?[=!]))?|\{\d+(?:,\d*)?\}|.", re.DOTALL)
"""The parts that an expression is read in: a character, a class, the beginning or the end of a group, or a count."""
_RANGE = re.compile(r"\\.|.(?:-.)?", re.DOTALL)
_LOOKS = ("(?=", "(?!", "(?<")
_MIN_CHARS = 2
_MAX_TEXTS = 300
"""Beginnings of one expression; with more, they end earlier."""
_MAX_CLASS = 26
"""Characters of a class that is spelled out."""
_MAX_COUNT = 12
"""Times that a character with a count is written."""
_MAX_CHARS = 6
"""Characters of a beginning: so many are rare enough."""
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""What `bytes.lower` does, too: it leaves letters that are not ASCII as they are."""


@cache
def fixed_beginnings(source: str) -> frozenset[str]:
    """Return texts in lower case, one of which is at the beginning of whatever the expression `source` matches.

    None of them begins with another. If one of them would be shorter than two characters there are none: it would be
    found everywhere.
    """
    texts = {text[:_MAX_CHARS] for text in _Reader(source).alternatives().texts}
    if min(map(len, texts)) < _MIN_CHARS:
        return frozenset()
    return frozenset(text for text in texts if not any(text[:end] in texts for end in range(1, len(text))))


class _Part(NamedTuple):
    """What a part of an expression matches: texts, and whether they are all of it or only its beginnings."""

    texts: set[str]
    is_whole: bool = True


_NOTHING_FIXED = _Part({""}, is_whole=False)


class _Reader:
    """Reads an expression from its beginning."""

    def __init__(self, source: str) -> None:
        self._parts: list[str] = _PARTS.findall(source)
        self._next = 0

    def alternatives(self) -> _Part:
        """Read alternatives, to the end of the group or of the expression."""
        read = self._sequence()
        while self._take("|"):
            other = self._sequence()
            read = _Part(read.texts | other.texts, read.is_whole and other.is_whole)
        return read

    def _sequence(self) -> _Part:
        read = _Part({""})
        while self._next < len(self._parts) and self._parts[self._next] not in ("|", ")"):
            part = self._counted(self._part())
            if read.is_whole and len(read.texts) * len(part.texts) <= _MAX_TEXTS:
                read = _Part({first + then for first, then in product(read.texts, part.texts)}, part.is_whole)
            else:
                read = _Part(read.texts, is_whole=False)
        return read

    def _part(self) -> _Part:
        part = self._parts[self._next]
        self._next += 1
        if part.startswith("("):
            read = self.alternatives()
            self._take(")")
            return _Part({""}) if part.startswith(_LOOKS) else read
        chars = _chars(part)
        return _Part(chars) if chars else _NOTHING_FIXED

    def _counted(self, part: _Part) -> _Part:
        """Read what says how often `part` stands, if anything does."""
        if self._take("?"):
            return _Part(part.texts | {""}, part.is_whole)
        if self._take("*"):
            return _Part(part.texts | {""}, is_whole=False)
        if self._take("+"):
            return _Part(part.texts, is_whole=False)
        if self._next == len(self._parts) or not self._parts[self._next].startswith("{"):
            return part
        least, comma, _ = self._parts[self._next].strip("{}").partition(",")
        self._next += 1
        times = min(int(least), _MAX_COUNT)
        if times == 0:
            return _Part(part.texts | {""}, is_whole=False)
        if len(part.texts) > 1 or not part.is_whole:
            return _Part(part.texts, part.is_whole and times == 1 and not comma)
        return _Part({text * times for text in part.texts}, times == int(least) and not comma)

    def _take(self, part: str) -> bool:
        """Read `part` if it is the next one; return whether it was."""
        if self._next < len(self._parts) and self._parts[self._next] == part:
            self._next += 1
            return True
        return False


def _chars(part: str) -> set[str]:
    """Return the characters, in lower case, that a part stands for; none if they are too many."""
    if part.startswith("[^") or part in (".", "^", "$"):
        return set()
    if not part.startswith("["):
        return _escaped(part) if part.startswith("\\") else {part.translate(_LOWER)}
    chars: set[str] = set()
    for one in _RANGE.findall(part[1:-1]):
        if one.startswith("\\"):
            if not (meant := _escaped(one)):
                return set()
            chars |= meant
        else:
            chars |= {chr(code).translate(_LOWER) for code in range(ord(one[0]), ord(one[-1]) + 1)}
    return chars if len(chars) <= _MAX_CLASS else set()


def _escaped(part: str) -> set[str]:
    char = part[1]
    if char == "b":
        return {""}
    if char in _CONTROLS:
        return {_CONTROLS[char]}
    if char == "d":
        return set("0123456789")
    return set() if char.isalnum() else {char}


_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}
