"""Denies commands that delete or overwrite what other people have: history in a remote repository, releases."""

import re
from collections.abc import Sequence

from agent.safety.commands.denial import Denied
from agent.safety.commands.words import Words

_OVERWRITES = re.compile(r"-[a-zA-Z]*[fd][a-zA-Z]*|--(force|delete|mirror|prune)|[+:].+")
"""Options of `git push` that overwrite or delete branches, and branches (`+main`, `:main`) that are."""
_OTHER_MACHINE = re.compile(r"[\w.@-]+:|rsync://")
_WITHDRAWALS = {"npm": "unpublish", "pnpm": "unpublish", "cargo": "yank", "gem": "yank"}
_GIT_VALUES = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace"})
_FLAGS = frozenset({"--force", "-f", "--yes", "-y", "--cleanup-tag", "--quiet", "-q", "--verbose", "-v", "--offline"})
"""Options of gh, npm, cargo and their like without a value."""
_DELETE = re.compile(r"(-X=?|--method=)?DELETE", re.IGNORECASE)
_REASON = "others lose what it overwrites or deletes; leave it to the user"


def check_remote(name: str, args: Words) -> None:
    """Raise Denied when the command deletes or overwrites something on another machine."""
    texts = [word.text or word.prefix for word in args]
    operands = _operands(texts)
    match name:
        case "git":
            start = _subcommand(texts)
            options = texts[start + 1 :] if texts[start : start + 1] == ["push"] else []
            if any(map(_OVERWRITES.fullmatch, options)) and not {"-n", "--dry-run"} & {*options}:
                raise Denied("remote", f"git push by force or to delete: {_REASON}, or use --force-with-lease")
        case "gh" | "glab":
            requests = texts if operands[:1] == ["api"] else []
            if any(text == "delete" or text.startswith("delete-") for text in operands[:3]) or any(
                map(_DELETE.fullmatch, requests)
            ):
                raise Denied("remote", f"{name} delete: {_REASON}")
        case "rsync":
            target = next((text for text in reversed(texts) if not text.startswith("-")), "")
            if _OTHER_MACHINE.match(target):
                raise Denied("remote", f"rsync to {target}: {_REASON}")
        case "npm" | "pnpm" | "cargo" | "gem" if operands[:1] == [_WITHDRAWALS[name]]:
            raise Denied("remote", f"{name} {operands[0]}: {_REASON}")


def _operands(texts: Sequence[str]) -> list[str]:
    """Return the words that are neither options (or toolchains, `+nightly`) nor what may be the value of an option."""
    return [
        text
        for before, text in zip(["", *texts], texts, strict=False)
        if not text.startswith(("-", "+"))
        and not (before.startswith("-") and "=" not in before and before not in _FLAGS)
    ]


def _subcommand(texts: Sequence[str]) -> int:
    """Return the index of git's subcommand, behind its own options."""
    index = 0
    while index < len(texts) and texts[index].startswith("-"):
        index += 2 if texts[index] in _GIT_VALUES else 1
    return index
