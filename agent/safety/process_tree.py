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


class Hurry:
    """Ends the processes below this one that have the environment variable `variable`: when called once politely, so
    that the CLI takes away what its sandbox put into the project, and when called again by force.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable
        self._calls = 0

    def __call__(self) -> None:
        """Does not wait for them."""
        self._calls += 1
        for process in psutil.Process().children(recursive=True):
            if _has(process, self._variable, None):
                _tell(process, "terminate" if self._calls == 1 else "kill")


def _has(process: psutil.Process, variable: str, value: str | None) -> bool:
    """Whether the process has the variable, with that value if one is given."""
    try:
        found = process.environ().get(variable)
    except psutil.Error:
        return False  # gone, or another user's
    return found is not None and value in {None, found}


def _tell(process: psutil.Process, what: str) -> None:
    try:
        getattr(process, what)()
    except psutil.NoSuchProcess:
        return  # gone by itself, which is what was wanted
