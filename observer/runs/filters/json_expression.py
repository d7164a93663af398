r"""Turns a regular expression for texts into one that finds the same in lines of JSON. Pure.

The lines are as `msgspec` writes them: compact, and with escapes only where they are needed, in lower case.
"""

import re

_CHAR = r'(?:[^"\\\n]|\\[^u\n]|\\u[0-9a-f]{4})'
"""A character of a string, as it is written."""
_OUTSIDE = rf'(?:[^"\n]|"{_CHAR}*")*'
"""What may precede a string on its line."""

_PART = re.compile(
    r"""\.|\\s"""
    r"""|[^\\.^$\[\](){}*+?|"\x00-\x1f]"""  # itself, and never escaped
    r"""|\\[][(){}*+?|^$/!&'<>`.,:;@#%=~ _-]"""
    r"""|\\[dw]"""
    r"""|\\b(?=[A-JL-RT-Za-jl-rt-z0-9_](?![*?{]))|(?<=(?<!\\)[A-JL-RT-Za-jl-rt-z0-9_])\\b"""  # at a letter: see below
    r"""|\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9 _,;:@#%=~.!/(){}*+?|$'<>`&]|\\[dw])+\]"""
    r"""|\((?:\?:|(?!\?))|[)|]"""
    r"""|(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??"""
)
"""A part of an expression that matches in JSON only where it matches in the text: no quote and no escape; or these.

An escape may end in a letter, which is in no text: behind a line break, `\\b-` would match in JSON only. So the bounds
of words are taken at a letter that must be there; not at a k or an s, which without case are no ASCII letters alone.
"""
_TRANSLATED = {".": r'(?:[^"\\\n]|\\[^nu\n]|\\u[0-9a-f]{4})', r"\s": r"(?: |\\[ntrf])"}
"""Parts that match escaped characters too, and what matches these as they are written."""


def json_expression(pattern: str) -> str | None:
    """Return an expression that matches as many whole lines as possible of which each has a match in a string.

    The string must be no key. None if the expression has a part of which it is not known what it matches in JSON.
    """
    source, position = "", 0
    pattern = pattern.removeprefix("(?i)")
    while position < len(pattern):
        if (match := _PART.match(pattern, position)) is None:
            return None
        source += _TRANSLATED.get(match[0], match[0])
        position = match.end()
    return rf'(?:{_OUTSIDE}"{_CHAR}*(?:{source}){_CHAR}*"[^:\n][^\n]*\n)*'
