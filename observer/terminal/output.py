"""Unbuffered output to a file descriptor: nothing is left to flush when the process ends."""

import os
import select

from observer.errors import UnwritableError


class OutputStream:
    """A `Sink` that writes to an open file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._interrupted = False
        self._poll = select.poll()
        self._poll.register(descriptor, 0)

    def write(self, data: bytes) -> None:
        """Write all of `data`. Raises BrokenPipeError if the reader is gone, UnwritableError on other errors.

        Once a write was interrupted by a signal or an error, later ones do nothing: they would block again, or
        continue after half a line.
        """
        if self._interrupted:
            return
        self._interrupted = True
        remaining = memoryview(data)
        while remaining:
            try:
                remaining = remaining[os.write(self._descriptor, remaining) :]
            except BlockingIOError:  # another program made the terminal non-blocking
                select.select([], [self._descriptor], [])
            except BrokenPipeError:
                raise
            except OSError as error:
                raise UnwritableError(f"cannot write the output: {error.strerror}") from None
        self._interrupted = False

    def check(self) -> None:
        """Raise BrokenPipeError if the reader has closed the pipe, without writing."""
        if any(event & select.POLLERR for _, event in self._poll.poll(0)):
            raise BrokenPipeError
