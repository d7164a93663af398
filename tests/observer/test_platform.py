"""What not every system has: without it, the same is done in another way, or said to be impossible.

Tests observer.platform.files, observer.platform.file_limits, observer.platform.process_info, observer.platform.pipes
and observer.platform.interrupts.
"""

import os
import resource
import select
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest

from observer.platform import file_limits, files, interrupts, pipes, process_info
from tests.helpers import LIMIT_S, wait_until

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not have it at all")


def test_many_threads_read_one_descriptor_at_their_own_offsets_without_pread(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 1000)
    with path.open("rb") as file, ThreadPoolExecutor(8) as threads:
        offsets = range(0, 256_000, 97)
        read = list(threads.map(lambda offset: files._read_at(file.fileno(), 3, offset), offsets))
        assert read == [os.pread(file.fileno(), 3, offset) for offset in offsets]
        assert files._read_at(file.fileno(), 10, 256_000) == b""


def test_the_machine_has_the_name_that_writers_state(monkeypatch: pytest.MonkeyPatch) -> None:
    assert process_info.host_name() == socket.gethostname()
    monkeypatch.delattr(os, "uname", raising=False)
    assert process_info.host_name() == socket.gethostname()


def test_a_user_without_a_home_directory_has_the_root_as_in_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda _: "/home/anna")
    assert files.home_directory() == Path("/home/anna")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # the system does not know the user
    assert files.home_directory() == Path("/")


def test_data_is_written_at_an_offset_without_pwrite(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "file", files.WRITE_FLAGS | os.O_CREAT)
    assert files._write_at(descriptor, b"world", 6) == 5
    assert files._write_at(descriptor, memoryview(b"hello "), 0) == 6
    os.close(descriptor)
    assert (tmp_path / "file").read_bytes() == b"hello world"


def test_the_limit_of_open_files_is_raised_to_what_macos_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [256, resource.RLIM_INFINITY]

    def change(_which: int, wanted: tuple[int, int]) -> None:
        if not 0 <= wanted[0] <= 10240:
            raise ValueError("current limit exceeds maximum limit")
        limits[:] = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda _which: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", change)
    assert file_limits.raise_open_file_limit() == 10240
    assert limits == [10240, resource.RLIM_INFINITY]


def test_any_number_of_files_may_be_open_where_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, _wanted: None)
    assert file_limits.raise_open_file_limit() == sys.maxsize


def test_a_system_without_resource_limits_has_a_number_of_files_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert file_limits.raise_open_file_limit() > 1000


def test_a_system_without_locks_of_flock_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(files, "fcntl", None)
    with (tmp_path / "file").open("w") as file:
        files.lock_exclusively(file.fileno())
        pipes.enlarge_pipe(file.fileno())


def test_what_is_no_pipe_is_not_enlarged(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        pipes.enlarge_pipe(file.fileno())


def test_a_reader_that_is_gone_is_noticed_on_a_pipe_and_on_a_socket() -> None:
    reader, writer = os.pipe()
    mine, other = socket.socketpair()
    with mine:
        assert not pipes.is_reader_gone(writer)
        assert not pipes.is_reader_gone(mine.fileno())
        os.close(reader)
        other.close()
        assert pipes.is_reader_gone(writer)
        assert pipes.is_reader_gone(mine.fileno())
    os.close(writer)


def test_output_is_waited_for_until_something_else_wakes_it_up() -> None:
    reader, writer = os.pipe()
    wakeup, waker = os.pipe()
    assert pipes.wait_for_output(writer, wakeup)
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(1 << 16))
    os.write(waker, b"x")
    assert not pipes.wait_for_output(writer, wakeup)
    for descriptor in (reader, writer, wakeup, waker):
        os.close(descriptor)


def test_what_cannot_be_polled_is_neither_gone_nor_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll")
    assert not pipes.is_reader_gone(1)
    assert pipes.wait_for_output(1, None)
    assert interrupts.open_wakeup_pipe() is None


@on_linux
def test_there_is_no_second_descriptor_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*_: object) -> int:
        raise FileNotFoundError

    reader, writer = os.pipe()
    again = pipes.open_again(writer)
    assert again is not None
    assert not os.get_blocking(again)
    monkeypatch.setattr(os, "open", not_found)
    assert pipes.open_again(writer) is None
    for descriptor in (reader, writer, again):
        os.close(descriptor)


@on_linux
def test_waiting_for_a_processor_adds_up() -> None:
    wait = process_info.ProcessorWait()
    before = wait.seconds()
    assert 0 <= before <= wait.seconds()
    wait.close()
    wait.close()
    assert wait.seconds() == 0


def test_where_the_system_does_not_tell_nothing_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found(*_: object) -> int:
        raise FileNotFoundError

    monkeypatch.setattr(os, "open", not_found)
    assert process_info.ProcessorWait().seconds() == 0


def test_a_process_has_its_priority_where_it_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "nice")
    before = os.getpriority(os.PRIO_PROCESS, 0)
    process_info.lower_priority(10)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_without_job_control_nobody_knows_whose_the_terminal_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "file").open("wb") as file:
        assert interrupts.has_terminal(file.fileno()) is None
    monkeypatch.delattr(os, "tcgetpgrp")
    assert interrupts.has_terminal(0) is None


def test_an_alarm_rings_in_a_thread_where_there_is_no_such_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer")
    rung: list[threading.Thread] = []
    alarm = interrupts.Alarm(lambda: rung.append(threading.current_thread()))
    alarm.set(LIMIT_S * 10)
    alarm.set(0.01)
    wait_until(lambda: rung, "the alarm")
    assert rung[0] is not threading.main_thread()


@pytest.mark.parametrize("with_pthread_kill", [True, False])
def test_the_main_thread_is_interrupted_from_another_one(
    monkeypatch: pytest.MonkeyPatch, *, with_pthread_kill: bool
) -> None:
    received: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = signal.signal(signal.SIGTERM, handle)
    try:
        if not with_pthread_kill:
            monkeypatch.delattr(signal, "pthread_kill")
        thread = threading.Thread(target=interrupts.interrupt_main_thread, args=[signal.SIGTERM])
        thread.start()
        wait_until(lambda: received, "the signal")
        thread.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [signal.SIGTERM]


def test_open_descriptors_are_counted() -> None:
    before = file_limits.count_open_files(1000)
    with Path(__file__).open("rb"):
        assert file_limits.count_open_files(1000) == before + 1


def test_what_can_be_read_without_waiting_is_told_where_the_system_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"just written")
    with path.open("rb") as file:
        if hasattr(os, "RWF_NOWAIT") and files.is_in_memory(file.fileno(), 0):
            assert not files.is_in_memory(file.fileno(), 100)
        monkeypatch.delattr(os, "preadv", raising=False)
        assert not files.is_in_memory(file.fileno(), 0)


@pytest.mark.parametrize("pid", [0, -1, -os.getpgrp(), 2**31, 99_999_999_999, 2**80])
def test_a_number_that_is_not_the_id_of_one_process_is_of_none(pid: int) -> None:
    assert process_info.is_process_running(pid, started_at=None, started_before=None) is False
    assert process_info.is_process_running(os.getpid(), started_at=None, started_before=None) is True
