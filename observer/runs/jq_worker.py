"""The process that evaluates a jq expression: it reads lines, and writes a byte for each.

Run as `runtail_cli observer.runs.jq_worker LIMIT_S EXPRESSION`. It first writes a JSON string on a line: what is wrong
with the expression, empty if nothing is. A line that takes more than LIMIT_S seconds of processor time ends the process
by a signal, even inside of the jq library, and even if no process is left that waits for the answer. Windows has no
such signal: there a thread of `faulthandler`, which needs no lock of Python, ends the process after LIMIT_S seconds.
"""

import faulthandler
import json
import os
import signal
import sys
from functools import cache
from typing import Any, TextIO

TRUE = ord("1")
"""The byte that is written for a line for which the expression is true."""
_signal: Any = signal
_EXIT_CODE_OF_FAULTHANDLER = 1


def main() -> None:
    """Evaluate until the input ends."""
    import jq  # noqa: PLC0415 - an extra; this module is also loaded to know its protocol

    limit_s, expression = float(sys.argv[1]), sys.argv[2]
    _limit(limit_s)
    try:
        program = jq.compile(expression)
    except ValueError as error:
        _write(json.dumps(str(error).strip()).encode() + b"\n")
        return
    _unlimit()
    _write(b'""\n')
    for line in sys.stdin.buffer:
        _limit(limit_s)
        answer = b"1" if _is_true(program, line) else b"0"
        _unlimit()
        _write(answer)


def exceeded_limit(exit_code: int) -> bool:
    """Return whether a process with this exit code has ended because a line took too long."""
    return exit_code == (-_signal.SIGPROF if hasattr(_signal, "SIGPROF") else _EXIT_CODE_OF_FAULTHANDLER)


def _is_true(program: Any, line: bytes) -> bool:
    """Return whether the expression is true for a line: has any value but null and false; 0 and "" are true in jq."""
    try:
        return any(
            value is not None and value is not False for value in program.input_text(line.decode("utf-8", "replace"))
        )
    except ValueError:
        return False


def _limit(seconds: float) -> None:
    """Let the process end once it has used `seconds` more of processor time; on Windows, of time."""
    if hasattr(_signal, "setitimer"):
        _signal.setitimer(_signal.ITIMER_PROF, seconds)
    else:
        faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere())


@cache
def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")


def _unlimit() -> None:
    """Let the process wait for the next line."""
    if not hasattr(_signal, "setitimer"):
        faulthandler.cancel_dump_traceback_later()


def _write(data: bytes) -> None:
    os.write(sys.stdout.fileno(), data)


if __name__ == "__main__":
    main()
