"""Unbuffered output to a file descriptor: nothing is left to flush when the process ends."""

import os
import stat

from observer.errors import UnwritableError
from observer.platform.pipes import enlarge_pipe, is_reader_gone, open_again
from observer.terminal.signals import wait_until_writable


class OutputStream:
    """A `Sink` that writes to an open file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._owned = _open_non_blocking(descriptor)
        self._interrupted = False
        self._is_enlarged = False

    def __del__(self) -> None:
        if self._owned:
            os.close(self._descriptor)

    def write(self, data: bytes) -> None:
        """Write all of `data`. Raises BrokenPipeError if the reader is gone, UnwritableError on other errors.

        After a signal or an error has interrupted a write, later ones do nothing: they would block again, or
        continue in the middle of a line.
        """
        if self._interrupted:
            return
        self._interrupted = True
        remaining = memoryview(data)
        while remaining:
            try:
                remaining = remaining[os.write(self._descriptor, remaining) :]
            except BlockingIOError:
                if not self._is_enlarged:  # else its reader and this program would wait for each other all the time
                    enlarge_pipe(self._descriptor)
                    self._is_enlarged = True
                    continue
                wait_until_writable(self._descriptor)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise UnwritableError(f"cannot write the output: {error.strerror}") from None
        self._interrupted = False

    def check(self) -> None:
        """Raise BrokenPipeError if the reader has closed the pipe, without writing."""
        if is_reader_gone(self._descriptor):
            raise BrokenPipeError


def _open_non_blocking(descriptor: int) -> tuple[int, bool]:
    """Return a descriptor whose writes never block, and whether it is a new one.

    A write that blocks in the kernel could miss a signal. O_NONBLOCK on a pipe or terminal would also affect the other
    programs that share it, so the pipe or terminal is opened a second time.
    """
    mode = os.fstat(descriptor).st_mode
    if (stat.S_ISFIFO(mode) or os.isatty(descriptor)) and (again := open_again(descriptor)) is not None:
        return again, True
    return descriptor, False  # writes may block
