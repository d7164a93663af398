"""Shows output that does not fit on the screen in a pager, such as less, as git does.

Everything is written to the pager at once, and the pager reads as much as it shows. It also receives Ctrl-C: less
interrupts what it is doing and goes on, so that the terminal is not left to two programs.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from observer.format.sanitize import clean_line
from observer.terminal import signals
from observer.terminal.cells import cell_len
from observer.terminal.output import OutputStream
from observer.terminal.preferences import PagerChoice
from observer.terminal.screen import understands_escapes
from observer.terminal.view import Sink

LESS_DEFAULTS = "FRX"
"""Options for less of those who have set none: exit if everything fits, colours, and leave the text on the screen."""
_SOON_S = 10.0
"""Seconds within which a pager that fails has not been of use, so that the output is shown without it."""
_KEPT_BYTES = 1024 * 1024
"""More than any pipe holds: a pager that has taken as much works."""
_COLOR = re.compile(rb"\x1b\[[0-9;]*m")


@contextmanager
def paged(choice: PagerChoice, out: Sink) -> Iterator[Sink]:
    """Return a sink that shows what is written to it in a pager; `out` if standard output is not a terminal.

    The block ends when the pager has ended, or at once when it ends by a signal.
    """
    command = choice.command(os.environ) if sys.stdout.isatty() else []
    if not command or not (choice.wanted or understands_escapes(sys.stdout)):
        yield out
        return
    size = os.get_terminal_size(sys.stdout.fileno())
    fitting = 0 if choice.wanted else size.lines - 1  # the prompt of the shell needs a line
    pager = Pager(command, out, rows=fitting, columns=max(1, size.columns))
    try:
        yield pager
    except SystemExit:
        pager.stop()
        raise
    finally:
        pager.close()


class Pager:
    """A `Sink` that holds back `rows` rows, and starts the pager when there are more.

    Without that pager on the machine, or if it soon fails, everything is written to `out`.
    """

    def __init__(self, command: list[str], out: Sink, *, rows: int, columns: int) -> None:
        self._command = command
        self._out = out
        self._rows = rows
        self._columns = columns
        self._held: list[bytes] | None = []
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: OutputStream | None = None
        self._started_s = 0.0
        self._kept: list[bytes] = []
        """What was written to the pager, while it may still turn out not to work."""
        self._kept_bytes = 0

    def write(self, data: bytes) -> None:
        """Write `data`. Raises BrokenPipeError if the user has quit the pager."""
        if self._held is None:
            self._pass_on(data)
            return
        self._held.append(data)
        self._rows -= sum(self._rows_of(line) for line in data.split(b"\n")[:-1])
        if self._rows < 0:
            self._start()
            self._release()

    def check(self) -> None:
        """Raise BrokenPipeError if the user has quit the pager."""
        try:
            (self._pipe or self._out).check()
        except BrokenPipeError:
            if not self._shown_without_pager():
                raise

    def stop(self) -> None:
        """End the pager, which restores the terminal."""
        if self._process is not None:
            self._process.terminate()

    def close(self) -> None:
        """Write what is held back, and wait until the user quits the pager."""
        self._release()
        self._pipe = None  # it has a descriptor of its own
        try:
            self._shown_without_pager()
        except SystemExit:
            self.stop()
            raise

    def _rows_of(self, line: bytes) -> int:
        cells = cell_len(_COLOR.sub(b"", line).decode("utf-8", "replace"))
        return max(1, -(-cells // self._columns))

    def _start(self) -> None:
        environment = {"LESS": LESS_DEFAULTS, "LV": "-c", **os.environ}
        try:
            # the command is the user's own setting
            process = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=environment)  # noqa: S603
        except OSError:  # it is not installed
            return
        if process.stdin is not None:
            self._process, self._pipe = process, OutputStream(process.stdin.fileno())
            self._started_s = time.monotonic()
            signals.ignore_interrupts()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held:
            self._pass_on(b"".join(held))

    def _pass_on(self, data: bytes) -> None:
        if self._pipe is None:
            self._out.write(data)
            return
        if self._kept_bytes <= _KEPT_BYTES:
            self._kept.append(data)
        try:
            self._pipe.write(data)
        except BrokenPipeError:
            if not self._shown_without_pager():
                raise
        else:
            self._kept_bytes += len(data)
            if self._kept_bytes > _KEPT_BYTES:
                self._kept.clear()

    def _shown_without_pager(self) -> bool:
        """Wait for the end of the pager; if it has failed at once, write to `out` what it should have shown."""
        if self._process is None or self._process.stdin is None:
            return False
        self._process.stdin.close()
        code = self._process.wait()
        if code <= 0 or self._kept_bytes > _KEPT_BYTES or time.monotonic() - self._started_s > _SOON_S:
            return False
        self._process = self._pipe = None
        command = clean_line(shlex.join(self._command))
        sys.stderr.write(
            f"observe: the pager failed with exit code {code} ({command}); showing the output without it\n"
        )
        sys.stderr.flush()
        self._out.write(b"".join(self._kept))
        self._kept.clear()
        return True
