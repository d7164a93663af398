"""jq expressions as predicates over lines, evaluated where they can be ended. Tests observer.runs.jq_worker."""

import gc
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from observer.errors import UsageError
from observer.runs.jq_process import JqProcess, jq_predicate
from tests import warm
from tests.helpers import LIMIT_S, append, event, is_running, wait_until

LOOP = "def f: f; f"
LINES = [event("tool_use", name=name, duration=number)[:-1] for number, name in enumerate(["Bash", "Read", "Bash"])]


def matches(expression: str, lines: list[bytes]) -> list[bool]:
    return jq_predicate(expression)(lines)


def test_it_tells_of_each_line_whether_the_expression_is_true() -> None:
    assert matches('.data.name == "Bash"', LINES) == [True, False, True]
    assert matches(".data.duration > 1", LINES) == [False, False, True]
    assert matches("true", []) == []


@pytest.mark.parametrize("expression", [".data.duration", ".data.name", "0", '""', "[]", "false, 1"])
def test_all_values_but_false_and_null_are_true_as_in_jq(expression: str) -> None:
    assert matches(expression, LINES) == [True] * 3


@pytest.mark.parametrize("expression", [".data.nothing", "false", "empty", ".data.name + 1"])
def test_no_value_and_an_error_are_not(expression: str) -> None:
    assert matches(expression, LINES) == [False] * 3


def test_threads_can_share_it() -> None:
    matches = jq_predicate(".a > 500")
    lines = [b'{"a":%d}' % number for number in range(2000)]
    parts = [lines[:800], lines[300:1500], lines[1000:], lines[:10]] * 3
    with ThreadPoolExecutor(4) as pool:
        for part, answer in zip(parts, pool.map(matches, parts), strict=True):
            assert answer == [int(line[5:-1]) > 500 for line in part]


def test_a_line_that_is_not_json_does_not_match() -> None:
    assert matches("true", [b"{", b"", b"\xff", b"{}"]) == [False, False, False, True]


def test_lines_that_are_longer_than_a_pipe_are_read_in_any_number() -> None:
    sizes = [1, 1 << 20, 10, 40_000, 40_000, *[100] * 5000]
    lines = [b'{"text":"%s"}' % (b"x" * size) for size in sizes]
    assert matches("(.text | length) > 99", lines) == [size > 99 for size in sizes]


def test_an_invalid_expression_is_refused_with_its_error() -> None:
    with pytest.raises(UsageError, match=r"invalid value for --where: not a valid jq expression: .*syntax error"):
        jq_predicate(".[")


def test_where_no_signal_limits_time_a_line_is_limited_and_the_wait_for_one_is_not() -> None:
    """As on Windows, which has no `setitimer`."""
    worker = "import signal; del signal.setitimer, signal.SIGPROF; from observer.runs import jq_worker; "
    ends = "jq_worker.main() or sys.exit(3)"
    expression = f"if .loop then ({LOOP}) else true end"
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; {worker}{ends}", "0.2", expression],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b'""\n'
        for _ in range(2):
            time.sleep(0.3)
            process.stdin.write(b"{}\n")
            assert process.stdout.read(1) == b"1"
        process.stdin.write(b'{"loop":true}\n')
        assert process.stdout.read(1) == b""
        assert process.wait(LIMIT_S) == 1


def test_an_expression_that_loops_forever_is_ended_for_the_first_line() -> None:
    holds = jq_predicate(LOOP, limit_s=0.2)
    with pytest.raises(UsageError, match=r"the jq expression takes more than 0\.2 s for one line; simplify it"):
        holds(LINES)


def test_the_limit_is_for_each_line_and_not_for_all() -> None:
    holds = jq_predicate("[range(3000)] | add > 0", limit_s=0.2)
    began = time.process_time()
    while time.process_time() - began < 0.01 or psutil.Process().children() == []:
        assert holds(LINES) == [True] * 3
    (process,) = (child for child in psutil.Process().children() if "jq_worker" in " ".join(child.cmdline()))
    wait_until(lambda: holds(LINES) and process.cpu_times().user > 0.4, "a sum of times that is above the limit")


def test_what_is_called_while_it_waits_may_end_it() -> None:
    class Stop(Exception): ...

    def check() -> None:
        if waiting:
            raise Stop

    waiting: list[bool] = []
    holds = jq_predicate(LOOP, check)
    waiting.append(True)
    with pytest.raises(Stop):
        holds(LINES)


def test_the_process_ends_with_the_predicate() -> None:
    process = JqProcess("true", lambda: None, 1.0)
    started = process._process
    del process
    gc.collect()
    assert started.returncode == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("options", [[], ["--no-follow"]])
def test_a_signal_ends_a_command_whose_expression_loops_forever(
    tmp_path: Path, options: list[str], number: signal.Signals
) -> None:
    append(tmp_path / "run.ndjson", b"".join(line + b"\n" for line in LINES))
    command = [sys.executable, "-m", "observer", "tail", str(tmp_path / "run.ndjson"), "--where", LOOP, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        worker = wait_until(lambda: psutil.Process(process.pid).children(), "the process that evaluates")[0]
        wait_until(lambda: worker.cpu_times().user > 0.3, "the loop")
        process.send_signal(number)
        assert process.communicate(timeout=LIMIT_S) == (b"", b"observe: no event matched --where\n")
    assert process.returncode == 128 + number
    wait_until(lambda: not is_running(worker.pid), "the end of the process that evaluates")


def test_a_command_ends_by_itself_with_one_sentence(tmp_path: Path) -> None:
    append(tmp_path / "run.ndjson", LINES[0] + b"\n")
    command = [str(tmp_path / "run.ndjson"), "--where", LOOP]
    with warm.start("observer", "tail", *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        worker = wait_until(lambda: psutil.Process(process.pid).children(), "the process that evaluates")[0]
        wait_until(lambda: worker.cmdline()[-2:] == ["5.0", LOOP], "its limit, which would take 5 s to reach")
        worker.send_signal(signal.SIGPROF)  # with which it ends there
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (2, b"")
    assert err == (
        b"observe: invalid value for --where: the jq expression takes more than 5 s for one line; simplify it\n"
    )


def test_the_process_ends_by_itself_when_its_program_was_killed(tmp_path: Path) -> None:
    code = f"""
import os, sys
from observer.runs.jq_process import JqProcess
process = JqProcess({LOOP!r}, lambda: None, 1.0)
print(process._process.pid, flush=True)
process.matches([b"{{}}"])
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        worker = psutil.Process(int(program.stdout.readline()))
        wait_until(lambda: worker.cpu_times().user > 0.1, "the loop")
        os.kill(program.pid, signal.SIGKILL)
    wait_until(lambda: not is_running(worker.pid), "its end")
