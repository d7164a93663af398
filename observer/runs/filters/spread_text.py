r"""Expressions that find a literal in raw lines of JSON, also where it may be spread over pieces of a text. Pure.

A literal that is spread begins at the end of one piece and ends at the start of another, and what is between is whole
pieces. So without looking at what the pieces are, each place where it may be is found by one of two expressions; both
begin with a fixed text, for which RE2 is ten times as fast as for alternatives.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

_MAX_CHARS, _MIN_CHARS = 16, 6
"""Characters of a literal that are looked for: of a longer one, those whose ends are rarest."""
_BY_FREQUENCY = ' "etaoinsrl0dcu\\1,:_mpfh2g345678bywkv9xjqz'
"""Characters of run files, the most frequent first; others are rare."""
_RARE = 1 / 36
"""Frequency of a character for which alone RE2 looks as fast as for more."""
_FEW = 4
"""Expressions that are faster to look for one after the other."""
_END = r'"[ \t\r]*[,}\]]'
"""The end of a string that is no key."""
_KEY = r'xt"[ \t\r]*:[ \t\r]*'
"""The key `text` but for its beginning: RE2 looks for both ends of a fixed text, and an x is rarer than a quote."""


class Part(Struct, frozen=True):
    """A part of a literal, and how many of its characters count as its first half."""

    text: str
    half: int


def part_of(literal: str) -> Part:
    """Return the part of a literal that is looked for fastest.

    >>> part_of("ab"), part_of("the quick")
    (Part(text='ab', half=1), Part(text='he quick', half=4))
    """
    size = min(len(literal), _MIN_CHARS)
    parts = [
        Part(literal[begin:][:_MAX_CHARS], half)
        for begin in range(len(literal) - size + 1)
        for half in range((size + 1) // 2, max(size * 2 // 3, 1) + 1)
    ]
    return min(parts, key=lambda part: frequency_of(part.text[0]) * frequency_of(part.text[part.half - 1]))


def frequency_of(char: str) -> float:
    """Return how frequent a character is in run files, compared with others."""
    index = _BY_FREQUENCY.find(char.lower())
    return 1 / (1 + (index if index >= 0 else len(_BY_FREQUENCY)))


def end_expressions(parts: Iterable[Part]) -> list[str]:
    r"""Return what finds a part, or its first half or more where that ends a JSON string that is no key.

    Parts that begin alike share an expression, as RE2 then looks for their beginning.

    >>> end_expressions([Part("abcd", 2)])
    ['ab(?:"[ \\t\\r]*[,}\\]]|c(?:"[ \\t\\r]*[,}\\]]|d))']
    """
    groups: dict[str, list[str]] = {}
    for part in parts:
        begin = part.text[0] if frequency_of(part.text[0]) < _RARE else part.text[: min(part.half, 2)]
        groups.setdefault(begin, []).append(_end_expression(part))
    expressions = ["|".join(group) for group in groups.values()]
    return expressions if len(expressions) <= _FEW else ["|".join(expressions)]


def _end_expression(part: Part) -> str:
    rest = re.escape(part.text[-1])
    for char in reversed(part.text[part.half : -1]):
        rest = f"{re.escape(char)}(?:{_END}|{rest})"
    return f"{re.escape(part.text[: part.half])}(?:{_END}|{rest})"


def start_expression(parts: Iterable[Part], *, ignore_case: bool = False) -> str:
    r"""Return what finds more than the second half of a part where that begins a piece, and pieces inside of one.

    A piece whose text is no string is found too: as text, it may be anything. `ignore_case` is about the parts: the key
    before them has to remain a fixed text.

    >>> start_expression([Part("abc", 2)])
    'xt"[ \\t\\r]*:[ \\t\\r]*(?:[^" \\t\\r]|"(?:b"|bc))'
    """
    starts: set[str] = set()
    for part in parts:
        size = len(part.text)
        starts.update(re.escape(part.text[index:]) for index in range(1, part.half))  # else the first half ends a piece
        inner = (part.text[begin:end] for begin in range(1, size) for end in range(begin + 1, size))
        starts.update(f'{re.escape(text)}"' for text in inner)
    flags = "i" if ignore_case else ""
    strings = rf'|"(?{flags}:{"|".join(sorted(starts))})' if starts else ""
    return rf'{_KEY}(?:[^" \t\r]{strings})'


def escape_expression(parts: Iterable[Part]) -> str:
    r"""Return what finds a character of a part that is spelled by its number, though that is not needed.

    >>> escape_expression([Part("no", 1)])
    'u00(?:4[eE]|4[fF]|6[eE]|6[fF])'
    """
    chars = sorted({char for part in parts for case in (part.text.lower(), part.text.upper()) for char in case})
    digits = (re.sub("[a-f]", lambda match: f"[{match[0]}{match[0].upper()}]", f"{ord(char):02x}") for char in chars)
    return f"u00(?:{'|'.join(digits)})"
