"""No process left behind: the CLI starts tools in sessions of their own, and they can outlive it."""

import psutil

_GRACE_S = 2.0
_ROUNDS = 10
"""A process that is being ended may start another, as the CLI does that is killed in its first second."""


def end(variable: str, value: str) -> list[str]:
    """End every process that has the environment variable `variable` set to `value`. Returns their names.

    First politely, then, after two seconds, by force; and again those that they started meanwhile, until none is left.
    Blocks for at most four seconds each time, a few times at most.
    """
    names: set[str] = set()
    for _ in range(_ROUNDS):
        victims = [process for process in psutil.process_iter(["name"]) if _has(process, variable, value)]
        if not victims:
            break
        names |= {process.info["name"] for process in victims if process.info["name"]}
        for process in victims:
            _tell(process, "terminate")
        _, alive = psutil.wait_procs(victims, timeout=_GRACE_S)
        for process in alive:
            _tell(process, "kill")
        psutil.wait_procs(alive, timeout=_GRACE_S)
    return sorted(names)


def kill_descendants() -> None:
    """End every process below this one at once and by force."""
    for process in psutil.Process().children(recursive=True):
        _tell(process, "kill")


def _has(process: psutil.Process, variable: str, value: str) -> bool:
    try:
        return process.environ().get(variable) == value
    except psutil.Error:
        return False  # gone, or another user's


def _tell(process: psutil.Process, what: str) -> None:
    try:
        getattr(process, what)()
    except psutil.NoSuchProcess:
        return  # gone by itself, which is what was wanted
