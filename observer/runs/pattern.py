"""Matches regular expressions against the texts of events, with RE2, in time linear in the text. Pure."""

import re
from typing import Any

_SYNTAX = "patterns follow the syntax of RE2 (https://github.com/google/re2/wiki/Syntax)"
_BACK_REFERENCE = re.compile(r"\\[1-9]|\\k|\(\?P=?$")
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")


class Pattern:
    """A regular expression; `(?i)` in front of it ignores case.

    Raises ValueError, with a message for the user, when RE2 does not support the expression.
    """

    def __init__(self, text: str) -> None:
        import re2  # noqa: PLC0415 - only where a pattern is used, so that --help stays fast

        options = re2.Options()
        options.log_errors = False  # RE2 would print them to stderr
        options.never_capture = True  # only whether there is a match matters, not the spans of groups
        try:
            self._compiled: Any = re2.compile(_encode(text), options)
        except re2.error as error:
            raise ValueError(_explain(text, error.args[0].decode("utf-8", "replace"))) from None
        self.instructions: int = self._compiled.programsize
        """Length of the compiled program. Matching takes at most this many steps per byte of text."""
        re2.purge()  # its cache would keep the last 128 patterns, of up to 8 MB each

    def search(self, text: str) -> bool:
        """Return whether the text has a match. As in Python, `$` also matches before a newline at the end."""
        return self._search(text) or (text.endswith("\n") and self._search(text[:-1]))

    def _search(self, text: str) -> bool:
        return self._compiled.search(_encode(text)) is not None


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # lone surrogates: JSON allows them, and RE2 matches them


def _explain(text: str, reason: str) -> str:
    if _BACK_REFERENCE.search(reason):
        return f"back-references are not supported in {text!r}; {_SYNTAX}"
    if _LOOK_AROUND.search(reason):
        return f"look-around is not supported in {text!r}; {_SYNTAX}"
    return f"invalid regular expression {text!r}: {reason}"
