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
_REASON = "others lose what it overwrites or deletes; leave it to the user"


def check_remote(name: str, args: Words) -> None:
    """Raise Denied when the command deletes or overwrites something on another machine."""
    texts = [word.text or word.prefix for word in args]
    match name:
        case "git":
            start = _subcommand(texts)
            if texts[start : start + 1] == ["push"] and any(map(_OVERWRITES.fullmatch, texts[start + 1 :])):
                raise Denied("remote", f"git push by force or to delete: {_REASON}, or use --force-with-lease")
        case "gh" | "glab":
            if "delete" in texts[:3] or "DELETE" in {text.removeprefix("-X").removeprefix("=") for text in texts}:
                raise Denied("remote", f"{name} delete: {_REASON}")
        case "rsync" if texts and _OTHER_MACHINE.match(texts[-1]):
            raise Denied("remote", f"rsync to {texts[-1]}: {_REASON}")
        case "npm" | "pnpm" | "cargo" | "gem" if texts[:1] == [_WITHDRAWALS[name]]:
            raise Denied("remote", f"{name} {texts[0]}: {_REASON}")


def _subcommand(texts: Sequence[str]) -> int:
    """Return the index of git's subcommand, behind its own options."""
    index = 0
    while index < len(texts) and texts[index].startswith("-"):
        index += 2 if texts[index] in _GIT_VALUES else 1
    return index
