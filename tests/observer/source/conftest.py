"""How the sources of these tests are told of changes."""

import errno
import os

import pytest

from observer.source.inotify import FileEvents


@pytest.fixture
def directories_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only events of directories come, as on a system that tells of no open files, or where a user has too many."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(FileEvents, "__init__", refuse)


@pytest.fixture(params=["open files", "directories alone"])
def told_either_way(request: pytest.FixtureRequest) -> None:
    """Whether the system tells of open files at once."""
    if request.param == "directories alone":
        request.getfixturevalue("directories_alone")
