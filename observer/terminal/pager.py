"""Shows output that does not fit on the screen in a pager, such as less, as git does.

Everything is written to the pager at once, and the pager reads as much as it shows. It also receives Ctrl-C: less
interrupts what it is doing and goes on, so that the terminal is not left to two programs.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.cells import cell_len

from observer.terminal import signals
from observer.terminal.output import OutputStream
from observer.terminal.preferences import PagerChoice
from observer.terminal.screen import understands_escapes
from observer.terminal.view import Sink

LESS_DEFAULTS = "FRX"
"""Options for less of those who have set none: exit if everything fits, colours, and leave the text on the screen."""
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

    Without that pager on the machine, everything is written to `out`.
    """

    def __init__(self, command: list[str], out: Sink, *, rows: int, columns: int) -> None:
        self._command = command
        self._out = out
        self._rows = rows
        self._columns = columns
        self._held: list[bytes] | None = []
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: OutputStream | None = None

    def write(self, data: bytes) -> None:
        """Write `data`. Raises BrokenPipeError if the user has quit the pager."""
        if self._held is None:
            (self._pipe or self._out).write(data)
            return
        self._held.append(data)
        self._rows -= sum(self._rows_of(line) for line in data.split(b"\n")[:-1])
        if self._rows < 0:
            self._start()
            self._release()

    def check(self) -> None:
        """Raise BrokenPipeError if the user has quit the pager."""
        (self._pipe or self._out).check()

    def stop(self) -> None:
        """End the pager, which restores the terminal."""
        if self._process is not None:
            self._process.terminate()

    def close(self) -> None:
        """Write what is held back, and wait until the user quits the pager."""
        self._release()
        if self._process is not None and self._process.stdin is not None:
            self._pipe = None  # it has a descriptor of its own
            self._process.stdin.close()
            try:
                self._process.wait()
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
            signals.ignore_interrupts()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held:
            (self._pipe or self._out).write(b"".join(held))
