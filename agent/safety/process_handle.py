"""Holds on to one process, so that a signal reaches that one or none, whatever becomes of its ID.

On Linux that is a pidfd (pidfd_open(2)). Elsewhere its identity is compared once more just before the signal is sent.
"""

import os
import re
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from agent.platform import process_identity

_POLL_S = 0.05
_DELIVERY_S = 2.0
"""Seconds after which a signal is sent although an earlier one of its kind may be pending, as in a stopped process."""
_HANDLING_S = 0.2
"""Seconds between two signals: Python handles two as one if the second arrives before it has handled the first."""
_PENDING = re.compile(r"^ShdPnd:\s*([0-9a-f]+)$", re.MULTILINE)
"""The signals that were sent to a process and have not reached it, in /proc/PID/status."""


class ProcessHandle:
    """One process. `open_process` makes it."""

    def __init__(self, pid: int, identity: str, descriptor: int | None) -> None:
        self._pid = pid
        self._identity = identity
        self._descriptor = descriptor
        self._has_sent = False

    def send(self, number: signal.Signals) -> None:
        """Send a signal; first wait until an earlier one of its kind has arrived, as the two would become one.

        Raises ProcessLookupError if the process has ended, PermissionError if it may not be signalled.
        """
        self._wait_for_delivery(number)
        if sys.platform == "linux" and self._descriptor is not None:
            signal.pidfd_send_signal(self._descriptor, number)
        elif self.is_running():
            os.kill(self._pid, number)
        else:
            raise ProcessLookupError
        self._has_sent = True

    def is_running(self) -> bool:
        """Return whether the process has not ended."""
        return process_identity(self._pid) == self._identity

    def wait(self) -> None:
        """Return when the process has ended."""
        if self._descriptor is not None:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            poll.poll()
            return
        while self.is_running():
            time.sleep(_POLL_S)

    def _wait_for_delivery(self, number: signal.Signals) -> None:
        deadline = time.monotonic() + _DELIVERY_S
        while self._is_pending(number) and time.monotonic() < deadline:
            time.sleep(_POLL_S)
        if self._has_sent:
            time.sleep(_HANDLING_S)

    def _is_pending(self, number: signal.Signals) -> bool | None:
        """Return whether a signal was sent to the process and has not reached it; None if the system does not say."""
        try:
            pending = _PENDING.search(Path(f"/proc/{self._pid}/status").read_text("utf-8", "replace"))
        except OSError:
            return None
        return None if pending is None else bool(int(pending[1], 16) >> (number - 1) & 1)


@contextmanager
def open_process(pid: int, identity: str) -> Iterator[ProcessHandle | None]:
    """Yield a handle of the process with this ID and this `process_identity`; None if there is none, or no longer."""
    descriptor: int | None = None
    if sys.platform == "linux":
        with suppress(OSError, OverflowError, AttributeError):  # no such process, no possible ID, or no pidfds here
            descriptor = os.pidfd_open(pid)
    try:
        # What has this identity now existed before the descriptor was opened, so it is what the descriptor stands for.
        yield ProcessHandle(pid, identity, descriptor) if process_identity(pid) == identity else None
    finally:
        if descriptor is not None:
            os.close(descriptor)
