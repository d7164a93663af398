"""How many files this process may open, and has open."""

import os
import sys
from contextlib import suppress
from typing import Any

_MACOS_FILES = 10240
"""OPEN_MAX of macOS, above which it accepts no limit, although it reports that there is none."""
_WINDOWS_FILES = 8192
"""The number of open files of one process on Windows."""


def raise_open_file_limit() -> int:
    """Let this process open as many files as it may; return how many, `sys.maxsize` for any number."""
    try:
        import resource as limits  # noqa: PLC0415 - few commands need it
    except ImportError:
        return _WINDOWS_FILES
    resource: Any = limits
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (hard, max(soft, _MACOS_FILES)):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            break
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else int(soft)


def count_open_files(limit: int) -> int:
    """Return how many of the descriptors below `limit` are open."""
    return sum(map(_is_open, range(limit)))


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
