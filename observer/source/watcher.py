"""Decides when to read again: change events of directories and of open files, and a timer. All are only hints.

Events can be missed, merged, or come for a half-written line, so the reader reads from its offset to the end whenever
it wakes up, and the timer wakes it in any case. Nothing that goes wrong here loses a line; it only costs time.

Events of directories are polled every `step` milliseconds: latency is up to a step and idle CPU time is inversely
proportional to it, so the step is short while data comes and longer after a quiet period. Where the system tells of
open files by itself, and of new names in directories, the step is as long as the timer.
"""

import asyncio
import random
import threading
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import Self

from aiofiles.os import wrap
from msgspec import Struct

from observer.platform.process_info import ProcessorWait, lower_priority
from observer.source.directory_events import DirectoryEvents
from observer.source.inotify import load_inotify
from observer.source.items import Notice, NoticeKind
from observer.source.lateness import Lateness
from observer.source.open_files import OpenFile, OpenFiles

RELAXED_S = 1.0
"""Seconds between polls for events of directories while the system tells of open files and new names by itself, and
once it has done so, without an event until the timer wakes the reader."""
QUIET_AFTER_S = 0.5
"""Seconds without data after which a longer step is enough."""
IDLE_AFTER_S = 6.0
"""Seconds without data, longer than a heartbeat interval, after which CPU time matters more than latency."""
MISSES = 3
"""After the timer found data this many times in a row without an event, the file system is assumed to send none."""
JITTER = (0.75, 1.25)
"""The range of the random factor of a polling interval: followers must not all poll at once."""
RESTART_S = 0.02
"""Seconds before a failed watcher is started again, so that repeated failures stay cheap."""


NICENESS = 10
"""The increment of a viewer's niceness."""

_is_viewer = threading.Event()


def become_viewer() -> None:
    """Let this process be one that only shows runs: with a lower priority, and a thread to spare for waiting."""
    if not _is_viewer.is_set():
        lower_priority(NICENESS)
        _is_viewer.set()


class PollInterval(Struct, frozen=True):
    """Milliseconds between polls for events, until the timer wakes the reader, and between reads without events."""

    step: int
    timer: int
    poll: int


FLOWING = PollInterval(step=1, timer=100, poll=5)
QUIET = PollInterval(step=11, timer=400, poll=60)
IDLE = PollInterval(step=40, timer=800, poll=250)


def poll_interval_after(quiet_s: float) -> PollInterval:
    """Return the intervals for a run that has had no new data for `quiet_s` seconds."""
    if quiet_s < QUIET_AFTER_S:
        return FLOWING
    return QUIET if quiet_s < IDLE_AFTER_S else IDLE


def with_jitter(interval_s: float) -> float:
    """Return an interval that differs by up to a quarter, at random."""
    return interval_s * random.uniform(*JITTER)  # noqa: S311 - not for secrets


class Hint(Enum):
    """The reason to read again."""

    CHANGE = auto()
    TIMER = auto()


