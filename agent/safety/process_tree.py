"""Ends the processes of a run, which carry a mark in their environment.

The CLI starts tools in sessions of their own, so they can outlive it, and no process group holds all of them.
"""

import time
from collections.abc import Sequence

import psutil

from agent.platform import ENVIRONMENTS_HIDDEN

GRACE_S = 2.0
"""Seconds that a process has to end by itself, as the CLI does after it has tidied up behind its sandbox."""
_KILLED_WITHIN_S = 2.0
_POLL_S = 0.02
_MAX_ROUNDS = 10
"""A process that is being ended may start another one, as the CLI does when it is killed in its first second."""


def end_marked(variable: str, value: str, grace_s: float = GRACE_S) -> list[str]:
    """End every process whose environment variable `variable` is `value`. Returns their names, sorted.

    Sends SIGTERM, after `grace_s` SIGKILL, and repeats this for processes started meanwhile, at most ten times.
    Blocks for at most two seconds more than `grace_s` each time.
    """
    names: set[str] = set()
    for _ in range(_MAX_ROUNDS):
        processes = [process for process in psutil.process_iter(["name"]) if _has(process, variable, value)]
        if not processes:
            break
        names |= {process.info["name"] for process in processes if process.info["name"]}
        processes = _with_hidden(processes)
        for process in processes:
            _signal(process, force=False)
        alive = _wait(processes, grace_s)
        for process in alive:
            _signal(process, force=True)
        _wait(alive, _KILLED_WITHIN_S)
    return sorted(names)


def _wait(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait at most `seconds` until the processes have ended. Returns those that have not.

    One of which only the exit status is left has ended: whether somebody asks for that is not our concern.
    """
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if _is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return alive


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class ProcessTerminator:
    """Signals this process's descendants that have the environment variable `variable`, without waiting for them.

    The first call sends SIGTERM, so that the CLI can remove what its sandbox put into the project; later ones SIGKILL.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable
        self._force = False

    def __call__(self) -> None:
        """Send the next signal."""
        marked = [process for process in _descendants(psutil.Process()) if _has(process, self._variable, None)]
        for process in _with_hidden(marked):
            _signal(process, force=self._force)
        self._force = True


def _with_hidden(marked: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes, and those that they started if the system may hide what these have in their environment."""
    if not ENVIRONMENTS_HIDDEN:
        return marked
    return list({*marked, *(child for process in marked for child in _descendants(process))})


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _has(process: psutil.Process, variable: str, value: str | None) -> bool:
    """Return whether the process has the variable, set to `value` unless that is None."""
    try:
        actual = process.environ().get(variable)
    except psutil.Error:
        return False  # it has ended, or belongs to another user
    return actual is not None and value in {None, actual}


def _signal(process: psutil.Process, *, force: bool) -> None:
    try:
        if force:
            process.kill()
        else:
            process.terminate()
    except psutil.Error:
        return  # it has ended by itself, or belongs to another user
