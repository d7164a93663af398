"""A command that is forked from a warm process (tests.warm) is like one that Python starts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import LIMIT_S, append, wait_until
from tests.observer.observing import START, SUCCESS
from tests.warm import run, start


@pytest.mark.parametrize(
    "arguments", [["--version"], ["show", "a.ndjson"], ["show", "none.ndjson"], ["tail", "--nonsense"], []]
)
def test_it_prints_and_returns_the_same(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "a.ndjson").write_bytes(START + SUCCESS)
    cold = subprocess.run(
        [sys.executable, "-m", "observer", *arguments], cwd=tmp_path, capture_output=True, timeout=LIMIT_S, check=False
    )
    warm = run("observer", *arguments, cwd=tmp_path, timeout=LIMIT_S)

    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_it_has_the_streams_and_the_environment_that_it_is_started_with(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        command = start(
            "observer", "tail", "--stall-after", "1e9", "-",
            stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "RUNTAIL_OUTPUT": "json"}, text=True,
        )  # fmt: skip
    command.communicate(START.decode() + SUCCESS.decode(), LIMIT_S)

    assert command.returncode == 0
    assert (tmp_path / "out").read_bytes() == START + SUCCESS


def test_it_is_a_process_that_can_be_signalled_and_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(START)
    with start(
        "observer", "tail", "-o", "json", "--stall-after", "1e9", "-F", tmp_path / "a.ndjson",
        stdout=subprocess.PIPE, process_group=0,
    ) as command:  # fmt: skip
        assert command.stdout is not None
        assert command.stdout.readline() == START
        assert os.getpgid(command.pid) == command.pid
        assert command.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(timeout=0)
        append(tmp_path / "a.ndjson", SUCCESS)
        assert command.stdout.readline() == SUCCESS
        command.kill()
        assert command.wait(LIMIT_S) == -signal.SIGKILL
    wait_until(lambda: not Path(f"/proc/{command.pid}").exists())


@pytest.mark.parametrize("cold", [False, True])
def test_a_block_that_an_error_leaves_does_not_leave_it_alive(tmp_path: Path, *, cold: bool) -> None:
    with pytest.raises(ValueError, match="in vain"), start("observer", "wait", tmp_path / "none", cold=cold) as command:
        raise ValueError("waited in vain")
    assert command.returncode == -signal.SIGKILL
