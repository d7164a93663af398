"""Tells when the feature list may have changed: at once where the system says that a writer has closed it.

A verification refutes a feature by a change that its session may take back soon. Whoever waits for more changes before
reading, as watchfiles does, misses that.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

from watchfiles import Change, awatch

from agent.harness.features import FEATURE_LIST
from agent.platform import open_inotify

_DEBOUNCE_MS = 100
"""A write to a file that stays open may go on: the list is read after this time."""


async def list_changes(directory: Path, *, polling: bool | None) -> AsyncGenerator[None]:
    """Yield whenever the list in `directory` may have changed. Raises OSError or RuntimeError if that cannot be told.

    With `polling`, the directory is looked at regularly.
    """
    if polling or (inotify := open_inotify()) is None:
        async for _ in awatch(
            directory, watch_filter=_is_feature_list, recursive=False, debounce=_DEBOUNCE_MS, force_polling=polling
        ):
            yield
        return
    from inotify_simple import flags  # noqa: PLC0415 - not on every system

    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        for event in inotify.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW or event.name == FEATURE_LIST:
                if event.mask & flags.MODIFY:
                    loop.call_later(_DEBOUNCE_MS / 1000, changed.set)
                else:
                    changed.set()

    try:
        inotify.add_watch(
            directory, flags.CLOSE_WRITE | flags.MODIFY | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE
        )
        loop.add_reader(inotify.fileno(), read)
        while True:
            await changed.wait()
            changed.clear()
            yield
    finally:
        loop.remove_reader(inotify.fileno())
        inotify.close()


def _is_feature_list(_change: Change, path: str) -> bool:
    return os.path.basename(path) == FEATURE_LIST
