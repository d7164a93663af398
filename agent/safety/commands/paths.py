"""Where a path of a command leads: inside the project, beside it, or nobody knows."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

Folders = frozenset[Path | None]
"""Where a command may be running; None stands for a folder that is not known beforehand."""


_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - compared with, never written to


class Places:
    """The project and the folders for temporary files, by their real paths."""

    def __init__(self, project: Path) -> None:
        self.project = Path(os.path.realpath(project))
        folders = {Path(os.path.realpath(folder)) for folder in (tempfile.gettempdir(), *_TEMPORARY)}
        # A project among temporary files has neighbours there that are not its own.
        self._temporary = {folder for folder in folders if not self.project.is_relative_to(folder)}

    def resolved(self, text: str, folders: Folders) -> Iterable[Path | None]:
        """The real path that `text` means in each of the folders; None where that is not known."""
        for folder in [Path("/")] if text.startswith("/") else folders:
            if folder is None:
                yield None
                continue
            plain = Path(os.path.realpath(os.path.normpath(folder / text)))
            yield plain
            if ".." in Path(text).parts and (followed := Path(os.path.realpath(folder / text))) != plain:
                yield followed  # a link before the dots: the system follows it first

    def is_inside(self, path: Path) -> bool:
        """Whether it is the project or below it."""
        return path.is_relative_to(self.project)

    def is_temporary(self, path: Path) -> bool:
        """Whether it is below a folder for temporary files."""
        return any(folder in path.parents for folder in self._temporary)

    def may_be_removed(self, path: Path) -> bool:
        """Whether it is below the project, or temporary."""
        return self.project in path.parents or self.is_temporary(path)
