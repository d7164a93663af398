"""The project's directory and those for temporary files, and whether a path of a command lies in one of them."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from agent.platform import home_directory
from agent.safety.commands.denial import Confinement

Directories = frozenset[Path | None]
"""The directories a command may run in; None stands for one that is not known in advance."""

_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - compared with, never written to


def real_path(path: str | Path) -> Path:
    """Return the path without links; the root, which no command may change, for one that the system cannot follow."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return Path("/")


class ProjectPaths:
    """The real paths of the project, the home directory and the directories for temporary files."""

    def __init__(self, project: Path, confinement: Confinement) -> None:
        self.project = real_path(project)
        self._home = real_path(home_directory())
        self._temporary = {real_path(path) for path in (tempfile.gettempdir(), *_TEMPORARY)}
        if not confinement.sandboxed:
            # Beside a project that is itself below /tmp lie files that are not the project's.
            self._temporary = {path for path in self._temporary if not self.project.is_relative_to(path)}

    def resolve(self, text: str, directories: Directories) -> Iterable[Path | None]:
        """Yield the real path that `text` means in each of the directories; None where that is not known."""
        for directory in [Path("/")] if text.startswith("/") else directories:
            if directory is None:
                yield None
                continue
            by_name = real_path(os.path.normpath(directory / text))
            yield by_name
            if ".." in Path(text).parts and (by_link := real_path(directory / text)) != by_name:
                yield by_link  # the kernel follows a link before it applies the `..` behind it

    def is_inside(self, path: Path) -> bool:
        """Return whether `path` is the project's directory or lies below it."""
        return path.is_relative_to(self.project)

    def is_temporary(self, path: Path) -> bool:
        """Return whether `path` is a directory for temporary files or lies below it."""
        return any(path.is_relative_to(directory) for directory in self._temporary)

    def is_writable(self, path: Path) -> bool:
        """Return whether a command may write to `path`."""
        return self.is_inside(path) or self.is_temporary(path)

    def is_removable(self, path: Path) -> bool:
        """Return whether `path` is temporary or below the project, and no part of its history but a lock."""
        return self.is_writable(path) and not self.is_vital(path) and not self.is_history(path)

    def is_history(self, path: Path) -> bool:
        """Return whether `path` is a part of the project's history: all of `.git` but locks, `hooks` and `info`."""
        parts = path.relative_to(self.project).parts if self.is_inside(path) else ()
        return parts[:1] == (".git",) and path.suffix != ".lock" and parts[1:2] not in {("hooks",), ("info",)}

    def is_vital(self, path: Path) -> bool:
        """Return whether the project, the home directory or one for temporary files would be gone with `path`."""
        return any(place.is_relative_to(path) for place in (self.project, self._home, *self._temporary))
