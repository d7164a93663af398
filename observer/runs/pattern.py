"""Matches regular expressions against the texts of events, with RE2, in time linear in the text. Pure."""

import re
from typing import Any

from observer.runs.literals import required_literals

_SYNTAX = "patterns follow the syntax of RE2 (https://github.com/google/re2/wiki/Syntax)"
_BACK_REFERENCE = re.compile(r"\\[1-9]|\\k|\(\?P=?$")
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_ESCAPED = r"\\u00[2-7]|\\u017[fF]|\\u212[aA]"
"""How JSON may spell a character of a literal in another way than as itself, or one that is equal but for its case."""


class Pattern:
    """A regular expression; `ignore_case`, or `(?i)` in front of it, ignores case.

    Raises ValueError, with a message for the user, when RE2 does not support the expression.
    """

    def __init__(self, text: str, *, ignore_case: bool = False) -> None:
        import re2  # noqa: PLC0415 - only where a pattern is used, so that --help stays fast

        self.text = text
        options = re2.Options()
        options.log_errors = False  # RE2 would print them to stderr
        options.never_capture = True  # only whether there is a match matters, not the spans of groups
        options.case_sensitive = not ignore_case
        try:
            self._compiled: Any = re2.compile(_encode(text), options)
        except re2.error as error:
            raise ValueError(_explain(text, error.args[0].decode("utf-8", "replace"))) from None
        self.instructions: int = self._compiled.programsize
        """Length of the compiled program. Matching takes at most this many steps per byte of text."""
        self._prefilter: Any = None
        if literals := required_literals(text):
            source = "|".join([*map(re.escape, literals), _ESCAPED])
            options.case_sensitive = not ignore_case and not text.startswith("(?i)")
            self._prefilter = re2.compile(_encode(source), options)
        re2.purge()  # its cache would keep the last 128 patterns, of up to 8 MB each

    def search(self, text: str) -> bool:
        """Return whether the text has a match. As in Python, `$` also matches before a newline at the end."""
        return self._search(text) or (text.endswith("\n") and self._search(text[:-1]))

    @property
    def has_prefilter(self) -> bool:
        """Whether `may_match` can tell anything."""
        return self._prefilter is not None

    def may_match(self, line: bytes) -> bool:
        """Return whether a text in a line of JSON may have a match: cheaper than to decode the line and to search."""
        return self._prefilter is None or self._prefilter.search(line) is not None

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
