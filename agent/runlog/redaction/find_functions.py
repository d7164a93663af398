"""Builds what finds a secret where a clue begins, and the clues of tokens."""

import re
from collections.abc import Callable
from functools import cache

from agent.runlog.redaction.clues import MAX_JUDGED_CHARS, Find
from agent.runlog.redaction.command_secrets import CommandShape
from agent.runlog.redaction.secret_values import is_placeholder, is_random
from agent.runlog.redaction.token_shapes import MARKED_SHAPE, VENDOR

Accept = Callable[[re.Match[str]], bool]
"""Returns whether what matches is a secret."""

_START = re.compile(r"(?:(?<![A-Za-z0-9_])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9A-Fa-f]{2}))", re.ASCII)
"""The beginning of a word, which may follow an escape sequence of JSON, or of a URL quoted as text."""

_MARKED = re.compile(MARKED_SHAPE, re.ASCII)
_BEFORE_MARK = re.compile(rf"{_START.pattern}(?:{VENDOR})?\Z", re.ASCII)
_MAX_BEFORE_MARK = 24
"""Characters of the name of a vendor, and of an escape sequence in front of it."""

_MAX_BEFORE_ARGUMENT = 240
"""Characters from a command to its password."""

_REPEATED = re.compile(r"([^A=])\1{11}")
"""As in `ghp_xxxxxxxxxxxx`; the tokens of one vendor begin with many `A`."""

_MIDDLE_CHARS = 120
"""Characters around a clue among which its token is."""

_GROUP = "(?P<secret>"
_MAX_CLUE_CHARS = 2000
_UNBOUNDED = re.compile(r"\{(\d+),\}")
_LAST_COUNT = re.compile(r"(?P<before>.+)\{(?P<least>\d+),\d+\}[^{}|]*")


@cache
def _compiled(source: str, flags: re.RegexFlag = re.ASCII) -> re.Pattern[str]:
    """Return an expression, which is compiled when a clue of its rule is found for the first time."""
    return re.compile(source, flags)


def matching(source: str, accepts: Accept = lambda _match: True, flags: re.RegexFlag = re.ASCII) -> Find:
    """Return what finds a match that begins where the clue does: its group `secret`, or all of it."""
    group = "secret" if _GROUP in source else 0

    def find(text: str, start: int) -> tuple[int, int] | None:
        pattern = _compiled(source, flags)
        match = pattern.match(text, start, start + MAX_JUDGED_CHARS)
        if match is None or not accepts(match):
            return None
        if match.end() == start + MAX_JUDGED_CHARS:
            match = pattern.match(text, start) or match  # all of it is replaced, so that nothing is read twice
        return match.span(group)

    return find


def token(source: str, accepts: Accept = lambda _match: True, *, anywhere: bool = False) -> Find:
    """Return what finds a token that begins where a word does, or also `anywhere` in it, if it has digits."""
    find = matching(source, lambda match: accepts(match) and not _REPEATED.search(match[0]))

    def find_token(text: str, start: int) -> tuple[int, int] | None:
        span = find(text, start)
        if span is None or _START.match(text, start):
            return span
        return span if anywhere and any(map(str.isdigit, text[start : span[1]])) else None

    return find_token


def token_around(source: str) -> Find:
    """Return what finds a token in whose middle the clue is."""
    word = rf"(?<![A-Za-z0-9_])(?:{source})(?![A-Za-z0-9_])"

    def find(text: str, start: int) -> tuple[int, int] | None:
        pattern = _compiled(word)
        for match in pattern.finditer(text, max(0, start - _MIDDLE_CHARS), start + _MIDDLE_CHARS):
            if match.start() <= start < match.end():
                return match.span()
        return None

    return find


def marked_token(text: str, start: int) -> tuple[int, int] | None:
    """Return where the token is at whose beginning, or behind the name of its vendor there, is a word that marks it."""
    match = _MARKED.match(text, start)
    if match is None or is_placeholder(match["secret"]) or not is_random(match["secret"]):
        return None
    begins = _BEFORE_MARK.search(text, max(0, start - _MAX_BEFORE_MARK), start)
    return match.span("secret") if begins and not _REPEATED.search(match[0]) else None


def argument(shape: CommandShape) -> Find:
    """Return what finds the password of a command whose clue is behind what the shape says."""
    follows = _GROUP in shape.source

    def find(text: str, start: int) -> tuple[int, int] | None:
        match = _compiled(shape.source).match(text, start, start + MAX_JUDGED_CHARS)
        if match is None or (follows and not shape.accepts(match["secret"])):
            return None
        preceding = _compiled(shape.before + r"\Z").search(text, max(0, start - _MAX_BEFORE_ARGUMENT), start)
        if preceding is None or (not follows and not shape.accepts(preceding["secret"])):
            return None
        return (match if follows else preceding).span("secret")

    return find


def token_clue(shape: str, *, anywhere: bool = False) -> str:
    """Return an expression for the beginning of all tokens of this shape, and of more, which reads a bounded text."""
    if not anywhere:
        shape = _START.pattern + shape
    bounded = _UNBOUNDED.sub(rf"{{\1,{_MAX_CLUE_CHARS}}}", shape)
    last = _LAST_COUNT.fullmatch(bounded)
    if last is None or last["before"].count("(") > last["before"].count(")"):
        return bounded
    return f"{last['before']}{{{last['least']}}}"
