r"""Turns a regular expression for texts into one that finds the same in lines of JSON. Pure."""

import re
from collections.abc import Callable

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
_FREE_PART = re.compile(rf"""[$^"]|\\[bBDWSntr"\\]|{_PART.pattern}|\[\^?\]?(?:[^\]\\[]|\\.)*\]""")
"""A part of which it is known at least what it may match in JSON: also a class, unless another one is in it."""
_ANY = r'(?:[^"\\\n]|\\.)'
_FREELY_TRANSLATED = {
    ".": _ANY,
    r"\s": r"(?:[ \t\f\r]|\\[ntrf])",
    r"\n": r"\\n",
    '"': r"\\\"",
    r"\"": r"\\\"",
    "\\\\": r"\\\\",
    **{escape: rf"(?:{escape}|\{escape})" for escape in (r"\t", r"\r")},
    **dict.fromkeys(("^", "$", r"\b", r"\B"), "(?:)"),  # behind the letter of an escape, a word may begin
    **dict.fromkeys((r"\D", r"\W", r"\S"), _ANY),
}
"""Such parts, and what matches wherever they do, as any writer may have written it."""
_ANY_ESCAPE = r"\\u|\\/"
"""What is in every line with a character that need not have been escaped."""


def json_expression(pattern: str) -> str | None:
    """Return an expression that matches as many whole lines as possible of which each has a match in a string.

    The lines are as `msgspec` writes them: compact, and with escapes only where they are needed, in lower case. The
    string must be no key. None if the expression has a part of which it is not known what it matches in JSON.
    """
    if (source := _translate(pattern, _PART, lambda part: _TRANSLATED.get(part, part))) is None:
        return None
    return rf'(?:{_OUTSIDE}"{_CHAR}*(?:{source}){_CHAR}*"[^:\n][^\n]*\n)*'


def line_expression(pattern: str) -> str | None:
    """Return an expression that matches in each line of JSON that has a match in a string, and maybe in others.

    Whoever has written the line. It matches no newline, so no match is on two lines. None if the expression has a part
    of which it is not known what it matches in JSON.
    """
    source = _translate(pattern, _FREE_PART, _translate_freely)
    return None if source is None else f"{source}|{_ANY_ESCAPE}"


def _translate_freely(part: str) -> str:
    is_class = part.startswith("[") and _PART.fullmatch(part) is None
    return _ANY if is_class else _FREELY_TRANSLATED.get(part, part)


def _translate(pattern: str, parts: re.Pattern[str], translate: Callable[[str], str]) -> str | None:
    """Return an expression with each of its parts translated; None if it has others than `parts`."""
    source, position = "", 0
    pattern = pattern.removeprefix("(?i)")
    while position < len(pattern):
        if (match := parts.match(pattern, position)) is None:
            return None
        source += translate(match[0])
        position = match.end()
    return source
