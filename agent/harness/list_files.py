"""The files of a feature list: the list itself, its last valid version, and versions that were undone."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from agent.harness.features import FEATURE_LIST, FeatureList, FeatureListError, FeatureListMissing
from agent.safety.agent_dir import replace_file

_MAX_BYTES = 16 * 1024 * 1024
_BACKUP = "feature_list.kept.json"
"""The last valid list, in `.agent/`, for a later run that finds an invalid one."""
_MAX_UNDONE = 20
"""Undone versions that are kept. Then the oldest is replaced: a session in a loop may not fill the disk."""


class ListFiles:
    """The feature list of `project`, and the files about it in its directory `.agent/`, which is `agent_dir`."""

    def __init__(self, project: Path, agent_dir: Path) -> None:
        self.path = project / FEATURE_LIST
        self._agent_dir = agent_dir

    def read(self) -> tuple[bytes, int]:
        """Return the list as it stands, and the time of its last change in nanoseconds. Raises FeatureListError."""
        return _read_bytes(self.path)

    def replace(self, text: bytes) -> None:
        """Write the list in one step. Raises OSError."""
        temporary = self._agent_dir / FEATURE_LIST
        temporary.write_bytes(text)
        temporary.replace(self.path)

    def keep_valid(self, text: bytes) -> None:
        """Keep a valid list, for a later run to restore. Raises OSError; then the list kept before is still there."""
        replace_file(self._agent_dir / _BACKUP, text)

    def read_valid(self) -> FeatureList | None:
        """Return the list that was kept last."""
        try:
            return FeatureList.parse(_read_bytes(self._agent_dir / _BACKUP)[0])
        except FeatureListError:
            return None

    def keep_undone(self, text: bytes) -> Path:
        """Keep a version of the list that is undone, readable by this user only, and return its file. Raises OSError.

        A version that is undone again is kept once.
        """
        kept = [path for path in map(self._undone, range(1, _MAX_UNDONE + 1)) if path.exists()]
        for path in kept:
            if path.read_bytes() == text:
                return path
        free = (path for path in map(self._undone, range(1, _MAX_UNDONE + 1)) if path not in kept)
        path = next(free, None) or min(kept, key=lambda path: path.stat().st_mtime_ns)
        temporary = path.with_name(f"{path.name}.new")
        with suppress(FileNotFoundError):
            temporary.unlink()
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(text)
        return temporary.replace(path)

    def _undone(self, number: int) -> Path:
        """Return the file of the first undone version, the second, and so on."""
        return self._agent_dir / f"feature_list.undone{f'-{number}' if number > 1 else ''}.json"


def _read_bytes(path: Path) -> tuple[bytes, int]:
    """Return the contents of a regular file, without blocking on any other, and the time of its last change.

    That of the inode, as a file that is moved here keeps the time of its contents. Raises FeatureListError.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise FeatureListMissing("it does not exist") from None
    except OSError as error:
        raise FeatureListError(f"it cannot be opened ({error.strerror})") from None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise FeatureListError("it is not a regular file")
    with os.fdopen(fd, "rb") as file:
        text = file.read(_MAX_BYTES + 1)
    if len(text) > _MAX_BYTES:
        raise FeatureListError(f"it is larger than {_MAX_BYTES // 1024**2} MiB")
    return text, status.st_ctime_ns
