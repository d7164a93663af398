"""The thread that flushes a run file to the disk itself: a slow disk must not stop the heart of the run."""

import threading
from collections.abc import Callable


class SyncThread:
    """Calls `sync` soon after each request; requests that come during a call are answered together by the next one."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._requested = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="runlog-sync", daemon=True)

    def start(self) -> None:
        """Start to answer requests. Raises RuntimeError if no thread can start."""
        self._thread.start()

    def request(self) -> None:
        """Let `sync` be called once more. Returns at once."""
        self._requested.set()

    def join(self) -> None:
        """Let no further call begin, and wait for the end of a running one."""
        self._stopped = True
        self._requested.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join()

    def _run(self) -> None:
        while self._requested.wait() and not self._stopped:
            self._requested.clear()
            self._sync()
