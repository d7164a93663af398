"""Which processes the agent's own tools started, so that it may end those and no others."""

import re
from collections.abc import Iterator
from typing import Protocol

import psutil

_COMM = 15
"""So much of a name the kernel keeps, and pkill looks at."""


class OwnProcesses(Protocol):
    """Knows the processes that are the agent's own."""

    def owns(self, pid: int) -> bool:
        """Whether the agent's tools started this process."""

    def all_owned(self, pattern: str, *, full: bool) -> bool:
        """Whether they started every process whose name (with `full`: command line) matches the regular expression."""


class MarkedProcesses:
    """Own is what has the environment variable `variable` set to `value`, as its parent handed it on."""

    def __init__(self, variable: str, value: str) -> None:
        self._variable = variable
        self._value = value

    def owns(self, pid: int) -> bool:
        """Whether the process lives and carries the mark."""
        try:
            return self._marked(psutil.Process(pid))
        except psutil.Error:
            return False

    def all_owned(self, pattern: str, *, full: bool) -> bool:
        """Whether every match carries the mark; also when there is none. False for what is no regular expression."""
        try:
            wanted = re.compile(pattern, re.DOTALL)
        except re.error:
            return False
        return all(self._marked(process) for process in _matching(wanted, full=full))

    def _marked(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(self._variable) == self._value
        except psutil.NoSuchProcess:
            return True  # gone: nobody will be hit
        except psutil.Error:
            return False


def _matching(wanted: re.Pattern[str], *, full: bool) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            texts = [" ".join(process.cmdline())] if full else [process.name(), process.name()[:_COMM]]
        except psutil.Error:
            continue
        if any(wanted.search(text) for text in texts):
            yield process
