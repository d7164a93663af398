"""Decides when to read again: change events of directories, and a timer. Both are only hints.

Events can be missed, merged, or come for a half-written line, so the reader reads from its offset to the end whenever
it wakes up, and the timer wakes it in any case. Nothing that goes wrong here loses a line; it only costs time.

The library polls for events every `step` milliseconds: latency is one to two steps and idle CPU time is inversely
proportional to it, so the step is short while data comes and longer after a quiet period.
"""

import asyncio
import os
import random
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiofiles.os import wrap
from msgspec import Struct

from observer.source.crowd import MANY, FollowerCount, is_follower, use_idle_priority
from observer.source.file_change import Identity

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

QUIET_AFTER_S = 0.5
"""Seconds without data after which a longer step is enough."""
IDLE_AFTER_S = 6.0
"""Seconds without data, longer than a heartbeat interval, after which CPU time matters more than latency."""
MISSES = 3
"""After the timer found data this many times in a row without an event, the file system is assumed to send none."""
FEW = 4
"""Up to this many followers on a machine use change events; more than that poll."""
POLLS_PER_S = 100 * (os.cpu_count() or 1)
"""Polls per second by all followers of a machine together, at most, when they are many."""
MAX_POLL_S = 10.0
"""Upper bound of the polling interval (plus 25 % jitter)."""
JITTER = (0.75, 1.25)
"""The range of the random factor of a polling interval: followers must not all poll at once."""
RESTART_S = 0.02
"""Seconds before a failed watcher is started again, so that repeated failures stay cheap."""


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


def shared_poll_interval(followers: int) -> float | None:
    """Return the polling interval of each follower in seconds, None while they are few enough to use change events.

    It grows with their number, up to a limit: together they poll `POLLS_PER_S` times a second.
    """
    return None if followers <= FEW else min(MAX_POLL_S, max(0.02, followers / POLLS_PER_S))


def with_jitter(interval_s: float) -> float:
    """Return an interval that differs by up to a quarter, at random."""
    return interval_s * random.uniform(*JITTER)  # noqa: S311 - not for secrets


class Hint(Enum):
    """The reason to read again."""

    CHANGE = auto()
    TIMER = auto()


class Watcher:
    """Waits until a file of `paths`, or any file in `directories`, may have changed. Use as an async context manager.

    `changed_names` are the names, without their directories, of the last change.
    """

    def __init__(self, *paths: Path, directories: Sequence[Path] = ()) -> None:
        self._paths = paths
        self._directories = directories
        self.changed_names: frozenset[str] = frozenset()
        self._stop = threading.Event()
        self._followers = FollowerCount()
        self._watcher: RustNotify | None = None
        self._watched: dict[str, Identity] = {}
        self._names: frozenset[str] = frozenset()
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

    async def wait(self, *, quiet_s: float) -> Hint:
        """Return when it is time to read again; `quiet_s` is how long there was no new data."""
        self.changed_names = frozenset()
        followers = self._followers.count(1.0 if quiet_s < QUIET_AFTER_S else 5.0)
        if (interval := shared_poll_interval(followers)) is not None:
            self._stop_watching()
            if followers >= MANY:
                use_idle_priority()
            await self._sleep(with_jitter(interval))
            return Hint.TIMER
        intervals = poll_interval_after(quiet_s)
        if self._watcher is None:
            if self._polling is None and await wrap(self._start_watching)():
                return Hint.CHANGE  # earlier writes caused no event
            await asyncio.sleep(intervals.poll / 1000)
            return Hint.TIMER
        if await self._changed(self._watcher, intervals):
            self._misses = 0
            return Hint.CHANGE
        if self._watched != _identities(self._watched):
            self._stop_watching()  # the directory itself was removed or replaced
        return Hint.TIMER

    def take_warning(self) -> str | None:
        """Return the reason why there are no change events any more, but only once."""
        reason, self._warning = self._warning, None
        return reason

    def timer_found_data(self) -> None:
        """Count a read that found data on the timer, without an event; see `MISSES`."""
        self._misses += 1
        if self._misses >= MISSES and self._watcher is not None:
            self._give_up("the file system sends no change events")

    def path_changed(self) -> None:
        """Watch another file, to which the path now points."""
        self._stop_watching()

    async def _sleep(self, interval_s: float) -> None:
        """Wait for a polling interval.

        A process with lower priority does not use a timer of the loop: the kernel lets such a timer run half a percent
        longer (fs/select.c, __estimate_accuracy), so that it expires together with others, such as the agent's. A
        viewer, which waits for one interval at a time, can spare a thread; a program that follows many runs cannot.
        """
        if is_follower():
            await wrap(self._stop.wait)(interval_s)
        else:
            await asyncio.sleep(interval_s)

    async def _changed(self, watcher: "RustNotify", intervals: PollInterval) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + intervals.timer / 1000
        while (remaining := deadline - loop.time()) > 0:
            try:
                changes = await wrap(watcher.watch)(
                    intervals.step, intervals.step, max(1, int(remaining * 1000)), self._stop
                )
            except RuntimeError:  # the name of another file is not UTF-8, which the library does not survive
                self._stop_watching()
                await asyncio.sleep(RESTART_S)
                return True
            if isinstance(changes, str):
                return False
            names = frozenset(os.path.basename(path) for _, path in changes)
            self.changed_names = names if self._directories else names & self._names
            if self.changed_names:
                return True
        return False

    def _start_watching(self) -> bool:
        from watchfiles._rust_notify import RustNotify  # noqa: PLC0415 - imported late: a replay needs no watcher

        targets = [Path(os.path.realpath(path)) for path in self._paths]
        files = [*(path.absolute() for path in self._paths), *targets]
        watched = [
            *(str(file.parent) for file in files),
            *(os.path.realpath(directory) for directory in self._directories),
        ]
        directories = _identities(watched)
        if not directories:
            return False
        try:
            self._watcher = RustNotify(list(directories), False, False, 0, False, True)  # noqa: FBT003 - its signature
        except FileNotFoundError:
            return False
        except (OSError, RuntimeError) as error:
            self._give_up(f"change events are not available ({error})")
            return False
        self._watched = directories
        self._names = frozenset({*(file.name for file in files), *(Path(directory).name for directory in directories)})
        return True

    def _give_up(self, reason: str) -> None:
        self._stop_watching()
        self._polling = self._warning = reason

    def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self._watched = {}


def _identities(directories: Iterable[str]) -> dict[str, Identity]:
    """Return which directories the names stand for now, leaving out those that do not exist."""
    identities: dict[str, Identity] = {}
    for directory in directories:
        with suppress(OSError):
            identities[directory] = Identity.of(os.stat(directory))
    return identities
