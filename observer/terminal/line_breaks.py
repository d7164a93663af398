"""Where a line of text may break: at spaces, but not before a unit, and around each wide character. Pure."""

import re
from functools import cache

from observer.terminal.cells import cell_len

# A line may break before and after any wide character, and otherwise only at spaces.
_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\U00020000-\U0003fffd"
_KEPT_SPACE = (
    r"(?<=\d) (?=[A-Za-zµ°%]{1,9}(?![A-Za-z\d]))|(?<=\d[kM]) (?=tokens\b)|(?<=\d[kM]\+) (?=tokens\b)"
    r"|(?<=\d[hm]) (?=\d\d[ms]\b)|(?<=[✓✗⊘]) (?=\S)| (?=[·] )"
)
"""A space at which no line ends: between a number and its unit, between a sign and what it is about, before a dot."""


@cache
def line_parts() -> re.Pattern[str]:
    """Return what finds the parts of a line that stay together; to compile it takes 2 ms."""
    return re.compile(f"[{_WIDE}]|[^ {_WIDE}]+(?:(?:{_KEPT_SPACE})[^ {_WIDE}]+)*|[ ]+")


@cache
def line_words() -> re.Pattern[str]:
    """Return what finds the parts of a line where those that belong together need more cells than a line has."""
    return re.compile(f"[{_WIDE}]|[^ {_WIDE}]+|[ ]+")


def is_wide(token: str) -> bool:
    """Return whether a part of a line is a wide character."""
    return len(token) == 1 and not token.isascii() and cell_len(token) > 1
