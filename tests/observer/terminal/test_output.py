"""Unbuffered output to a descriptor."""

import fcntl
import os
import sys
import threading

import pytest

from observer.errors import UnwritableError
from observer.terminal.output import OutputStream


def test_everything_is_written_to_a_slow_reader_of_a_non_blocking_pipe() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    data = os.urandom(1 << 20)
    received = bytearray()

    def read() -> None:
        while chunk := os.read(reader, 1 << 14):
            received.extend(chunk)

    thread = threading.Thread(target=read)
    thread.start()
    OutputStream(writer).write(data)
    os.close(writer)
    thread.join()
    os.close(reader)

    assert received == data


@pytest.mark.skipif(sys.platform != "linux", reason="the size of pipes is fixed")
def test_a_pipe_that_is_full_becomes_larger_before_anything_waits() -> None:
    reader, writer = os.pipe()
    out = OutputStream(writer)
    out.write(bytes(1000))
    assert fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ) == 1 << 16
    out.write(bytes(200_000))
    assert fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ) == 1 << 20
    os.close(writer)
    os.close(reader)


def test_a_closed_pipe_is_noticed_with_and_without_writing() -> None:
    reader, writer = os.pipe()
    out = OutputStream(writer)
    out.check()
    os.close(reader)

    with pytest.raises(BrokenPipeError):
        out.check()
    with pytest.raises(BrokenPipeError):
        out.write(b"x")
    os.close(writer)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /dev/full")
def test_a_full_disk_is_an_error_and_nothing_is_written_after_it() -> None:
    with open("/dev/full", "wb", buffering=0) as file:
        out = OutputStream(file.fileno())
        with pytest.raises(UnwritableError, match="cannot write the output: No space left on device"):
            out.write(b"x")
        out.write(b"x")
