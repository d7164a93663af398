"""Follows `feature_list.json` while sessions write it: what passes is told, and what a session may not do is undone."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from watchfiles import Change, awatch

from agent.events import Error, Flip, Info, Progress
from agent.harness.features import FEATURE_LIST, FeatureList, FeatureListError, FeatureListMissing, held
from agent.harness.resume import LastBuild
from agent.runlog.runlog import RunLog

_DEBOUNCE_MS = 100
_HALF_WRITTEN_S = 0.2
"""A list that cannot be read is looked at again after so long before anything is said: it may be being written."""
_RESTART_S = 0.2
"""Pause before a watcher that died is started again; the list is looked at meanwhile all the same."""
_LARGEST = 16 * 1024 * 1024
_KIND = "feature_list"
_NAMED = 20
"""Features that an error names."""
_LISTED = 1000
"""Features of a list that is written to the run file whole; a longer one makes a line that nobody reads."""
_KEPT = "feature_list.kept.json"
"""The last good list, beside the claim, for a run that finds a broken one."""


class FeatureWatch:
    """The feature list of `project`: `features` is the last good one, None before there is one.

    While an initializer works, the list is its own to write. `fixed` afterwards: sessions may flip `passes`, and
    anything else that they do to it is undone with an `error` event.
    """

    def __init__(self, log: RunLog, project: Path, aside: Path) -> None:
        self._log = log
        self._path = project / FEATURE_LIST
        self._aside = aside
        self._looking = asyncio.Lock()
        self._seen: bytes | None = None
        self._complaint = ""
        self._listed: list[str] = []
        self.features: FeatureList | None = None
        self.fixed = False

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """While inside, every write to the list is noticed."""
        watch = asyncio.create_task(self._watch(), name="feature list watch")
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def look(self, *, tell: bool = False) -> None:
        """Read the list now. With `tell`, say how far it is even when nothing changed."""
        async with self._looking:
            if not await self._look() and tell and self.features is not None:
                await self._tell(self.features, self.features)

    async def begin(self, last: LastBuild | None) -> None:
        """Look for the first time, in a project where `last` built before.

        What a crash cut short is put right: a broken list becomes what it was last good, what a session may not do is
        undone, and a list whose initializer never came to its end is still an initializer's to write.
        """
        kept = await asyncio.to_thread(self._kept)
        if last is not None and last.crashed and kept is not None and self._path.exists():
            self.features, self.fixed = kept, True
        await self.look(tell=True)
        if self._complaint and kept is not None:
            async with self._looking:
                self.features, self.fixed = kept, True
                if await self._restore(kept):
                    self._complaint = ""
                    await self._log.emit(Info(message=f"{FEATURE_LIST} was put back as it was last good", kind=_KIND))
                await self._tell(kept, kept)
        begun = last is not None and last.iteration > 0  # else nobody of ours has written the list
        self.fixed = self.features is not None and (not begun or kept is not None)
        await self._keep()

    async def settle(self) -> None:
        """The session is over: a list that it left missing or broken is put back as it was last good."""
        await self.look(tell=True)
        async with self._looking:
            if self.fixed and self._complaint and self.features is not None and await self._restore(self.features):
                self._complaint = ""
                await self._log.emit(Info(message=f"{FEATURE_LIST} was put back as it was last good", kind=_KIND))

    async def accept(self) -> bool:
        """The initializer is done, and from now on the list is fixed. Returns False when there is no usable list.

        Nothing has been built yet, so whatever it marked as passing is marked as not passing.
        """
        await self.look()
        if self._complaint or self.features is None:
            return False
        self.fixed = True
        if self.features.passing:
            before, self.features = self.features, self.features.unbuilt()
            names = _some([flip.name for flip in self.features.flips_since(before)])
            await self._restore(self.features)
            said = f"the initializer marked features as passing that nobody has built; undone: {names}"
            await self._log.emit(Error(message=said, kind=_KIND))
            await self._tell(before, self.features)
        await self._keep()
        return True

    async def _keep(self) -> None:
        """Remember the list beside the claim, for a run to come."""
        if self.fixed and self.features is not None:
            with suppress(OSError):  # what is lost is only the way back from a broken list
                await asyncio.to_thread((self._aside / _KEPT).write_bytes, self.features.text)

    def _kept(self) -> FeatureList | None:
        try:
            return FeatureList.parse(_contents(self._aside / _KEPT))
        except FeatureListError:
            return None

    @property
    def complaint(self) -> str:
        """What is wrong with the file now; empty when it is good, or not there and not expected."""
        return self._complaint

    async def _look(self) -> bool:
        """Take in what the file says. Returns whether progress was told."""
        try:
            text, found = await self._read()
        except FeatureListError as error:
            return await self._complain(error)
        if text == self._seen and not self._complaint:
            return False
        self._seen, self._complaint = text, ""
        before = self.features
        if self.fixed and before is not None:
            kept = held(before, found)
            found = kept.features
            if kept.tampered:
                await self._restore(found)
                said = f"a session may only flip `passes` in {FEATURE_LIST}; undone: {_some(kept.tampered)}"
                await self._log.emit(Error(message=said, kind=_KIND))
        self.features = found
        await self._tell(before, found)
        await self._keep()
        return True

    async def _read(self) -> tuple[bytes, FeatureList]:
        try:
            text = await asyncio.to_thread(_contents, self._path)
            return text, FeatureList.parse(text)
        except FeatureListError:
            await asyncio.sleep(_HALF_WRITTEN_S)
        text = await asyncio.to_thread(_contents, self._path)
        return text, FeatureList.parse(text)

    async def _complain(self, wrong: FeatureListError) -> bool:
        if isinstance(wrong, FeatureListMissing) and self.features is None:
            return False
        told, self._complaint = bool(self._complaint), str(wrong)
        if told:
            return False
        count = f"; still counting {self.features.passing} of {len(self.features.features)}" if self.features else ""
        await self._log.emit(Error(message=f"{FEATURE_LIST} cannot be used: {wrong}{count}", kind=_KIND))
        return False

    async def _tell(self, before: FeatureList | None, now: FeatureList) -> None:
        changed = now.flips_since(before) if before else []
        names = [feature.name for feature in now.features]
        listed = None
        if names != self._listed and len(names) <= _LISTED:
            listed = [Flip(name=feature.name, passes=feature.passes) for feature in now.features]
        self._listed = names
        await self._log.emit(Progress(passing=now.passing, total=len(now.features), changed=changed, features=listed))

    async def _restore(self, features: FeatureList) -> bool:
        self._seen = features.text
        try:
            await asyncio.to_thread(self._replace, features.text)
        except OSError as error:
            said = f"{FEATURE_LIST} cannot be put right: {error.strerror}; the count goes on without it"
            await self._log.emit(Error(message=said, kind=_KIND))
            return False
        return True

    def _replace(self, text: bytes) -> None:
        aside = self._aside / FEATURE_LIST
        aside.write_bytes(text)
        aside.replace(self._path)

    async def _watch(self) -> None:
        polling: bool | None = None
        while True:
            try:
                async for _ in awatch(
                    self._path.parent, watch_filter=_is_list, recursive=False, debounce=_DEBOUNCE_MS,
                    force_polling=polling,
                ):  # fmt: skip
                    await self.look()
            except* (OSError, RuntimeError):  # no watcher left to be had, or a neighbour's name is not UTF-8
                polling = True
            await asyncio.sleep(_RESTART_S)
            await self.look()


def _some(names: Sequence[str]) -> str:
    """Names for a sentence, not more than can be read."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _is_list(_change: Change, path: str) -> bool:
    return os.path.basename(path) == FEATURE_LIST


def _contents(path: Path) -> bytes:
    """The text of the list. Never blocks, whatever a session put there. Raises FeatureListError."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise FeatureListMissing("it is gone") from None
    except OSError as error:
        raise FeatureListError(f"it cannot be opened ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise FeatureListError("it is not a regular file")
    with os.fdopen(fd, "rb") as file:
        text = file.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise FeatureListError("it is larger than 16 MiB")
    return text
