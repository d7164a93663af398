"""Makes the system look like macOS to this project: no `F_OFD_SETLK`, no `fdatasync`, no abstract sockets, no /proc.

Other libraries still see Linux, where they run; they have their own code for macOS.
"""

import builtins
import fcntl
import os
import signal
import sys
import sysconfig
import urllib.request
from typing import Any

import psutil

loaded_before = (urllib.request, psutil)  # on macOS these need modules that are only there
sysconfig.get_config_vars()  # likewise

LINUX_ONLY = {
    fcntl: ("F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW"),
    os: ("fdatasync", "pidfd_open", "sched_setscheduler", "sched_param", "SCHED_IDLE", "posix_fadvise", "memfd_create"),
    signal: ("SIGPWR", "SIGSTKFLT", "SIGRTMIN", "SIGRTMAX", "sigtimedwait", "sigwaitinfo", "pidfd_send_signal"),
}  # fmt: skip
for module, names in LINUX_ONLY.items():
    for name in names:
        if hasattr(module, name):
            delattr(module, name)

_OURS = ("agent.", "observer.", "__main__")
_PASSING_ON = ("pathlib", "genericpath", "posixpath", "os", __name__)


def _is_ours() -> bool:
    """Return whether the code that calls the function which calls this one is the project's."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") in _PASSING_ON:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__")).startswith(_OURS)


def _without_proc(function: Any) -> Any:
    def call(path: Any = ".", *args: Any, **options: Any) -> Any:
        if isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith("/proc") and _is_ours():
            raise FileNotFoundError(2, "No such file or directory", path)
        return function(path, *args, **options)

    return call


builtins.open = _without_proc(builtins.open)
for name in ("open", "stat", "lstat", "listdir", "scandir", "readlink"):
    setattr(os, name, _without_proc(getattr(os, name)))

sys.platform = "darwin"
