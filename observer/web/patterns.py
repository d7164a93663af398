"""Regular expressions that somebody else wrote: looked for where they can be stopped. Blocking."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial

from observer.errors import UnreadableError
from observer.web.errors import HTTPError
from observer.web.searcher import HEAD, YES

Process = subprocess.Popen[bytes]


class Patterns:
    """Looks for patterns in lines, in as many processes as there are searches at once; `close` ends them."""

    def __init__(self) -> None:
        self._idle: list[Process] = []
        self._running: set[Process] = set()
        self._closed = False

    def __call__(self, pattern: str) -> Callable[[bytes], bool]:
        """Return a predicate over lines; it raises Refusal, 400, on a line that takes too long."""
        return partial(self._found, pattern)

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._closed = True
        for process in list(self._running):
            process.kill()
        while self._idle:  # whoever waits for another one's answer ends that
            self._end(self._idle.pop())

    def _found(self, pattern: str, line: bytes) -> bool:
        process = self._idle.pop() if self._idle else self._begin()
        answer = _ask(process, pattern.encode("utf-8", "surrogatepass"), line)
        if not answer:
            self._end(process)
            if self._closed:
                raise UnreadableError("nobody waits any more")
            raise HTTPError(400, "grep: this pattern takes too long on a line of this run; give a simpler one")
        if self._closed:
            self._end(process)
        else:
            self._idle.append(process)
        return answer == YES

    def _begin(self) -> Process:
        process = subprocess.Popen(
            [sys.executable, "-m", "observer.web.searcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip - a session of its own, because Ctrl-C is none of its business
        self._running.add(process)
        return process

    def _end(self, process: Process) -> None:
        self._running.discard(process)
        process.communicate()


def _ask(process: Process, pattern: bytes, line: bytes) -> bytes:
    """Return the answer to a question, nothing when the process has ended over it."""
    assert process.stdin is not None  # noqa: S101 - it was asked for
    assert process.stdout is not None  # noqa: S101 - so was this
    try:
        process.stdin.write(HEAD.pack(len(pattern), len(line)) + pattern + line)
        process.stdin.flush()
        return process.stdout.read(1)
    except OSError:
        return b""
