"""A run file that several readers read."""

import errno
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from observer.errors import UnreadableError
from observer.runs.window.shared_file import SharedFile
from observer.source import file_reader
from tests.helpers import line
from tests.observer.web.asking import run_of


def test_the_generation_is_known_from_the_moment_a_file_is_opened(tmp_path: Path) -> None:
    path = run_of(tmp_path, line(1, "run_start"))
    file = SharedFile(path)
    path.write_bytes(b"")
    assert file.generation


@pytest.mark.parametrize("number", range(4))
def test_a_failing_disk_makes_one_file_unreadable_whichever_call_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def failing(call: Callable[..., Any]) -> Callable[..., Any]:
        def fail(*arguments: Any) -> Any:
            if next(calls) >= number:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return call(*arguments)

        return fail

    path = run_of(tmp_path, line(1, "run_start"))
    opened = SharedFile(path)
    calls = count()
    monkeypatch.setattr(file_reader, "read_at", failing(file_reader.read_at))
    with pytest.raises(UnreadableError):
        SharedFile(path)
    calls = count(number)
    with pytest.raises(UnreadableError):
        opened.read_new()


def test_a_file_that_was_closed_meanwhile_is_unreadable(tmp_path: Path) -> None:
    file = SharedFile(run_of(tmp_path, line(1, "run_start"))).acquire()
    file.release()
    for read in (file.read_new, file.settled_stamp, file.was_rewritten, lambda: file.size, lambda: file.read(1, 0)):
        with pytest.raises(UnreadableError):
            read()
