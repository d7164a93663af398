"""Starts the programs `agent` and `observe`, also in a project that has packages `agent` and `observer` of its own.

`python -P -m runtail_cli MODULE` runs a module of runtail, such as `observer`, as `python -m` does.
"""

import os
import sys

_BESIDE = os.path.dirname(os.path.abspath(__file__))
_INSTALLATION = _BESIDE if os.path.isdir(os.path.join(_BESIDE, "observer")) else os.path.dirname(_BESIDE)
"""The directory of the packages `agent` and `observer`: in a checkout, the one above."""


def agent() -> None:
    """Run the program `agent`."""
    _put_installation_first()
    from agent.__main__ import main

    main()


def observe() -> None:
    """Run the program `observe`."""
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
