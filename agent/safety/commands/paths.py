"""The project's directory and those for temporary files, and whether a path of a command lies in one of them."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from agent.platform import home_directory
from agent.safety.commands.denial import Confinement

Directories = frozenset[Path | None]
"""The directories a command may run in; None stands for one that is not known in advance."""

_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - compared with, never written to


class ProjectPaths:
    """The real paths of the project, the home directory and the directories for temporary files."""

    def __init__(self, project: Path, confinement: Confinement) -> None:
        self.project = Path(os.path.realpath(project))
        self._home = Path(os.path.realpath(home_directory()))
        self._temporary = {Path(os.path.realpath(path)) for path in (tempfile.gettempdir(), *_TEMPORARY)}
        if not confinement.sandboxed:
            # Beside a project that is itself below /tmp lie files that are not the project's.
            self._temporary = {path for path in self._temporary if not self.project.is_relative_to(path)}

    def resolve(self, text: str, directories: Directories) -> Iterable[Path | None]:
        """Yield the real path that `text` means in each of the directories; None where that is not known."""
        for directory in [Path("/")] if text.startswith("/") else directories:
            if directory is None:
                yield None
                continue
            by_name = Path(os.path.realpath(os.path.normpath(directory / text)))
            yield by_name
            if ".." in Path(text).parts and (by_link := Path(os.path.realpath(directory / text))) != by_name:
                yield by_link  # the kernel follows a link before it applies the `..` behind it

    def is_inside(self, path: Path) -> bool:
        """Return whether `path` is the project's directory or lies below it."""
        return path.is_relative_to(self.project)

    def is_temporary(self, path: Path) -> bool:
        """Return whether `path` lies below a directory for temporary files."""
        return any(directory in path.parents for directory in self._temporary)

    def is_writable(self, path: Path) -> bool:
        """Return whether a command may write to `path`."""
        return self.is_inside(path) or self.is_temporary(path)

    def is_removable(self, path: Path) -> bool:
        """Return whether `path` is temporary or below the project, and no part of its history but a lock."""
        if self.is_vital(path):
            return False
        if path.is_relative_to(self.project / ".git") and path.suffix != ".lock":
            return False
        return self.project in path.parents or self.is_temporary(path)

    def is_vital(self, path: Path) -> bool:
        """Return whether the project or the home directory would be gone with `path`."""
        return self.project.is_relative_to(path) or self._home.is_relative_to(path)
