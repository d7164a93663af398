"""Directories of this user outside of any project, which nobody else can enter: caches, and the register of agents."""

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from agent.platform import home_directory, user_id

NAME = "runtail"
"""The name of our directory among those of other programs."""


def user_home(variables: Mapping[str, str]) -> Path:
    """Return the user's home directory, which may be missing or read-only."""
    configured = variables.get("HOME", "")
    return Path(configured if os.path.isabs(configured) else home_directory())


def make_private(directory: Path) -> bool:
    """Create `directory` if it is missing, and return whether it was. Raises OSError when it cannot be used."""
    created = True
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        created = False
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != user_id():
        raise NotADirectoryError(errno.ENOTDIR, "not a directory of this user")
    if stat.S_IMODE(status.st_mode) & 0o077:
        directory.chmod(0o700)
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return created
