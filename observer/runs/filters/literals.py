"""Finds what every match of a regular expression contains, so that lines without it need not be decoded. Pure."""

import re

_LITERAL = re.compile(r"[A-Za-z0-9 _,;:@#%=~-]|\\[.\-_ ,;:@#%=~]")
"""A character that matches itself, and that JSON writers write as itself, with or without a backslash before it."""
_CLASS = re.compile(r"\[[A-Za-z0-9 _,;:@#%=~.]{2,4}\]")
"""A class of a few such characters, each of which is looked for."""
_GAP = re.compile(r"\\[dDwWsSbBAnrtfv]|\\[][(){}*+?|^$/\\!\"&'<>`]|[.^$/!\"&'<>`]|\[\^?[\]]?(?:[^\]\\[]|\\.)*\]")
"""What matches anything else: it separates literals."""
_GROUP = re.compile(r"\((?:\?:|(?!\?))")
_REPETITION = re.compile(r"(?:[*+?]|\{[0-9]{1,9}(?:,[0-9]*)?\})\??")
_MIN_CHARS, _MANY_CHARS = 2, 4
"""Characters of a literal that is worth looking for, and of one that is as good as a longer one."""
_MAX_LITERALS, _MAX_CHARS = 8, 64
"""Literals that the classes of a sequence may become, and characters that repetitions may add."""


def required_literals(pattern: str) -> list[str]:
    r"""Return texts of which every match contains one; none if there is none, or the expression is not simple.

    >>> required_literals(r"fatal: .*remote"), required_literals("push|(pull|fetch)ed?"), required_literals("(a|b)c*")
    (['fatal: '], ['push', 'pull', 'fetch'], [])
    """
    reader = _Reader(pattern.removeprefix("(?i)"))
    literals = reader.alternatives()
    return literals if reader.is_simple and reader.at_end else []


class _Reader:
    """Reads a simple expression: literals, classes, groups, alternatives and repetitions."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = 0
        self.is_simple = True

    @property
    def at_end(self) -> bool:
        """Whether all of the expression was read."""
        return self._position == len(self._pattern)

    def alternatives(self) -> list[str]:
        """Read alternatives. Return literals of which each match of them contains one, none if there is none."""
        literals: list[str] | None = []
        while True:
            required = self._sequence()
            literals = literals + required if literals is not None and required else None
            if self._take(re.compile(r"\|")) is None:
                return literals or []

    def _sequence(self) -> list[str]:
        """Read one alternative. Return the best of the literals, or sets of them, that it requires."""
        found: list[list[str]] = []
        run = [""]
        while self.is_simple and not self.at_end and self._pattern[self._position] not in "|)":
            if chars := self._chars():
                least, is_exact = self._repetition()
                for _ in range(least):
                    found += [run] if len(chars) > 1 else []
                    run = run if len(run) * len(chars) <= _MAX_LITERALS else [""]
                    run = [begin + char for begin in run for char in chars]
                if is_exact:
                    continue
                found.append(run)
            elif self._take(_GROUP):
                found += [run, self._group()]
            elif self._take(_GAP):
                found.append(run)
                self._repetition()
            else:
                self.is_simple = False
            run = [""]
        found.append(run)
        return max((each for each in found if each), key=_quality, default=[]) if _is_useful(found) else []

    def _group(self) -> list[str]:
        """Read a group behind its opening parenthesis, and its repetition. Return what it requires."""
        literals = self.alternatives()
        if self._take(re.compile(r"\)")) is None:
            self.is_simple = False
        return literals if self._repetition()[0] else []

    def _chars(self) -> str:
        """Read a character, or a class of a few. Return which may stand there; none if it is anything else."""
        if match := self._take(_LITERAL):
            return match[-1]
        return (self._take(_CLASS) or "")[1:-1]

    def _repetition(self) -> tuple[int, bool]:
        """Read how often something is repeated. Return how often at least, up to a limit, and whether just as often."""
        repetition = self._take(_REPETITION) or "{1}"
        if repetition[0] in "*+?":
            return int(repetition[0] == "+"), False
        least = int(repetition.strip("{}?").partition(",")[0])
        return min(least, _MAX_CHARS), "," not in repetition and least <= _MAX_CHARS

    def _take(self, expected: re.Pattern[str]) -> str | None:
        if (match := expected.match(self._pattern, self._position)) is None:
            return None
        self._position = match.end()
        return match[0]


def _quality(literals: list[str]) -> tuple[int, int, int]:
    """Return what is the larger the faster literals are to look for, as they are rare and few."""
    size = _shortest(literals)
    return min(size, _MANY_CHARS), -len(literals), size


def _shortest(literals: list[str]) -> int:
    return min(map(len, literals))


def _is_useful(found: list[list[str]]) -> bool:
    return any(each and _shortest(each) >= _MIN_CHARS for each in found)
