"""The files of Codex's threads in `sessions/YEAR/MONTH/DAY/rollout-TIME-THREAD.jsonl`, and what their first lines say.

A subagent has a thread of its own, whose rollout names the thread that started it. The IDs of threads begin with their
time, so that of a subagent comes after those that it is below.
"""

import os
import re
import time
from pathlib import Path

from msgspec import Struct

from observer.source.sessions.session_paths import matching

SUFFIX = ".jsonl"
_THREAD = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CWD = re.compile(rb'"cwd":"((?:[^"\\]|\\.)*)"')
_PARENT = re.compile(rb'"parent_thread_id":"([^"\\]*)"')
_HEAD_BYTES = 4096
"""Bytes of a rollout that hold its working directory and its parent: they stand before the long instructions."""
_SETTLED_S = 2.0
"""Seconds after which another change of a directory gives it another time on any file system."""


class _Head(Struct, frozen=True):
    cwd: str = ""
    parent: str = ""


class _Day(Struct):
    """The rollouts of a day, as of a time of their directory, which is 0 if that may not tell of the next change."""

    changed_ns: int
    rollouts: list[Path]
    has_parents: bool = False
    """Whether the parents of all of them are known."""


class CodexRollouts:
    """The rollouts below `directory`. Directories and files that are known are not read again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._days: dict[Path, _Day] = {}
        self._heads: dict[Path, _Head] = {}
        self._children: dict[str, dict[str, Path]] = {}
        """The rollouts of the subagents that each thread has started, by their threads."""
        self._threads: set[str] | None = None

    def all(self) -> list[Path]:
        """Return all current rollouts, ordered by day."""
        return [rollout for day in self._since(self._directory) for rollout in day.rollouts]

    def in_project(self, path: Path, project: Path) -> bool:
        """Return whether a thread began in a working directory."""
        return self._head(path).cwd == str(project)

    def is_below_another(self, path: Path) -> bool:
        """Return whether a rollout is that of a subagent, and that of the thread that started it is here, too."""
        parent = self._head(path).parent
        if not parent or parent >= thread_of(path):
            return False
        if self._threads is None:
            self._threads = {thread_of(rollout) for rollout in self.all()}
        return parent in self._threads

    def below(self, path: Path) -> list[Path]:
        """Return the rollouts of the subagents of a thread, and of theirs, the oldest first."""
        for day in self._since(path.parent):
            if not day.has_parents:
                self._note_parents(day)
        rollouts: dict[str, Path] = {}
        waiting = [thread_of(path)]
        while waiting:
            below = self._children.get(waiting.pop(), {})
            waiting += below
            rollouts |= below
        return [rollout for _, rollout in sorted(rollouts.items()) if os.path.exists(rollout)]

    def _note_parents(self, day: _Day) -> None:
        for rollout in day.rollouts:
            parent, thread = self._head(rollout).parent, thread_of(rollout)
            if parent and parent < thread:  # of two that name each other, neither is below the other
                self._children.setdefault(parent, {})[thread] = rollout
        day.has_parents = all(rollout in self._heads for rollout in day.rollouts)

    def _since(self, first: Path) -> list[_Day]:
        return [self._of_day(day) for day in sorted(matching(self._directory, "*/*/*")) if day >= first]

    def _of_day(self, day: Path) -> _Day:
        try:
            changed_ns, now_ns = os.stat(day).st_mtime_ns, time.time_ns()
            known = self._days.get(day)
            if known is None or known.changed_ns != changed_ns:
                names = sorted(os.listdir(day))
                rollouts = [day / name for name in names if name.startswith("rollout-") and name.endswith(SUFFIX)]
                is_settled = now_ns - changed_ns > _SETTLED_S * 1e9
                known = self._days[day] = _Day(changed_ns if is_settled else 0, rollouts)
                self._threads = None
        except OSError:  # removed meanwhile, no directory, or not permitted
            return _Day(0, [])
        return known

    def _head(self, path: Path) -> _Head:
        """Return what the first line of a rollout says; it is written at once."""
        if (known := self._heads.get(path)) is not None:
            return known
        try:
            if not os.path.isfile(path):  # a FIFO, say, which nobody may ever write to
                return _Head()
            with path.open("rb") as file:
                line, newline, _ = file.read(_HEAD_BYTES).partition(b"\n")
        except OSError:
            return _Head()
        head = _Head(_text(_CWD, line), _text(_PARENT, line))
        if newline or len(line) == _HEAD_BYTES:
            self._heads[path] = head
        return head


def thread_of(path: Path) -> str:
    """Return the ID of the thread whose rollout is at a path."""
    match = _THREAD.search(path.name)
    return match[0] if match is not None else path.name.removesuffix(SUFFIX)


def _text(pattern: re.Pattern[bytes], line: bytes) -> str:
    match = pattern.search(line)
    return match[1].decode("utf-8", "surrogateescape") if match is not None else ""
