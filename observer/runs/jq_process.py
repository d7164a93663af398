"""Evaluates a jq expression in a process of its own, which can be ended: the jq library cannot be interrupted."""

import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import NoReturn

from observer.errors import UsageError, missing_packages
from observer.platform.pipes import wait_for_input
from observer.runs import jq_worker

LIMIT_S = 5.0
"""Seconds of processor time that an expression may take for a line."""
_CHECK_S = 0.05
"""Seconds after which a signal that has arrived is noticed."""
_BATCH_BYTES = 32 * 1024
"""A pipe takes at least as much without a reader (pipe(7) says 64 KiB), so the process is never waited for twice."""


def jq_predicate(
    expression: str, check: Callable[[], object] = lambda: None, limit_s: float = LIMIT_S
) -> Callable[[Sequence[bytes]], list[bool]]:
    """Return a jq expression as a predicate over lines; a line on which the expression fails does not match.

    `check` is called while the process is waited for, and may raise. Raises UsageError if the expression is invalid, or
    the extra `query` is not installed; so does the predicate when a line takes too long.
    """
    return JqProcess(expression, check, limit_s).matches


class JqProcess:
    """A process with a jq expression, which ends with this object and, when an expression loops forever, by itself."""

    def __init__(self, expression: str, check: Callable[[], object], limit_s: float) -> None:
        if find_spec("jq") is None:
            raise UsageError(missing_packages("--where", "jq", "query"))
        self._check = check
        self._limit_s = limit_s
        self._one_at_a_time = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "runtail_cli", jq_worker.__name__, f"{limit_s}", expression],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # so that Ctrl-C reaches only the program, which decides
        )  # fmt: skip
        weakref.finalize(self, _end, self._process)
        error = json.loads(self._read_line())
        if error:
            raise UsageError(f"invalid value for --where: not a valid jq expression: {error}")

    def matches(self, lines: Sequence[bytes]) -> list[bool]:
        """Return of each line whether the expression is true for it. Threads may share the process."""
        with self._one_at_a_time:  # an answer is known by its order only
            return self._answers(lines)

    def _answers(self, lines: Sequence[bytes]) -> list[bool]:
        answers: list[bool] = []
        for batch in _batches(lines):
            try:
                _write(self._process, b"\n".join([*batch, b""]))
            except BrokenPipeError:
                self._fail()
            missing = len(batch)
            while missing:
                answer = self._read(missing)
                missing -= len(answer)
                answers += map(jq_worker.TRUE.__eq__, answer)
        return answers

    def _read_line(self) -> bytes:
        data = b""
        while not data.endswith(b"\n"):
            data += self._read(1024)
        return data

    def _read(self, count: int) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        while not wait_for_input(self._process.stdout.fileno(), _CHECK_S):
            self._check()
        answer = self._process.stdout.read(count)
        if not answer:
            self._fail()
        return answer

    def _fail(self) -> NoReturn:
        code = self._process.wait()
        what = f"takes more than {self._limit_s:g} s for one line" if jq_worker.exceeded_limit(code) else "made jq fail"
        raise UsageError(f"invalid value for --where: the jq expression {what}; simplify it")


def _batches(lines: Sequence[bytes]) -> Iterator[list[bytes]]:
    """Divide lines into batches that a pipe takes; a longer line is one of its own, which the process reads at once."""
    batch: list[bytes] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if batch and size > _BATCH_BYTES:
            yield batch
            batch, size = [], len(line) + 1
        batch.append(line)
    if batch:
        yield batch


def _write(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    rest = memoryview(data)
    while rest:
        rest = rest[process.stdin.write(rest) or 0 :]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
