"""Fixtures of the tests of the commands."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from observer.cli.app import app


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
