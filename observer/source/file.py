"""Follows one run file: reads what is new, yields it, waits for a hint, reads again."""

import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from observer.source.file_reader import FileReader
from observer.source.followed_file import FollowedFile
from observer.source.items import Follow, Idle, Item, Lines, PartialLine, until_idle
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition


class FileSource:
    """Follows the file at `path` from `start` on; one that is read to its end and not followed needs no event loop."""

    def __init__(
        self,
        path: Path,
        *,
        start: StartPosition | None = None,
        follow: Follow = Follow.FILE,
        names: DisplayNames = PATH_NAMES,
    ) -> None:
        self._path = path
        self._follow = follow
        self._file = FollowedFile(path, start=start, follow=follow, names=names)

    async def items(self) -> AsyncGenerator[Item, None]:
        """Yield the lines of the file, now and as they are written; see `Source`. Raises as `FollowedFile.next`."""
        try:
            to_end = self._follow is Follow.NOT
            items = until_idle(lambda: self._file.next(lambda: None)) if to_end else self._watch(self._file)
            async with aclosing(items):
                async for item in items:
                    yield item
        finally:
            self._file.close()

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far, for when the writer is known to be gone."""
        return self._file.rest(origin)

    async def _watch(self, file: FollowedFile) -> AsyncGenerator[Item, None]:
        """Yield the items now and as the file changes."""
        from observer.source.watcher import Hint, Watcher  # noqa: PLC0415 - needs the event loop

        others = [self._path.parent] if file.is_newest and not os.path.islink(self._path) else []  # noqa: ASYNC240
        last_data = time.monotonic()
        hint = Hint.CHANGE
        attached: FileReader | None = None
        async with Watcher(self._path, directories=others) as watcher:
            while True:
                is_idle = False
                for item in await file.next(watcher.path_changed, just_written=bool(watcher.changed_names)):
                    yield item
                    is_idle = isinstance(item, Idle)
                    if isinstance(item, Lines):
                        last_data = time.monotonic()
                        if hint is Hint.TIMER:
                            watcher.timer_found_data()
                        hint = Hint.CHANGE
                if is_idle and file.ended:
                    return
                if is_idle:
                    if attached is not file.reader:
                        watcher.attach_instead(attached, file.reader, file.reader.real_path.name if file.reader else "")
                        attached = file.reader
                    hint = await watcher.wait(quiet_s=time.monotonic() - last_data)
                    for notice in watcher.take_warnings():
                        yield notice