class Watcher:
    """Waits until a file of `paths`, or any file in `directories`, may have changed. Use as an async context manager.

    Changes of the open files that are attached are reported at once if the system tells of them. `changed_names` are
    the names, without their directories, of the last change; they are empty if there may have been any.
    """

    def __init__(self, *paths: Path, directories: Sequence[Path] = ()) -> None:
        self._paths = paths
        self._directories = directories
        self.changed_names: frozenset[str] = frozenset()
        self._stop = threading.Event()
        self._processor = ProcessorWait()
        self._lateness = Lateness()
        self._directory_events: DirectoryEvents | None = None
        self._open_files = OpenFiles(self._wake)
        self._next_poll = 0.0
        self._wakeup: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waited_s: float | None = None  # for a processor, until the last wait for an event that came
        self._misses = 0
        self._polling: str | None = None  # why there are no change events, once that is final
        self._warning: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._stop_watching()
        self._cancel_timer()
        self._processor.close()

    async def wait(self, *, quiet_s: float) -> Hint:
        """Return when it is time to read again; `quiet_s` is how long there was no new data."""
        self._note_lateness()
        self.changed_names = frozenset()
        intervals = poll_interval_after(quiet_s)
        if not self._lateness.waits_for_events:
            self._stop_watching()
            await self._pause(with_jitter(self._lateness.pause_s))
            return Hint.TIMER
        if self._directory_events is None:
            if self._polling is None and await self._start_watching():
                return Hint.CHANGE  # earlier writes caused no event
            await self._pause(intervals.poll / 1000)
            return Hint.TIMER
        if await self._changed(self._directory_events, intervals):
            self._misses = 0
            return Hint.CHANGE
        if not self._directory_events.is_current():
            self._stop_watching()  # the directory itself was removed or replaced
        return Hint.TIMER

    @property
    def is_watching(self) -> bool:
        """Whether change events tell of what happens in the directories; else there is only the timer."""
        return self._directory_events is not None

    def attach(self, file: OpenFile, name: str) -> None:
        """Report changes of an open file at once, as those of `name`, if it is not attached yet."""
        self._open_files.attach(file, name)

    def detach(self, file: OpenFile) -> None:
        """End what `attach` began, for a file that is closed or not expected to change."""
        self._open_files.detach(file)

    def attach_instead(self, old: OpenFile | None, new: OpenFile | None, name: str) -> None:
        """Attach a file in place of another; either may be None."""
        if old is not None:
            self.detach(old)
        if new is not None:
            self.attach(new, name)

    def take_warnings(self) -> list[Notice]:
        """Return a notice that there are no change events any more, and why, but only once."""
        reason, self._warning = self._warning, None
        return [] if reason is None else [Notice(NoticeKind.POLLING, f"polling for changes: {reason}")]

    def timer_found_data(self) -> None:
        """Count a read that found data on the timer, without an event; see `MISSES`."""
        if self._directory_events is None:
            return
        self._misses += 1
        if self._misses >= MISSES:
            self._give_up("the file system sends no change events")

    def path_changed(self) -> None:
        """Watch another file, to which the path now points."""
        self._stop_watching()

    async def _pause(self, interval_s: float) -> None:
        """Wait for a polling interval.

        A process with lower priority does not use a timer of the loop: the kernel lets such a timer run half a percent
        longer (fs/select.c, __estimate_accuracy), so that it expires together with others, such as the agent's. A
        viewer, which waits for one interval at a time, can spare a thread; a program that follows many runs cannot.
        """
        waited_s = self._processor.seconds()
        if _is_viewer.is_set():
            await wrap(self._stop.wait)(interval_s)
        else:
            await asyncio.sleep(interval_s)
        self._lateness = self._lateness.after(self._processor.seconds() - waited_s)

    def _note_lateness(self) -> None:
        """Take into account how long this thread has waited for a processor since the last event, if one came.

        That is asked only now that the reader has done its work: nobody waits for it any more.
        """
        if self._waited_s is not None:
            self._lateness = self._lateness.after(self._processor.seconds() - self._waited_s)
            self._waited_s = None

    async def _changed(self, directory_events: DirectoryEvents, intervals: PollInterval) -> bool:
        """Wait for an event, or for the timer; return whether it is the former."""
        loop, files = asyncio.get_running_loop(), self._open_files
        deadline = loop.time() + (RELAXED_S if files.have_changed else intervals.timer / 1000)
        waited_s: float | None = None
        while True:
            now = loop.time()
            if now >= min(deadline, self._next_poll):  # at the deadline too: one wake-up serves both
                self._next_poll = now + (RELAXED_S if files.are_watched else intervals.step / 1000)
                try:
                    self.changed_names = files.unreported(directory_events.poll())
                except RuntimeError:
                    self._stop_watching()
                    await asyncio.sleep(RESTART_S)
                    return True
            self.changed_names |= files.take_changed()
            if self.changed_names or now >= deadline:
                break
            waited_s = self._processor.seconds()
            await self._sleep_until(min(deadline, self._next_poll))
            self.changed_names = files.take_changed()
            if self.changed_names:
                break
        self._waited_s = waited_s if self.changed_names else None
        return bool(self.changed_names)

    async def _sleep_until(self, when: float) -> None:
        """Return at a time of the loop's clock, when an open file has changed, or, rarely, before."""
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > when:
            self._cancel_timer()
        if self._timer is None:  # an earlier one serves as well, and is not worth replacing after each line
            self._timer = loop.call_at(when, self._ring)
        self._wakeup = loop.create_future()
        try:
            await self._wakeup
        finally:
            self._wakeup = None

    def _ring(self) -> None:
        self._timer = None
        self._wake()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        if self._wakeup is not None and not self._wakeup.done():
            self._wakeup.set_result(None)

    async def _start_watching(self) -> bool:
        try:
            self._directory_events = await wrap(self._open_directories)()
        except (OSError, RuntimeError) as error:
            self._give_up(f"change events are not available ({error})")
            return False
        if self._directory_events is None:
            return False
        self._open_files.start(self._directory_events)
        self._next_poll = 0.0
        return True

    def _open_directories(self) -> DirectoryEvents | None:
        if self._open_files.are_used:
            load_inotify()
        return DirectoryEvents.open(self._paths, self._directories)

    def _give_up(self, reason: str) -> None:
        self._stop_watching()
        self._polling = self._warning = reason

    def _stop_watching(self) -> None:
        self._open_files.stop()
        if self._directory_events is not None:
            self._directory_events.close()
            self._directory_events = None
