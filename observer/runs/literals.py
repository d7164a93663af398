"""Finds what every match of a regular expression contains, so that lines without it need not be decoded. Pure."""

import re

_LITERAL = re.compile(r"[A-Za-z0-9 _,;:@#%=~-]|\\[.\-_ ,;:@#%=~]")
"""A character that matches itself, and that JSON writers write as itself, with or without a backslash before it."""
_GAP = re.compile(r"\\[dDwWsSbBAnrtfv]|\\[][(){}*+?|^$/\\!\"&'<>`]|[.^$/!\"&'<>`]|\[\^?[\]]?(?:[^\]\\[]|\\.)*\]")
"""What matches anything else: it separates literals."""
_REPETITION = re.compile(r"\+\??")
_OPTION = re.compile(r"(?:[*?]|\{[0-9]+(?:,[0-9]*)?\})\??")
_MIN_CHARS = 2


def required_literals(pattern: str) -> list[str]:
    r"""Return texts of which every match contains one; none if there is none, or the expression is not simple.

    The alternatives of a simple expression have no groups.

    >>> required_literals(r"fatal: .*remote"), required_literals("push|pull"), required_literals("(a|b)c*")
    (['fatal: '], ['push', 'pull'], [])
    """
    literals: list[str] = []
    for alternative in _alternatives(pattern.removeprefix("(?i)")):
        longest = max(_runs(alternative), key=len, default="")
        if len(longest) < _MIN_CHARS:
            return []
        literals.append(longest)
    return literals


def _alternatives(pattern: str) -> list[str]:
    """Return the parts between bars, a bar in a class or after a backslash aside."""
    parts = re.findall(r"(?:[^|\\[]|\\.|\[\^?[\]]?(?:[^\]\\[]|\\.)*\])*", pattern)
    return [part for part in parts if part] if "|".join(part for part in parts if part) == pattern else [""]


def _runs(pattern: str) -> list[str]:
    """Return the sequences of literal characters in an expression without alternatives; none if it is not simple."""
    runs, run, position = [], "", 0
    while position < len(pattern):
        if match := _LITERAL.match(pattern, position):
            run += match[0][-1]
        elif match := _OPTION.match(pattern, position):
            runs.append(run[:-1])  # the last character need not be there
            run = ""
        elif match := _REPETITION.match(pattern, position) or _GAP.match(pattern, position):
            runs.append(run)
            run = ""
        else:
            return []
        position = match.end()
    return [*runs, run]
