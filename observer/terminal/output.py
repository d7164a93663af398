"""Where views write: a descriptor, at once and whole, with nothing left in a buffer when the process ends."""

import os
import select

from observer.errors import UnwritableError


class OutputStream:
    """A `Sink` on an open file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._cut_short = False
        self._poll = select.poll()
        self._poll.register(descriptor, 0)

    def write(self, data: bytes) -> None:
        """Write all of `data`. Raises BrokenPipeError when nobody reads any more, UnwritableError on a full disk.

        After a write that a signal or an error cut short nothing is written: it would wait again or follow half a line.
        """
        if self._cut_short:
            return
        self._cut_short = True
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # a terminal that another program made non-blocking
                select.select([], [self._descriptor], [])
            except BrokenPipeError:
                raise
            except OSError as error:
                raise UnwritableError(f"the output cannot be written ({error.strerror})") from None
        self._cut_short = False

    def check(self) -> None:
        """Raise BrokenPipeError when nobody reads any more, without writing."""
        if any(event & select.POLLERR for _, event in self._poll.poll(0)):
            raise BrokenPipeError
