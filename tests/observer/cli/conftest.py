"""Fixtures of the tests of the commands."""

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from observer.cli.app import app

_CAPABILITIES_VERSION = 0x20080522
_READ_ALL = 0b110
"""The capabilities CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""


class Finished(NamedTuple):
    """A command that ran in this process."""

    code: int
    out: bytes
    err: str


@pytest.fixture
def run_command(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Finished]:
    """Run `observe` in this process, which takes milliseconds; it must end by itself and not follow a file."""

    def run(*arguments: str | Path, stdin: Path | None = None) -> Finished:
        saved = os.dup(0)
        if stdin is not None:
            with stdin.open("rb") as file:
                os.dup2(file.fileno(), 0)
        try:
            with pytest.raises(SystemExit) as ended:
                app([*map(str, arguments)], prog_name="observe")
        finally:
            os.dup2(saved, 0)
            os.close(saved)
        out, err = capfdbinary.readouterr()
        assert isinstance(ended.value.code, int)
        return Finished(ended.value.code, out, err.decode())

    return run


@pytest.fixture
def modes_count() -> Iterator[None]:
    """The modes of files count for this process too if it is root's, on Linux."""
    if os.geteuid() != 0 or sys.platform != "linux":
        yield
        return
    libc, header = ctypes.CDLL(None, use_errno=True), struct.pack("=Ii", _CAPABILITIES_VERSION, 0)
    before = ctypes.create_string_buffer(24)
    assert libc.capget(header, before) == 0
    effective, *others = struct.unpack("=6I", before.raw)
    assert libc.capset(header, struct.pack("=6I", effective & ~_READ_ALL, *others)) == 0
    yield
    assert libc.capset(header, before.raw) == 0
