"""Changes of the feature list are told at once when a writer has closed it, and later while it is open."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from agent.harness import list_events
from agent.harness.features import FEATURE_LIST
from agent.harness.list_events import list_changes
from tests.helpers import wait_until_async

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has inotify")


@asynccontextmanager
async def counted(directory: Path) -> AsyncIterator[list[bytes]]:
    """Yield a list to which the contents of the file are added at each change, as soon as that is told."""
    seen: list[bytes] = []

    async def read_each() -> None:
        async with aclosing(list_changes(directory, polling=None)) as changes:
            async for _ in changes:
                seen.append((directory / FEATURE_LIST).read_bytes())  # noqa: PERF401 - seen while it is filled

    async with asyncio.TaskGroup() as group:
        task = group.create_task(read_each())
        while not seen:
            (directory / FEATURE_LIST).write_bytes(b"first")
            await asyncio.sleep(0.01)
        yield seen
        task.cancel()


@pytest.fixture
def patient_debounce(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes for which the watch waits for more are not told within a test."""
    monkeypatch.setattr(list_events, "_DEBOUNCE_MS", 3_600_000)


@pytest.mark.usefixtures("patient_debounce")
async def test_a_change_that_is_taken_back_when_it_has_been_read_is_seen(tmp_path: Path) -> None:
    async with counted(tmp_path) as seen:
        (tmp_path / FEATURE_LIST).write_bytes(b"refuted")
        await wait_until_async(lambda: seen[-1] == b"refuted")
        (tmp_path / FEATURE_LIST).write_bytes(b"passes")
        await wait_until_async(lambda: seen[-1] == b"passes")


@pytest.mark.usefixtures("patient_debounce")
async def test_a_list_that_is_renamed_into_place_is_told_at_once(tmp_path: Path) -> None:
    async with counted(tmp_path) as seen:
        (tmp_path / "new").write_bytes(b"renamed")
        (tmp_path / "new").replace(tmp_path / FEATURE_LIST)
        await wait_until_async(lambda: seen[-1] == b"renamed")


async def test_a_write_to_a_file_that_stays_open_is_told_too(tmp_path: Path) -> None:
    async with counted(tmp_path) as seen:
        with (tmp_path / FEATURE_LIST).open("wb", buffering=0) as file:
            file.write(b"open")
            await wait_until_async(lambda: seen[-1] == b"open")
