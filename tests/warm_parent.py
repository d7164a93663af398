"""The process that tests.warm forks commands from: `python -m tests.warm_parent PACKAGE SOCKET`.

It imports the modules of the package, and then forks for every request. The fork forks once more: the child becomes the
command, and the one in between reports its process id and at last its exit code. The command itself returns to the
bottom of this module, so that it ends as every Python program does.
"""

import atexit
import ctypes
import fcntl
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import tempfile
import termios
import time
from contextlib import suppress
from typing import Any


def import_modules(package: str) -> None:
    """Import what a command of the package may import. What cannot be imported, the command will report."""
    found = pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.", onerror=lambda _: None)
    for module in found:
        if not module.name.endswith("__main__"):
            with suppress(Exception):
                importlib.import_module(module.name)


def serve(requests: socket.socket) -> list[str]:
    """Fork for each request until the socket is closed. Return, in the command's process, its arguments."""
    while True:
        message, descriptors, *_ = socket.recv_fds(requests, 1 << 20, 4)
        with suppress(ChildProcessError):  # waiting for those in between adds their processor time to ours
            while os.waitpid(-1, os.WNOHANG if message else 0)[0]:
                pass
        if not message:
            os._exit(0)
        if not os.fork():
            requests.close()
            return fork_command(json.loads(message), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def fork_command(request: dict[str, Any], channel: int, *streams: int) -> list[str]:
    """Return in the command's process; the process in between reports to the channel and exits."""
    interrupt = signal.signal(signal.SIGINT, signal.default_int_handler)
    if pid := os.fork():
        signal.signal(signal.SIGINT, interrupt)
        for descriptor in streams:
            os.close(descriptor)
        report(pid, socket.socket(fileno=channel))
        os._exit(0)
    os.close(channel)
    if request["new_session"]:
        os.setsid()
    if request["process_group"] >= 0:
        os.setpgid(0, request["process_group"])
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    if request["new_session"] and os.isatty(0):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    open_standard_streams()
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    tempfile.tempdir = None  # where temporary files go is decided once, and an import may have asked
    os.chdir(request["cwd"])
    return request["arguments"]


def report(pid: int, channel: socket.socket) -> None:
    """Send the process id, and the exit code once the process has ended; nobody may be there to receive it."""
    with suppress(BrokenPipeError):
        channel.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        channel.send(str(os.waitstatus_to_exitcode(status)).encode())


def open_standard_streams() -> None:
    """Open `sys.stdin`, `stdout` and `stderr` like Python at its start."""
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    output, errors = (io.BufferedWriter(io.FileIO(number, "w", closefd=False)) for number in (1, 2))
    sys.stdout = sys.__stdout__ = io.TextIOWrapper(output, line_buffering=os.isatty(1))
    sys.stderr = sys.__stderr__ = io.TextIOWrapper(errors, errors="backslashreplace", line_buffering=True)


def skip_clearing() -> None:
    """Keep Python from clearing every module at its end, which here copies most of the memory of the parent: three
    quarters of the time of a short command. What nothing refers to any more has its end before."""
    gc.collect()
    gc.freeze()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(list(sys.modules.values())))
    sys.modules.clear()


if __name__ == "__main__":
    package, number = sys.argv[1:]
    atexit.register(skip_clearing)  # the first function that is registered is the last one that is called
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which then close the socket
    import_modules(package)
    gc.collect()
    gc.freeze()
    sys.argv[1:] = serve(socket.socket(fileno=int(number)))
    runpy.run_module(package, run_name="__main__", alter_sys=True)
