"""Fixtures of the observer's tests."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from observing import Observe


@pytest.fixture
def observe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Observe]]:
    started: list[Observe] = []

    def start(*arguments: str | Path, env: dict[str, str] | None = None, stdin: int | None = None) -> Observe:
        folder = tmp_path_factory.mktemp("observe")
        started.append(Observe(folder, *map(str, arguments), env=env or {}, stdin=stdin))
        return started[-1]

    yield start
    for one in started:
        with suppress(ProcessLookupError):
            one.process.kill()
        one.process.wait()
