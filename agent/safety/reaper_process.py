"""The reaper: a process that waits for the end of the agent and then ends what the agent has started.

It lives as long as the agent, which may be hours, so it is a program of its own that loads little: not the SDK, which
takes more than a second to load and 80 MB.
"""

import os
import shutil
import sys
import time

from agent.safety.process_tree import GRACE_S, end_marked

_GRACE_AFTER_KILL_S = 0.4
"""All processes of a killed agent are to be gone within two seconds, also those that others start as they end."""
_REMOVE_ATTEMPTS, _REMOVE_PAUSE_S = 10, 0.2
"""A process that is just ending may still write into the directory that is being removed."""


def main() -> None:
    """Wait until the agent writes to the pipe or ends; then end its processes and remove their home.

    If it has ended, it was killed, and its processes have little time: nobody expects them to go on. The arguments are
    the variable and the value that mark the processes, and the directory, if there is one.
    """
    variable, value, *directories = sys.argv[1:]
    is_asked = bool(os.read(sys.stdin.fileno(), 1))
    end_marked(variable, value, GRACE_S if is_asked else _GRACE_AFTER_KILL_S)
    for directory in directories:
        for _ in range(_REMOVE_ATTEMPTS):
            shutil.rmtree(directory, ignore_errors=True)
            if not os.path.exists(directory):
                break
            time.sleep(_REMOVE_PAUSE_S)


if __name__ == "__main__":
    main()
