"""When to look again: change events from the folder, and a timer. Only ever a hint.

Events can be missed, merged, or come for a half-written line, so whoever wakes up reads from where it was to the
end, and the timer wakes it anyway. Nothing that can go wrong here loses a line; it only costs time.

The watcher looks every `step` milliseconds: latency is one to two steps and idle CPU is inversely proportional to
it, so the step is short while events flow and longer after a quiet while.
"""

import asyncio
import os
import random
import threading
from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiofiles.os import wrap
from msgspec import Struct

from observer.source.crowd import MANY, Crowd, is_viewer, step_back

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

QUIET_AFTER_S = 0.5
"""After this long without data a longer step is enough."""
IDLE_AFTER_S = 6.0
"""A heartbeat was missed, so nobody writes: then waking costs more than it gives."""
MISSES = 3
"""So many times in a row the timer found what no event told of: this file system has no events."""
FEW = 4
"""So many viewers on a machine watch; more look now and then instead."""
LOOKS_PER_S = 100 * (os.cpu_count() or 1)
"""What all viewers of a machine do together, at most, when they are many."""
LONGEST_TURN_S = 10.0
"""However many they say they are, a viewer looks after this and a quarter of it at the latest."""
RESTART_S = 0.02
"""Pause before a watcher that died is started again, so that a sibling that kills it cannot cost much."""


class PollInterval(Struct, frozen=True):
    """Milliseconds between the watcher's looks, before the timer, and between looks when there is no watcher."""

    step: int
    timer: int
    poll: int


FLOWING = PollInterval(step=1, timer=100, poll=5)
QUIET = PollInterval(step=11, timer=400, poll=60)
IDLE = PollInterval(step=40, timer=800, poll=250)


def poll_interval_after(quiet_s: float) -> PollInterval:
    """Return how often to look when nothing has come for `quiet_s` seconds."""
    if quiet_s < QUIET_AFTER_S:
        return FLOWING
    return QUIET if quiet_s < IDLE_AFTER_S else IDLE


def poll_in_crowd(viewers: int) -> float | None:
    """Return how many seconds one of so many viewers waits between two looks; None while they are few enough to watch.

    The more there are the longer, up to a limit: together they look `LOOKS_PER_S` times a second.
    """
    return None if viewers <= FEW else min(LONGEST_TURN_S, max(0.02, viewers / LOOKS_PER_S))


class Hint(Enum):
    """Why it is time to look."""

    CHANGE = auto()
    TIMER = auto()


class Watcher:
    """Tells when a file of `paths`, or any in `folders`, may have changed. Use as an async context manager.

    `touched` are the names, without their folders, that the last change was about.
    """

    def __init__(self, *paths: Path, folders: Sequence[Path] = ()) -> None:
        self._paths = paths
        self._folders = folders
        self.touched: frozenset[str] = frozenset()
        self._stop = threading.Event()
        self._crowd = Crowd()
        self._watcher: RustNotify | None = None
        self._watched: dict[str, tuple[int, int]] = {}
        self._names: frozenset[str] = frozenset()
        self._misses = 0
        self._polling: str | None = None  # why there are no change events, once there are none for good
        self._untold: str | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._disarm()

    async def wait(self, *, quiet_s: float) -> Hint:
        """Return when it is time to look again; `quiet_s` is how long nothing has come."""
        self.touched = frozenset()
        viewers = self._crowd.count(1.0 if quiet_s < QUIET_AFTER_S else 5.0)
        if (pause := poll_in_crowd(viewers)) is not None:
            self._disarm()
            if viewers >= MANY:
                step_back()
            await self._turn(pause * random.uniform(0.75, 1.25))  # noqa: S311 - lest all look at once
            return Hint.TIMER
        pace = poll_interval_after(quiet_s)
        if self._watcher is None:
            if self._polling is None and await wrap(self._arm)():
                return Hint.CHANGE  # what was written before the watch began made no event
            await asyncio.sleep(pace.poll / 1000)
            return Hint.TIMER
        if await self._changed(self._watcher, pace):
            self._misses = 0
            return Hint.CHANGE
        if self._watched != _identities(self._watched):
            self._disarm()  # the folder itself was removed or replaced
        return Hint.TIMER

    def news(self) -> str | None:
        """Return, once, why there are no change events any more."""
        reason, self._untold = self._untold, None
        return reason

    def missed(self) -> None:
        """Say that the timer found something that no event had told of."""
        self._misses += 1
        if self._misses >= MISSES and self._watcher is not None:
            self._give_up("this file system sends no change events")

    def moved(self) -> None:
        """Say that the path leads elsewhere now."""
        self._disarm()

    async def _turn(self, pause_s: float) -> None:
        """Wait until it is this viewer's turn.

        Not on a timer of the loop, if the process is polite: the kernel lets such a timer run half a percent longer
        (fs/select.c, __estimate_accuracy), to wake together with others, and that is with the agent. A viewer waits for
        one turn at a time; a program that follows many runs needs its threads to read them.
        """
        if is_viewer():
            await wrap(self._stop.wait)(pause_s)
        else:
            await asyncio.sleep(pause_s)

    async def _changed(self, watcher: "RustNotify", pace: PollInterval) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + pace.timer / 1000
        while (left := deadline - loop.time()) > 0:
            try:
                changes = await wrap(watcher.watch)(pace.step, pace.step, max(1, int(left * 1000)), self._stop)
            except RuntimeError:  # a sibling's name that is not UTF-8 kills the watcher
                self._disarm()
                await asyncio.sleep(RESTART_S)
                return True
            if isinstance(changes, str):
                return False
            touched = frozenset(os.path.basename(path) for _, path in changes)
            self.touched = touched if self._folders else touched & self._names
            if self.touched:
                return True
        return False

    def _arm(self) -> bool:
        from watchfiles._rust_notify import RustNotify  # noqa: PLC0415 - imported late: a replay needs no watcher

        reals = [Path(os.path.realpath(path)) for path in self._paths]
        files = [*(path.absolute() for path in self._paths), *reals]
        watched = [*(str(file.parent) for file in files), *(os.path.realpath(folder) for folder in self._folders)]
        folders = _identities(dict.fromkeys(watched, (0, 0)))
        if not folders:
            return False
        try:
            self._watcher = RustNotify(list(folders), False, False, 0, False, True)  # noqa: FBT003 - its signature
        except FileNotFoundError:
            return False
        except (OSError, RuntimeError) as error:
            self._give_up(f"no change watcher to be had ({error})")
            return False
        self._watched = folders
        self._names = frozenset({*(file.name for file in files), *(Path(folder).name for folder in folders)})
        return True

    def _give_up(self, reason: str) -> None:
        self._disarm()
        self._polling = self._untold = reason

    def _disarm(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self._watched = {}


def _identities(folders: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Return which folders the names stand for now, leaving out those that are gone."""
    found: dict[str, tuple[int, int]] = {}
    for folder in folders:
        try:
            status = os.stat(folder)
        except OSError:
            continue
        found[folder] = (status.st_dev, status.st_ino)
    return found
