"""No process left behind: the SDK's CLI starts tools in sessions of their own, and they can outlive it."""

import ctypes
import sys
from collections.abc import Iterable

import psutil

_PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): orphans below this process become its children instead of init's, so that they can be found."""
_GRACE_S = 2.0


def adopt_orphans() -> None:
    """From now on, what the tools leave behind belongs to this process. Linux only; elsewhere it does nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants(spare: Iterable[int] = ()) -> None:
    """End every process below this one except the `spare` process ids and what is below them.

    First politely, then, after two seconds, by force. Blocks for that long at most.
    """
    spared = {pid for root in spare for pid in _tree(root)}
    victims = [process for process in psutil.Process().children(recursive=True) if process.pid not in spared]
    for process in victims:
        _tell(process, "terminate")
    _, alive = psutil.wait_procs(victims, timeout=_GRACE_S)
    for process in alive:
        _tell(process, "kill")
    psutil.wait_procs(alive, timeout=_GRACE_S)


def _tree(root: int) -> list[int]:
    try:
        process = psutil.Process(root)
        return [root, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _tell(process: psutil.Process, what: str) -> None:
    try:
        getattr(process, what)()
    except psutil.NoSuchProcess:
        return  # gone by itself, which is what was wanted
