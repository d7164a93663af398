"""Addresses become local runs by the mirrors that the caller hands in, and messages name their addresses.

Tests `observer.source.snapshot` too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from observer.errors import UnreadableError
from observer.source.items import Follow
from observer.source.locate import DisplayNames
from observer.source.mirror import CopyRequest, LocalRun, Mirrors, local_run, local_runs
from observer.source.open_source import open_source
from observer.source.snapshot import Snapshot

DIRECTORY = Path("/tmp/copies")


class Recorder:
    """A mirror that copies nothing and remembers what it was asked for."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.requests: list[CopyRequest] = []

    @contextmanager
    def copy(self, address: str, request: CopyRequest) -> Iterator[LocalRun]:
        run = address.rpartition("/")[2]
        self.open.append(address)
        self.requests.append(request)
        directory = DIRECTORY / run
        try:
            yield LocalRun(
                f"{directory}/{run}.ndjson", DisplayNames({directory: lambda name: f"far://hub/{name[:-7]}"})
            )
        finally:
            self.open.remove(address)


def test_an_address_is_copied_by_the_mirror_of_its_scheme_while_the_block_lasts() -> None:
    mirror, request = Recorder(), CopyRequest(follow=Follow.FILE)
    with local_run("FAR://hub/a", request, Mirrors({"far://": mirror.copy})) as local:
        assert local.name == "/tmp/copies/a/a.ndjson"
        assert local.display_names(Path(local.name)) == "far://hub/a"
        assert (mirror.open, mirror.requests) == (["FAR://hub/a"], [request])
    assert mirror.open == []


@pytest.mark.parametrize("name", ["latest", "runs/a.ndjson", "other://hub/a", "://a", "far:/a"])
def test_a_name_without_a_mirror_stands_for_itself(name: str) -> None:
    mirrors = Mirrors({"far://": Recorder().copy})
    with local_run(name, CopyRequest(), mirrors) as local:
        assert local == LocalRun(name)


def test_several_runs_keep_their_own_names_in_messages() -> None:
    mirror = Recorder()
    names = ["far://hub/a", "b.ndjson", "far://hub/c"]
    with local_runs(names, CopyRequest(), Mirrors({"far://": mirror.copy})) as (local, display_names):
        assert local == ["/tmp/copies/a/a.ndjson", "b.ndjson", "/tmp/copies/c/c.ndjson"]
        assert [display_names(Path(name)) for name in local] == ["far://hub/a", "b.ndjson", "far://hub/c"]
        assert len(mirror.open) == 2
    assert mirror.open == []


async def test_messages_about_a_copy_name_its_address(tmp_path: Path) -> None:
    names = DisplayNames({tmp_path: lambda name: f"far://hub/{name}"})
    with pytest.raises(UnreadableError, match=r"^far://hub/a.ndjson "):
        Snapshot(tmp_path / "a.ndjson", names)
    source = open_source(tmp_path / "a.ndjson", follow=Follow.NOT, names=names)
    with pytest.raises(UnreadableError, match=r"^far://hub/a.ndjson "):
        async for _ in source.items():
            pass
