"""Whether the tests of a `find` that deletes spare the project and its history.

The tests are tried on a few sample paths. What cannot be tried, such as `-size` or `-mtime`, is taken to match.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

from agent.safety.commands.words import Words

ANYTHING = "\uffff\uffff/\uffff\uffff"
"""A path that matches no pattern but those that match nearly everything."""
HISTORY = (".git", ".git/HEAD", ".git/index", ".git/objects", ".git/objects/pack/pack-0.pack", ".git/refs/heads/main")
"""Paths without which a repository loses its history."""
_NAMES = frozenset({"-name", "-iname"})
_PATHS = frozenset({"-path", "-ipath", "-wholename", "-iwholename"})
_ACTION = re.compile(r"-delete|-(exec|ok)(dir)?")
_OR = frozenset({"-o", "-or", ","})


def may_delete(args: Words, paths: Sequence[str], *, unknown: bool) -> bool:
    """Return whether `find` with these arguments may delete one of `paths`, which begin with the root as written.

    `unknown` says whether a pattern that is not known in advance is taken to match.
    """
    return any(
        all(_matches(test, value, path, unknown=unknown) != negated for test, value, negated in alternative)
        for alternative in _alternatives([word.text for word in args])
        for path in paths
    )


def _alternatives(texts: Sequence[str | None]) -> Iterator[list[tuple[str, str | None, bool]]]:
    """Yield the tests between one `-o` and the next: each with its value, and whether it is negated.

    Parentheses do not matter: of `( -name a -o -name b ) -type f`, each alternative is taken to match more than it
    does. What stands before `-prune -o` deletes nothing.
    """
    texts = [text for text in texts if text not in {"(", ")"}]
    pruned = [index for index, pair in enumerate(pairwise(texts)) if pair[0] == "-prune" and pair[1] in _OR]
    texts = texts[pruned[-1] + 2 :] if pruned else texts
    tests: list[tuple[str, str | None, bool]] = []
    negated = acts = False
    for index, text in enumerate(texts):
        if text in _OR:
            yield tests
            tests, negated, acts = [], False, False
        elif text is None or acts:  # tests behind the action come too late
            continue
        elif text in {"!", "-not"}:
            negated = not negated
        elif _ACTION.fullmatch(text):
            acts = True
        elif text.startswith("-"):
            value = texts[index + 1] if index + 1 < len(texts) else None
            if _is_tried(text, value):
                tests.append((text, value, negated))
            negated = False
    yield tests


def _is_tried(test: str, value: str | None) -> bool:
    return test in {*_NAMES, *_PATHS, "-regex", "-iregex", "-empty"} or (test in {"-type", "-xtype"} and value == "l")


def _matches(test: str, value: str | None, path: str, *, unknown: bool) -> bool:
    if test in {"-empty", "-type", "-xtype"}:  # the samples are neither empty nor links
        return False
    if value is None:
        return unknown
    if test.startswith("-i"):
        path, value = path.lower(), value.lower()
    if test.endswith("regex"):
        return not re.search(r"\w", value) or ("git" in value and "/.git" in path)
    return fnmatchcase(path.rpartition("/")[2] if test in _NAMES else path, value)
