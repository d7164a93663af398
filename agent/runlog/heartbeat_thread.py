"""The thread that lets a run's heart beat, whatever the rest of the program does."""

import threading
import time
from collections.abc import Callable

from agent.errors import RunLogError


class HeartbeatThread:
    """Calls `beat` every `interval` seconds, with a function that returns how many beats were dropped so far.

    Those are dropped that come due while one takes long, which may be before the line of that one is made.

    It ends by itself when `beat` raises RunLogError: the next call of the program's own raises that, too.
    """

    def __init__(self, interval: float, beat: Callable[[Callable[[], int]], None]) -> None:
        self._interval = interval
        self._beat = beat
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="runlog-heartbeat", daemon=True)

    def start(self) -> None:
        """Start to beat: for the first time in `interval` seconds. Raises RuntimeError if no thread can start."""
        self._thread.start()

    def stop(self) -> None:
        """Let no further beat begin."""
        self._stop.set()

    def join(self) -> None:
        """Wait for the end of the last beat, after `stop`."""
        if self._thread.ident is not None:  # it was started
            self._thread.join()

    def _run(self) -> None:
        dropped = 0
        due = time.monotonic() + self._interval

        def count_dropped() -> int:
            return dropped + max(0, int((time.monotonic() - due) // self._interval))

        while not self._stop.wait(max(0.0, due - time.monotonic())):
            try:
                self._beat(count_dropped)
            except RunLogError:
                return
            before, dropped = dropped, count_dropped()
            due += self._interval * (dropped - before + 1)
