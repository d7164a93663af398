"""What the checks of one command line share: the policy, and the files and links that the command line creates."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import Confinement, Denied
from agent.safety.commands.paths import Directories, ProjectPaths
from agent.safety.commands.rules import CommandRules
from agent.safety.commands.words import Words

_LINKERS = frozenset({"ln", "cp", "mv", "rsync", "tar", "unzip", "git"})
"""Commands that can create symbolic links."""
_WRITERS = _LINKERS | {"tee", "install", "sed", "patch", "truncate", "dd", "curl", "wget"}


class CheckContext:
    """Shared by the checkers of one command line: the policy, and the files and links that the command line creates.

    `programs` are directories on the sandbox's PATH where package managers install programs.
    """

    def __init__(
        self, allowlist: Allowlist, paths: ProjectPaths, confinement: Confinement, programs: Sequence[Path] = ()
    ) -> None:
        self.allowlist = allowlist
        self.paths = paths
        self.confinement = confinement
        self.programs = programs
        self.rules = CommandRules(paths, confinement)
        self._written: set[Path | None] = set()
        self._linked: set[Path] = set()

    def add_written(self, text: str, directories: Directories) -> None:
        """Record a file that output goes to."""
        self._written |= set(self.paths.resolve(text, directories))

    def add_effects(self, name: str, args: Words, directories: Directories) -> None:
        """Record the files and links that a command may create or change."""
        if name not in _WRITERS:
            return
        texts = [word.plain for word in args if word.plain is not None and not word.plain.startswith("-")]
        names = {Path(text).name for text in texts}
        names |= {*texts, *(f"{texts[-1]}/{Path(text).name}" for text in texts[:-1])}
        for text in names:
            self.add_written(text, directories)
            if name in _LINKERS:
                self._linked |= set(_absolute(text, directories))

    def is_created(self, real: Path | None, path: Path | None = None) -> bool:
        """Return whether the command line writes the file `real`, or creates a link at `path`."""
        return real in self._written or path in self._linked

    def check_links(self, args: Words, directories: Directories, *, follows: bool) -> None:
        """Raise Denied when something may be removed through a link that the same command line creates.

        The link itself may be removed, unless the command `follows` it.
        """
        for word in args if self._linked and not self.confinement.sandboxed else ():
            text = word.text or word.prefix
            for path in _absolute(text, directories):
                through = {*path.parents, path} if follows or text.endswith(("/", "/.")) else {*path.parents}
                if word.text is None or self._linked & through:
                    reason = f"{word.source} may lead through a link that this command creates; create it beforehand"
                    raise Denied("rm", reason)


def _absolute(text: str, directories: Directories) -> Iterator[Path]:
    """Yield the path in each of the directories by its name, without following links."""
    return (Path(os.path.normpath((directory or Path("/")) / text)) for directory in directories)
