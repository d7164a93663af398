"""Starts commands as forks of a warm process: real processes, without the time that loading their modules takes.

`python -m observer` spends 0.2 s of processor time on imports before it does anything. Here a parent process imports
the modules of a package once (tests.warm_parent), and each command is a fork of it with a process id, streams,
environment, directory and process group of its own. What a fork cannot show is how Python itself starts, and with
which modules: tests of that start it cold, and so does one test of every command.
"""

import atexit
import json
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, AnyStr


def start(package: str, *arguments: str | Path, cold: bool = False, **options: Any) -> subprocess.Popen[Any]:
    """Start `python -m PACKAGE ARGUMENTS`, from a warm process unless `cold` lets Python start it.

    The options are those of `Popen` for streams, directory, environment, process group and session. In a session of its
    own, a warm command has the terminal that is its standard input for itself.
    """
    kind = Command if cold or sys.platform != "linux" else WarmCommand
    return kind([sys.executable, "-m", package, *map(str, arguments)], **options)


def run(package: str, *arguments: str | Path, timeout: float, **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run a command to its end and return its exit code and output, as `subprocess.run(capture_output=True)` does."""
    with start(package, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as command:
        try:
            out, err = command.communicate(timeout=timeout)
        except BaseException:
            command.kill()
            raise
    return subprocess.CompletedProcess(command.args, command.returncode, out, err)


class Command(subprocess.Popen[AnyStr]):
    """A process that a `with` block ends if it is left by an error, as when a test has waited in vain."""

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        if kind is not None:
            self.kill()
        super().__exit__(kind, *error)


class WarmCommand(Command[AnyStr]):
    """A process forked from the warm one, as a `Popen`.

    The process is not our child, so its exit status comes over a socket. Nothing but `_execute_child` of the private
    half of `Popen` is replaced; its arguments are the same from Python 3.11 to 3.14.
    """

    def poll(self) -> int | None:
        return self._exit_code(timeout=0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._exit_code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def _exit_code(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._parent_socket.settimeout(timeout)
            try:
                self.returncode = int(self._parent_socket.recv(100))
            except (BlockingIOError, TimeoutError):
                return None
            self._parent_socket.close()
        return self.returncode

    def _execute_child(self, args: list[str], *rest: Any) -> None:
        _python, _m, package, *arguments = args
        *_, cwd, env, _startupinfo, _creationflags, _shell = rest[:9]
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = rest[9:15]
        *_, start_new_session, process_group = rest
        request = {
            "arguments": arguments,
            "cwd": os.fspath(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
            "new_session": start_new_session,
            "process_group": process_group,
        }
        streams = [given if given >= 0 else own for own, given in enumerate((p2cread, c2pwrite, errwrite))]
        self._parent_socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            socket.send_fds(_parent_of(package), [json.dumps(request).encode()], [other.fileno(), *streams])
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)
        answer = self._parent_socket.recv(100)
        if not answer:
            self._parent_socket.close()
            raise RuntimeError(f"the process that commands of {package} are forked from has ended")
        self.pid = int(answer)
        self._child_created = True


@cache
def _parent_of(package: str) -> socket.socket:
    """Start the warm process of a package on first use. It ends with this process, whose end closes the socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        parent = subprocess.Popen(
            [sys.executable, "-m", "tests.warm_parent", package, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=Path(__file__).parents[1],
        )

    def end() -> None:
        ours.close()
        parent.wait()

    atexit.register(end)
    return ours
