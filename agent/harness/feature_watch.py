"""Follows `feature_list.json` during a build: reports progress, undoes what a session may not change, keeps edits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

from agent.events import Error, Flip, Info, Progress
from agent.harness.claims import Author
from agent.harness.features import (
    FEATURE_LIST,
    FeatureList,
    FeatureListError,
    FeatureListMissing,
    edits_between,
    enforce_rules,
)
from agent.harness.list_events import list_changes
from agent.harness.list_files import ListFiles
from agent.harness.resume import LastBuild
from agent.runlog.runlog import RunLog
from agent.safety.agent_dir import AGENT_DIR

_RETRY_S = 0.2
"""An invalid list is read again after this time before an error is reported: a write may be in progress."""
_RESTART_S = 0.2
"""Pause before a failed watcher is started again; the list is read after it in any case."""
_CRASH_NS = 60_000_000_000
"""The time after the last line of a killed run in which its session may still have changed the list."""
_KIND = "feature_list"
_EDITED = "feature_list_edited"
_MAX_NAMES = 20
"""Features that an error names."""
_MAX_LISTED = 1000
"""A longer list is not written to the run file in full, as its line would be of no use."""


async def _ignore_flips(_flips: Sequence[Flip], _author: Author) -> None:
    pass


class FeatureWatch:
    """The feature list of `project`. `features` is the last valid one, None before there is one.

    While an initializer works, it may write anything. Once `fixed`, sessions may change `passes` and add features that
    do not pass; any other change is undone, kept in `agent_dir`, and recorded as an `error` event. What a person edits
    is kept and recorded as an `info` event: a change at a time (nanoseconds since 1970) for which `may_be_sessions`
    returns False. `on_flips` is awaited with the flips of each change, and who made it.
    """

    def __init__(
        self,
        log: RunLog,
        project: Path,
        agent_dir: Path,
        may_be_sessions: Callable[[int], bool] = lambda _time: True,
        on_flips: Callable[[Sequence[Flip], Author], Awaitable[None]] = _ignore_flips,
    ) -> None:
        self._log = log
        self._files = ListFiles(project, agent_dir)
        self._may_be_sessions = may_be_sessions
        self._on_flips = on_flips
        self._crashed_until_ns = 0
        self._lock = asyncio.Lock()
        self._last_text: bytes | None = None
        self._found: bytes | None = None
        """The contents of the file when it was read last, valid or not; None if there were none."""
        self._last_names: list[str] = []
        self._backup_failed = False
        self.features: FeatureList | None = None
        self.fixed = False
        self.may_pass = True
        """Whether sessions may let features pass; one that verifies may not."""
        self.problem = ""
        """The present problem of the file; empty if it is valid, or missing and not expected yet."""

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Within the block, every write to the list is noticed."""
        watch = asyncio.create_task(self._watch(), name="feature list watch")
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch

    async def read(self, *, report: bool = False) -> None:
        """Read the list now. With `report`, record the progress even if nothing changed."""
        async with self._lock:
            if not await self._update() and report and self.features is not None:
                await self._report(self.features, self.features)

    async def begin(self, last: LastBuild | None) -> None:
        """Read the list for the first time, in a project that `last` built before.

        Repairs what a crash left behind: an invalid list is replaced by the last valid one, and changes that a session
        may not make are undone, unless they were made later. A list whose initializer did not finish may still be
        written by the next one.
        """
        backup = await asyncio.to_thread(self._files.read_valid)
        if last is not None and last.crashed and backup is not None and self._files.path.exists():
            self.features, self.fixed = backup, True
            self._crashed_until_ns = last.last_write_ns + _CRASH_NS
        await self.read(report=True)
        self._crashed_until_ns = 0
        if self.problem and backup is not None:
            async with self._lock:
                self.features, self.fixed = backup, True
                await self._repair(backup)
                await self._report(backup, backup)
        session_began = last is not None and last.iteration > 0  # otherwise the list is the user's
        self.fixed = self.features is not None and (not session_began or backup is not None)
        await self._write_backup()

    async def settle(self) -> None:
        """Read the list after a session; if it is missing or invalid, replace it by the last valid one."""
        await self.read(report=True)
        async with self._lock:
            if self.fixed and self.problem and self.features is not None:
                await self._repair(self.features)

    async def accept(self) -> bool:
        """Fix the list that an initializer wrote. Returns False when there is no valid one.

        Nothing has been built yet, so features that it marked as passing are reset.
        """
        await self.read()
        if self.problem or self.features is None:
            return False
        self.fixed = True
        if self.features.passing:
            before, self.features = self.features, self.features.with_none_passing()
            names = _join([flip.name for flip in self.features.flips_since(before)])
            await self._restore(self.features)
            message = f"the initializer marked features as passing that have not been built; undone: {names}"
            await self._log.emit(Error(message=message, kind=_KIND))
            await self._report(before, self.features)
        await self._write_backup()
        return True

    async def _update(self) -> bool:
        """Process the contents of the file. Returns whether progress was reported."""
        try:
            text, written, changed_ns = await self._parse_file()
        except FeatureListError as error:
            await self._set_problem(error)
            return False
        if text == self._last_text and not self.problem:
            return False
        self._last_text, self.problem = text, ""
        before, self.features = self.features, written
        if self.fixed and before is not None:
            by_session = changed_ns <= self._crashed_until_ns or self._may_be_sessions(changed_ns)
            await (self._enforce_rules if by_session else self._keep_edits)(before, written)
            await self._on_flips(self.features.flips_since(before), "session" if by_session else "person")
        await self._report(before, self.features)
        await self._write_backup()
        return True

    async def _enforce_rules(self, before: FeatureList, written: FeatureList) -> None:
        """Undo what a session may not change. A new feature that does not pass is kept, whoever added it."""
        enforced = enforce_rules(before, written, may_pass=self.may_pass)
        self.features = enforced.features
        if enforced.undone:
            where = await self._keep_undone()
            await self._restore(self.features)
            allowed = "only change `passes`, and add features that do not pass,"
            if not self.may_pass:
                allowed = "only set `passes` to false"
            message = f"a session may {allowed} in {FEATURE_LIST}; undone: {_join(enforced.undone)}{where}"
            await self._log.emit(Error(message=message, kind=_KIND))
        if enforced.added:
            await self._record_edits(
                f"features that do not pass yet were added to {FEATURE_LIST}, and are kept", enforced.added
            )

    async def _keep_undone(self) -> str:
        """Keep the version that is undone, as it may be a person's. Returns where it is, for the end of a message."""
        if self._found is None:
            return ""
        try:
            path = await asyncio.to_thread(self._files.keep_undone, self._found)
        except OSError as error:
            return f"; the undone version could not be kept ({error.strerror})"
        return f"; the undone version is in {AGENT_DIR}/{path.name}"

    async def _keep_edits(self, before: FeatureList, written: FeatureList) -> None:
        """Record what a person changed, and let the next progress list all features."""
        if edits := edits_between(before, written):
            await self._record_edits(f"{FEATURE_LIST} was edited by a person, and is kept", edits)

    async def _record_edits(self, message: str, edits: Sequence[str]) -> None:
        await self._log.emit(Info(message=f"{message}: {_join(edits)}", kind=_EDITED))
        self._last_names = []

    async def _parse_file(self) -> tuple[bytes, FeatureList, int]:
        """Return the contents of the file, and the time of its last change in nanoseconds. Raises FeatureListError."""
        try:
            return await self._parse_once()
        except FeatureListError:
            await asyncio.sleep(_RETRY_S)
        return await self._parse_once()

    async def _parse_once(self) -> tuple[bytes, FeatureList, int]:
        self._found = None
        text, changed_ns = await asyncio.to_thread(self._files.read)
        self._found = text
        return text, FeatureList.parse(text), changed_ns

    async def _set_problem(self, error: FeatureListError) -> None:
        """Remember why the list is invalid; record the first of several problems in a row."""
        if isinstance(error, FeatureListMissing) and self.features is None:
            return
        reported, self.problem = bool(self.problem), str(error)
        if not reported:
            message = f"{FEATURE_LIST} cannot be used: {error}"
            if self.features is not None:
                message += f"; still counting {self.features.passing} of {len(self.features.features)}"
            await self._log.emit(Error(message=message, kind=_KIND))

    async def _report(self, before: FeatureList | None, after: FeatureList) -> None:
        """Record the progress; with all features, if their names differ from those recorded last."""
        changed = after.flips_since(before) if before else []
        names = [feature.name for feature in after.features]
        listed = None
        if names != self._last_names and len(names) <= _MAX_LISTED:
            listed = [Flip(name=feature.name, passes=feature.passes) for feature in after.features]
        self._last_names = names
        progress = Progress(passing=after.passing, total=len(after.features), changed=changed, features=listed)
        await self._log.emit(progress)

    async def _repair(self, features: FeatureList) -> None:
        """Replace an invalid list, and record that."""
        where = await self._keep_undone()
        if await self._restore(features):
            self.problem = ""
            message = f"{FEATURE_LIST} was restored to its last valid version{where}"
            await self._log.emit(Info(message=message, kind=_KIND))

    async def _restore(self, features: FeatureList) -> bool:
        """Write the list. Returns False, and records an error, when that fails."""
        self._last_text = features.text
        try:
            await asyncio.to_thread(self._files.replace, features.text)
        except OSError as error:
            message = f"{FEATURE_LIST} cannot be restored: {error.strerror}; the last valid count is kept"
            await self._log.emit(Error(message=message, kind=_KIND))
            return False
        return True

    async def _write_backup(self) -> None:
        if not self.fixed or self.features is None:
            return
        try:
            await asyncio.to_thread(self._files.keep_valid, self.features.text)
        except OSError as error:
            if not self._backup_failed:
                message = f"the last valid {FEATURE_LIST} cannot be kept in {AGENT_DIR}/: {error.strerror}"
                await self._log.emit(Error(message=message, kind=_KIND))
            self._backup_failed = True

    async def _watch(self) -> None:
        polling: bool | None = None
        while True:
            try:
                async with aclosing(list_changes(self._files.path.parent, polling=polling)) as changes:
                    async for _ in changes:
                        await self.read()
            except* (OSError, RuntimeError):  # no inotify instance is left, or the name of another file is not UTF-8
                polling = True
            await asyncio.sleep(_RESTART_S)
            await self.read()


def _join(names: Sequence[str]) -> str:
    """Join names for a message, at most _MAX_NAMES of them."""
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more
