"""Makes the system look like Windows to this project: what only POSIX systems have is gone.

The libraries that run here are those for Linux. `sys.platform` therefore stays, and those in LOADED_BEFORE are loaded
before they miss anything. Of asyncio only the loop is like that of Windows, which waits for no pipe and handles no
signal.
"""

import asyncio
import asyncio.unix_events
import importlib
import os
import select
import signal
import socket
import subprocess  # noqa: F401 - before it misses what it needs
import sys
import tempfile  # noqa: F401
from functools import partial
from typing import Any, NoReturn

for name in os.environ.get("LOADED_BEFORE", "").split():
    importlib.import_module(name)
MODULES = ("fcntl", "termios", "pwd", "grp", "resource", "tty", "pty", "readline", "curses", "syslog")
POSIX_ONLY = {
    os: (
        "fork", "forkpty", "killpg", "getuid", "geteuid", "getgid", "getegid", "getpgrp", "getpgid", "setsid", "getsid",
        "fchmod", "fchown", "chown", "mkfifo", "mknod", "nice", "pread", "pwrite", "preadv", "pwritev", "writev",
        "fdatasync", "tcgetpgrp", "tcsetpgrp", "ttyname", "openpty", "uname", "wait3", "wait4", "sched_setscheduler",
        "sched_param", "SCHED_IDLE", "set_blocking", "get_blocking", "O_NONBLOCK", "O_NOCTTY", "O_NOFOLLOW",
        "O_CLOEXEC", "O_DIRECTORY", "O_SYNC", "O_DSYNC", "statvfs", "sysconf", "getloadavg", "register_at_fork",
    ),
    signal: (
        "SIGHUP", "SIGTSTP", "SIGALRM", "SIGCONT", "SIGSTOP", "SIGKILL", "SIGQUIT", "SIGPIPE", "SIGUSR1", "SIGUSR2",
        "SIGCHLD", "SIGWINCH", "SIGTTIN", "SIGTTOU", "setitimer", "getitimer", "ITIMER_REAL", "alarm", "pause",
        "pthread_kill", "pthread_sigmask", "sigwait", "siginterrupt",
    ),
    socket: ("AF_UNIX",),
    select: ("poll", "epoll"),
}  # fmt: skip


def _not_here(*_: Any, **__: Any) -> NoReturn:
    raise NotImplementedError


def _only_sockets(*descriptors: Any) -> Any:
    """Refuse what `select` cannot wait for on Windows."""
    for descriptor in [one for some in descriptors[:3] for one in some]:
        if not isinstance(descriptor, socket.socket):
            raise OSError(10038, "An operation was attempted on something that is not a socket")
    return _select(*descriptors)


class Loop(asyncio.SelectorEventLoop):
    """An event loop that can do no more than that of Windows."""

    add_reader = add_writer = remove_reader = remove_writer = _not_here
    add_signal_handler = remove_signal_handler = _not_here


class Policy(asyncio.DefaultEventLoopPolicy):
    """Uses that loop."""

    _loop_factory = Loop


asyncio.set_event_loop_policy(Policy())
with asyncio.Runner() as runner:  # what a loop needs is loaded and remembered
    runner.run(asyncio.to_thread(int))
socket.socketpair = partial(socket.socketpair, socket.AF_UNIX)
_select, select.select = select.select, _only_sockets
for module in MODULES:
    sys.modules[module] = None  # type: ignore[assignment]
for module, names in POSIX_ONLY.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
