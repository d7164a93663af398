"""Fixtures of the tests against real servers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.observer.nats.servers import Server, cluster_of, ended


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that is ready."""
    with ended([Server(tmp_path / "nats")]) as (one,):
        yield one.start()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers, not started yet: `servers(config="...", scheme="tls")`."""
    with ended([]) as made:

        def make(**how: str) -> Server:
            made.append(Server(tmp_path / f"nats{len(made)}", **how))
            return made[-1]

        yield make


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[Server]]:
    """Three servers that are one cluster."""
    with ended(cluster_of(3, tmp_path)) as three:
        yield three
