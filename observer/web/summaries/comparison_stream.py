"""A comparison of two runs, which says how far it is while it reads them, and ends when its client does."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack

import msgspec
from aiofiles.os import wrap
from msgspec import Struct
from msgspec.structs import replace

from observer.errors import UnreadableError
from observer.format.json import encode
from observer.runs.compare_runs import RunComparer
from observer.runs.comparison.comparison_table import ComparisonTable, compare_rows
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.source.snapshot import Snapshot
from observer.web.errors import UNREADABLE, HTTPError
from observer.web.responses import sse
from observer.web.run_directory import RunDirectory
from observer.web.search_pool import ClientSearches

_STEP_S = 0.25
"""Seconds that are read between two messages about the progress."""


class ComparisonProgress(Struct, frozen=True):
    """How far a comparison is: the bytes of both runs, and how many of them were read."""

    bytes: int
    passed_bytes: int


async def compare_runs(
    directory: RunDirectory, names: tuple[str, str], searches: ClientSearches, stall_after_s: float
) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events: `progress` now and then, the `comparison` as a table, and `done`.

    Raises HTTPError if there is no such run, and UnreadableError if one cannot be read.
    """
    with ExitStack() as stack:
        files = [stack.enter_context((await wrap(directory.open)(name)).in_use()) for name in names]
        opened = await wrap(_open)(directory, names, files)
        for snapshot in opened:
            stack.callback(snapshot.close)
        comparer, size = RunComparer(*opened), sum(snapshot.size for snapshot in opened)
        is_reading = True
        while is_reading:
            yield _message("progress", ComparisonProgress(size, comparer.read_bytes))
            is_reading = await searches.run(_Reading(comparer))
        table = await searches.run(_comparing(comparer, stall_after_s))
        yield _message("comparison", replace(table, names=names))
        yield _message("done", None)


def _open(directory: RunDirectory, names: tuple[str, str], files: list[SharedFile]) -> tuple[Snapshot, Snapshot]:
    """Return snapshots of runs that are open as `files`. Blocking. Raises HTTPError."""
    try:
        first, second = (Snapshot(directory.path_of(name)) for name in names)
    except UnreadableError:  # its message has the path
        raise UNREADABLE from None
    if not all(file.is_in_place() for file in files):  # perhaps there is a link, which is not followed
        raise HTTPError(503, "a run file was replaced while it was opened; try again")
    return first, second


class _Reading(Struct, frozen=True):
    """Reads both runs for a moment, and returns whether there is more. Blocking."""

    comparer: RunComparer

    def __call__(self, is_cancelled: IsCancelled) -> bool:
        deadline = time.monotonic() + _STEP_S
        while time.monotonic() < deadline:
            if is_cancelled():
                raise UnreadableError("the comparison was cancelled")
            if not self.comparer.read_on():
                return False
        return True


def _comparing(comparer: RunComparer, stall_after_s: float) -> Callable[[IsCancelled], ComparisonTable]:
    return lambda _: compare_rows(comparer.compare(time.time(), stall_after_s=stall_after_s))


def _message(name: str, content: object) -> bytes:
    return sse.named_message(name, encode(msgspec.to_builtins(content)))
