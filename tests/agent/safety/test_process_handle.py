"""A signal reaches the process that is meant, or none."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import psutil
import pytest

from agent.platform import process_identity
from agent.safety import process_handle as module
from agent.safety.process_handle import open_process
from tests.helpers import LIMIT_S, wait_until

SLEEPER = "import time; time.sleep(600)"


@pytest.fixture(params=["pidfd", "identity"], autouse=True)
def _means(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what only Linux has, for half of the tests."""
    if request.param == "identity":
        monkeypatch.delattr(os, "pidfd_open")


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", SLEEPER]) as process:
        yield process
        process.kill()


def identity(process: "subprocess.Popen[bytes]") -> str:
    found = process_identity(process.pid)
    assert found is not None
    return found


def test_a_signal_reaches_the_process(process: "subprocess.Popen[bytes]") -> None:
    with open_process(process.pid, identity(process)) as handle:
        assert handle is not None
        assert handle.is_running()
        handle.send(signal.SIGTERM)
    assert process.wait(LIMIT_S) == -signal.SIGTERM


@pytest.mark.parametrize("pid", [0, -1, 2**80])
def test_a_number_that_is_not_a_process_is_none(pid: int) -> None:
    with open_process(pid, "x") as handle:
        assert handle is None


def test_a_later_process_with_the_same_id_is_not_the_one(process: "subprocess.Popen[bytes]") -> None:
    with open_process(process.pid, identity(process) + "0") as handle:
        assert handle is None


def test_a_process_that_has_ended_gets_no_signal(process: "subprocess.Popen[bytes]") -> None:
    with open_process(process.pid, identity(process)) as handle:
        assert handle is not None
        process.kill()
        process.wait()
        assert not handle.is_running()
        with pytest.raises(ProcessLookupError):
            handle.send(signal.SIGTERM)


def test_where_there_is_no_pidfd_a_later_process_gets_no_signal(
    process: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    with open_process(process.pid, identity(process)) as handle:
        assert handle is not None
        monkeypatch.setattr(module, "process_identity", lambda _pid: "a later process with that ID")
        with pytest.raises(ProcessLookupError):
            handle.send(signal.SIGKILL)
    assert process.poll() is None


def test_waiting_ends_with_the_process(process: "subprocess.Popen[bytes]") -> None:
    with open_process(process.pid, identity(process)) as handle:
        assert handle is not None
        waiter = threading.Thread(target=handle.wait)
        waiter.start()
        process.kill()
        waiter.join(LIMIT_S)
        assert not waiter.is_alive()


def test_a_signal_waits_for_an_earlier_one_of_its_kind(process: "subprocess.Popen[bytes]") -> None:
    """A stopped process gets both when it continues only if the second one was not sent before."""
    with open_process(process.pid, identity(process)) as handle:
        assert handle is not None
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED, "a stopped process")
        handle.send(signal.SIGINT)

        def send_again() -> None:
            with suppress(ProcessLookupError):  # the end of the test
                handle.send(signal.SIGINT)

        second = threading.Thread(target=send_again)
        second.start()
        wait_until(lambda: handle._is_pending(signal.SIGINT), "the first signal to be pending")
        assert second.is_alive()
        process.kill()
        second.join(LIMIT_S)
