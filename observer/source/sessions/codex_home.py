"""Codex's own directory: its sessions, and the locks that tell whether a process writes one.

`CODEX_HOME` names the directory, `~/.codex` is the default. The process that writes the rollout of a thread holds a
lock of flock(2) on `thread-writer-locks/THREAD.lock` (seen in version 0.171.0).
"""

import os
from collections.abc import Mapping
from pathlib import Path

from observer.platform.files import READ_FLAGS, home_directory
from observer.source.lock import is_locked_by_another
from observer.source.sessions.codex_rollouts import CodexRollouts, thread_of
from observer.source.sessions.process import NOT_KNOWN, Process
from observer.source.sessions.session_paths import is_inside, written


def codex_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return Codex's directory."""
    return Path(environment.get("CODEX_HOME") or home_directory() / ".codex")


class CodexHome:
    """The sessions in Codex's directory, and the locks of their writers."""

    program = "Codex"

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "sessions"
        """The directory of the sessions."""
        self._rollouts = CodexRollouts(self.root)

    def sessions(self, project: Path | None = None) -> list[Path]:
        """Return the files of all sessions, or of those in a working directory, the most recently written first."""
        timed = [(time, path) for path in self._rollouts.all() if (time := written(path, self.root)) is not None]
        ordered = [path for _, path in sorted(timed, reverse=True)]
        return ordered if project is None else [each for each in ordered if self._rollouts.in_project(each, project)]

    def is_part(self, path: Path) -> bool:
        """Return whether the session at a path is a subagent's, and is shown as a part of another one."""
        return self._rollouts.is_below_another(path)

    def contains(self, path: Path) -> bool:
        """Return whether a file is one of the sessions here."""
        return is_inside(path, self.root)

    def session_id(self, path: Path) -> str:
        """Return the ID of the session at a path: that of its thread."""
        return thread_of(path)

    def companions(self, path: Path) -> list[tuple[str, Path]]:
        """Return the rollouts of a session's subagents, and of theirs, each with its name."""
        return [(rollout.name, rollout) for rollout in self._rollouts.below(path) if self.contains(rollout)]

    def process_of(self, path: Path) -> Process:
        """Return whether a process holds the lock of a session."""
        lock = self.home / "thread-writer-locks" / f"{self.session_id(path)}.lock"
        try:
            descriptor = os.open(lock, READ_FLAGS)
        except OSError:  # an older version, or another machine
            return NOT_KNOWN
        try:
            return Process(is_locked_by_another(descriptor))
        finally:
            os.close(descriptor)
