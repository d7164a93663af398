"""Fixtures of the observer's tests."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from observing import Observe


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Viewers that other tests have started do not count: in a crowd nobody waits for change events."""
    monkeypatch.setattr("observer.wake.Crowd.count", lambda _crowd, _believed_s: 1)


@pytest.fixture
def observe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Observe]]:
    started: list[Observe] = []

    def start(*arguments: str | Path, **how: Any) -> Observe:
        started.append(Observe(tmp_path_factory.mktemp("observe"), *map(str, arguments), **how))
        return started[-1]

    yield start
    for one in started:
        with suppress(ProcessLookupError):
            one.process.kill()
        one.process.wait()
