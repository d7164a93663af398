"""Starts the programs `agent` and `observe`, also in a project that has packages `agent` and `observer` of its own.

`python -P -m runtail_cli MODULE` runs a module of runtail, such as `observer`, as `python -m` does.
"""

import atexit
import os
import signal
import sys
from types import FrameType

_BESIDE = os.path.dirname(os.path.abspath(__file__))
_INSTALLATION = _BESIDE if os.path.isdir(os.path.join(_BESIDE, "observer")) else os.path.dirname(_BESIDE)
"""The directory of the packages `agent` and `observer`: in a checkout, the one above."""
_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that end a program."""


def exit_on_signals() -> None:
    """Let Ctrl-C and the signals that end a program exit at once, with 128 + their number, as a shell reports them.

    The first thing that a program does: an exception would be printed or, raised in a destructor, be lost while modules
    are loaded. The program replaces this where it has something to close. An ignored signal stays ignored.
    """
    for number in _ENDING:
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, _exit)
    atexit.register(_ignore_signals)  # the first that is registered runs last


def _exit(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


def _ignore_signals() -> None:
    """Let the program end with its exit code: Python is about to remove its handlers, and a signal would kill it."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def agent() -> None:
    """Run the program `agent`."""
    exit_on_signals()
    _put_installation_first()
    from agent.__main__ import main

    main()


def observe() -> None:
    """Run the program `observe`."""
    exit_on_signals()
    _put_installation_first()
    from observer.__main__ import main

    main()


def _run_module() -> None:
    """Run the module that the first argument names, as `python -m` does."""
    import runpy

    _put_installation_first()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _put_installation_first() -> None:
    """Search this installation before the directories of PYTHONPATH and of the script, which come last from now on.

    The standard library stays ahead of it: an installation may hold old backports of standard modules.
    """
    first = sys.path.index(os.path.dirname(os.__file__))
    following = sys.path[first + 1 : first + 2]
    last = first + any(path.endswith("lib-dynload") for path in following)  # its half that is written in C
    added, standard, installed = sys.path[:first], sys.path[first : last + 1], sys.path[last + 1 :]
    sys.path[:] = [*standard, _INSTALLATION, *installed, *added]


if __name__ == "__main__":
    _run_module()
