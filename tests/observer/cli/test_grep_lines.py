"""`observe tail --no-follow --type X -o json` on a file: the lines of some types, without decoding the others."""

import os
import time
import tracemalloc
from pathlib import Path
from socket import gethostname

import pytest

from observer.cli.grep_lines import grep_lines
from observer.runs.verdict import Verdict
from observer.source.seek import StartPosition
from tests.helpers import event


class Kept:
    """A sink that keeps how much was written, and how it ended."""

    def __init__(self) -> None:
        self.count = 0
        self.last = b""

    def write(self, data: bytes) -> None:
        self.count += len(data)
        self.last = data[-100:] or self.last

    def check(self) -> None: ...


LATE = event("tool_use", id="a", name="Bash", input={})


@pytest.mark.parametrize(
    ("begin", "length", "kept", "most"),
    [
        (b"x", 34_000_000, False, 2_000_000),  # too long to keep
        (b'{"type":"tool_use","data":{"x":"', 10_000_000, True, 13_000_000),
        (b'{"type":"thought","data":{"x":"', 10_000_000, False, 13_000_000),
    ],
)
def test_long_lines_take_no_more_memory_than_one_of_them(
    tmp_path: Path, begin: bytes, length: int, kept: bool, most: int
) -> None:
    path, line = tmp_path / "long.ndjson", begin + b" " * (length - len(begin) - 3) + b'"}}'
    path.write_bytes(2 * (line + b"\n") + LATE + event("complete", outcome="success"))
    del line
    out = Kept()
    tracemalloc.start()
    verdict = grep_lines(path, frozenset({"tool_use"}), StartPosition(), out, messages=Kept())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert verdict is Verdict.COMPLETE
    assert out.count == len(LATE) + (2 * (length + 1) if kept else 0)
    assert out.last.endswith(LATE[-50:])
    assert peak < most


@pytest.mark.parametrize("length", [10, 200_000])
def test_a_last_line_without_newline_counts_however_long_it_is(tmp_path: Path, length: int) -> None:
    path = tmp_path / "long.ndjson"
    path.write_bytes(LATE + b'{"type":"tool_use","data":{"x":"' + b"y" * length + b'"}}')
    out = Kept()
    grep_lines(path, frozenset({"tool_use"}), StartPosition(), out, messages=Kept())
    assert out.count == path.stat().st_size


def test_that_the_beginning_is_gone_is_said_beside_the_output(tmp_path: Path) -> None:
    path, out, messages = tmp_path / "cut.ndjson", Kept(), Kept()
    path.write_bytes(b'torn"}}\n' + LATE.replace(b'"seq":1,', b'"seq":771,') + event("complete", outcome="success"))

    grep_lines(path, frozenset({"tool_use"}), StartPosition(), out, messages=messages)

    assert b"known from event" not in out.last
    assert messages.last == b"observe: known from event 771 on; what came before is gone\n"


@pytest.mark.parametrize(("written_s", "verdict"), [(0, Verdict.WORKING), (60, Verdict.CRASHED)])
def test_a_process_that_cannot_be_seen_counts_only_when_nothing_was_written_for_a_while(
    tmp_path: Path, written_s: float, verdict: Verdict
) -> None:
    """Its writer has no lock and may run in a container with this machine's name; only its last lines are new."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(event("run_start", host=gethostname(), pid=2**22 - 1, pid_start=1, heartbeat_s=5.0) + LATE)
    os.utime(path, (time.time() - written_s,) * 2)
    assert grep_lines(path, frozenset({"tool_use"}), StartPosition(), Kept(), messages=Kept()) is verdict
