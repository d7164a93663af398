"""Helpers of tests that run `observe` on a pseudo-terminal."""

import fcntl
import os
import pty
import re
import struct
import termios
from pathlib import Path

from tests.helpers import LIMIT_S, wait_until
from tests.warm import start

STATUS_MOVES = re.compile(rb"\r?\x1b\[J|\x1b\[\?7[lh]|\x1bD\x1b\[A|\x1b7(?:\r\n)?|\x1b8")
"""The escape sequences that keep the status line in place."""
STATUS_LINE = re.compile(rb"\x1b\[J(?:\x1bD\x1b\[A)?\x1b7(?:\r\n)?\x1b\[\?7l[^\x1b]*\x1b\[\?7h\x1b8|\x1b\[J")


class OnTerminal:
    """`observe` on a pseudo-terminal, and what it has printed there so far."""

    def __init__(self, *arguments: str | Path, columns: int = 80, **env: str) -> None:
        self._main, other = pty.openpty()
        os.set_blocking(self._main, False)
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        clean = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR", "LC_ALL"}}
        self.printed = b""
        self.process = start(
            "observer", *arguments, stdout=other, stderr=other, process_group=0,
            env={**clean, "TERM": "xterm-256color", "PAGER": "cat", **env},
        )  # fmt: skip
        os.close(other)

    def ended(self) -> bool:
        """Read the output so far; return whether the process has closed the terminal."""
        while True:
            try:
                self.printed += os.read(self._main, 1 << 16)  # returns at most 4 KiB at a time
            except BlockingIOError:
                return False
            except OSError:
                return True

    def shows(self, what: bytes, after: int = 0) -> None:
        """Wait until `what` is printed after the first `after` bytes."""
        wait_until(lambda: not self.ended() and what in self.printed[after:], f"{what!r} in {self.printed!r}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT_S)
        os.close(self._main)


def on_terminal(run: Path, columns: int = 80, *options: str, **env: str) -> bytes:
    """Return everything that `observe tail` prints on a terminal."""
    viewer = OnTerminal("tail", run, *options, columns=columns, **env)
    wait_until(viewer.ended)
    viewer.process.wait(LIMIT_S)
    viewer.close()
    return viewer.printed
