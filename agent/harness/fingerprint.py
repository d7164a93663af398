"""Detects whether a session changed the project, by its files alone, without running any program.

Git would be more exact, but its configuration lies in the project, where the agent may write, and can name programs.
"""

import hashlib
import os
from pathlib import Path

from watchfiles import DefaultFilter

_IGNORED = frozenset(DefaultFilter.ignore_dirs) | {".agent", ".ruff_cache", ".next", ".cache", "target", "runs"}
"""Directories in which tools leave files (watchfiles' list, and a few more), and those that we write."""
_COMMIT_LOG = ".git/logs/HEAD"


def fingerprint(project: Path, runs_dir: Path | None = None) -> str:
    """Return a digest that changes with every commit, and when a file is added, removed or written.

    `runs_dir`, in which run files grow, does not count.
    """
    ignored = runs_dir and project / os.path.relpath(os.path.realpath(runs_dir), os.path.realpath(project))
    digest = hashlib.sha256()
    pending = [str(project)]
    while pending:
        try:
            entries = sorted(os.scandir(pending.pop()), key=lambda entry: entry.name)
        except OSError:
            continue  # removed meanwhile, or not readable: that says nothing about this session
        for entry in entries:
            if not _is_directory(entry):
                digest.update(_describe(entry))
            elif entry.name not in _IGNORED and (ignored is None or entry.path != str(ignored)):
                pending.append(entry.path)
    try:
        digest.update((project / _COMMIT_LOG).read_bytes())
    except OSError:
        digest.update(b"no commits")
    return digest.hexdigest()


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _describe(entry: os.DirEntry[str]) -> bytes:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return b""
    except OSError:  # the path is too long for stat, or not accessible: only its existence is known
        return os.fsencode(entry.path) + b"\n"
    return os.fsencode(entry.path) + f"\0{status.st_size}\0{status.st_mtime_ns}\n".encode()
