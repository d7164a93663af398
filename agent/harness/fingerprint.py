"""Did a session change anything? A fingerprint of the project's files, without asking a program of the project's.

Git would know better, but its configuration lies in the project, where the agent may write, and can name programs.
"""

import hashlib
import os
from pathlib import Path

from watchfiles import DefaultFilter

_SKIPPED = frozenset(DefaultFilter.ignore_dirs) | {".agent", ".ruff_cache", ".next", ".cache", "target", "runs"}
"""What tools leave behind by themselves (watchfiles' own list, and a few more), and what we write ourselves."""
_COMMITS = ".git/logs/HEAD"


def fingerprint(project: Path, runs_dir: Path | None = None) -> str:
    """Changes when a file below `project` is added, removed or written, and with every commit. `runs_dir`, where the
    run files grow, does not count."""
    ours = runs_dir and Path(os.path.relpath(os.path.realpath(runs_dir), os.path.realpath(project)))
    digest = hashlib.sha256()
    folders = [str(project)]
    while folders:
        try:
            entries = sorted(os.scandir(folders.pop()), key=lambda entry: entry.name)
        except OSError:
            continue  # gone meanwhile, or not ours to read: it says nothing about this session
        for entry in entries:
            if _is_folder(entry):
                if entry.name not in _SKIPPED and (ours is None or entry.path != str(project / ours)):
                    folders.append(entry.path)
            else:
                digest.update(_line(entry))
    try:
        digest.update((project / _COMMITS).read_bytes())
    except OSError:
        digest.update(b"no commits")
    return digest.hexdigest()


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _line(entry: os.DirEntry[str]) -> bytes:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return b""
    except OSError:  # a path too long to be asked for, or not ours to look at: that it is there is all we know
        return os.fsencode(entry.path) + b"\n"
    return os.fsencode(entry.path) + f"\0{status.st_size}\0{status.st_mtime_ns}\n".encode()
