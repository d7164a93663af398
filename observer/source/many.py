"""Several run files as one source: what is there interleaved by time, then whatever any of them gets, as it comes.

One watcher serves them all, and files that nobody writes any more cost next to nothing.
"""

import heapq
import time
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

from aiofiles.os import wrap

from observer.framing import Line, Oversize
from observer.runs import PACKED, run_files, run_id
from observer.source.base import NO_RUN, Batch, CaughtUp, Context, Follow, From, Item, Notice, NoticeKind, Rest
from observer.source.file import FileSource
from observer.source.packed import PackedSource
from observer.source.sequential import Last
from observer.source.start import Start, time_of
from observer.wake import Hint, Wake

CHUNK = 64 * 1024
"""Bytes read of a file at once: many of them wait in memory for their turn."""
_SWEEP_S = 5.0
"""Files that nobody writes are looked at this often, in case no event tells of a change."""


class _Member:
    """One of the files: its lines that wait for their turn, and whether it has been read to its end."""

    def __init__(self, path: Path, name: str, start: Start, follow: Follow) -> None:
        self.path = path
        self.name = name
        packed = path.name.endswith(PACKED)
        self.file = PackedSource(path) if packed else FileSource(path, start=start, follow=follow, chunk=CHUNK)
        self.waiting: deque[Line | Oversize] = deque()
        self.end: CaughtUp | None = None

    @property
    def at_end(self) -> bool:
        """Whether it was read to its end."""
        return self.end is not None

    def go_on(self) -> None:
        """Look for more behind what was the end."""
        self.end = None

    @property
    def living(self) -> bool:
        """Whether somebody may still write it."""
        return self.end is None or self.end.locked is not False

    @property
    def stamp(self) -> float:
        """When the first line that waits was written; one without a time goes at once."""
        line = self.waiting[0]
        return (time_of(line) if isinstance(line, Line) else None) or 0.0

    def told(self, item: Item) -> From:
        """The item as one of this file's."""
        return From(self.name, item)

    async def look(self) -> list[Item]:
        """Look once; lines go to those that wait, all else but the end is returned."""
        others: list[Item] = []
        for item in await self.file.next(_stay):
            match item:
                case Batch(lines):
                    self.waiting.extend(lines)
                case CaughtUp():
                    self.end = item
                case _:
                    others.append(item)
        return others

    async def fill(self) -> AsyncGenerator[From, None]:
        """Read on until lines wait or the end is reached."""
        while not self.waiting and not self.at_end:
            for item in await self.look():
                yield self.told(item)

    def take(self, until: float) -> list[Line | Oversize]:
        """Take the first line that waits, and those after it that are not newer than `until`."""
        lines = [self.waiting.popleft()]
        while self.waiting and self.stamp <= until:
            lines.append(self.waiting.popleft())
        return lines


def _line_of(item: tuple[_Member, Line | Oversize]) -> Line | Oversize:
    return item[1]


def _stay() -> None:
    """A file of several does not move the watcher, which watches whole folders."""


class ManySource:
    """Follows the files at `paths`, and all run files in `folders`, new ones from their start.

    `start` is the place in each where reading begins; of `Start(last=n)` the last n of all of them are taken.
    """

    def __init__(
        self, paths: Sequence[Path], folders: Sequence[Path] = (), *, start: Start | None = None, follow: bool = True
    ) -> None:
        self._paths = paths
        self._folders = folders
        self._start = start or Start()
        self._follow = follow
        self._members: dict[Path, _Member] = {}
        self._latest: _Member | None = None
        self._last_data = self._last_sweep = time.monotonic()

    def rest(self) -> Rest | None:
        """Return what stands after the last newline of the file that was looked at last."""
        return self._latest.file.rest() if self._latest is not None else None

    async def items(self) -> AsyncGenerator[From, None]:
        """Yield what the files hold and get; see `Source`. Raises UnreadableError as `FileSource` does."""
        try:
            async with Wake(*self._paths, folders=self._folders) as wake:
                async with aclosing(self._replay()) as replay:
                    async for item in replay:
                        yield item
                while self._follow:
                    hint = await wake.wait(quiet_s=time.monotonic() - self._last_data)
                    async with aclosing(self._news(hint, wake.touched)) as news:
                        async for item in news:
                            yield item
        finally:
            for member in self._members.values():
                member.file.close()

    def _join(self, path: Path, start: Start) -> _Member:
        name = run_id(path)
        if any(member.name == name for member in self._members.values()):
            name = str(path)
        member = _Member(path, name, start, Follow.FILE if self._follow else Follow.NOT)
        self._members[path] = member
        return member

    def _found(self) -> list[Path]:
        found: list[Path] = []
        for folder in self._folders:
            with suppress(OSError):  # a folder that is not there yet may come
                found += [path for path in run_files(folder) if path not in self._members]
        return found

    async def _replay(self) -> AsyncGenerator[From, None]:
        """Yield what is there, by time: always from the file whose next line is the oldest."""
        members = [self._join(path, self._start) for path in [*self._paths, *await wrap(self._found)()]]
        queue: list[tuple[float, int]] = []
        kept = Last(self._start, _line_of)
        for number, member in enumerate(members):
            async for item in member.fill():
                yield item
            if member.waiting:
                heapq.heappush(queue, (member.stamp, number))
        while queue:
            _, number = heapq.heappop(queue)
            member = members[number]
            lines = member.take(queue[0][0] if queue else float("inf"))
            if self._start.last is None:
                yield member.told(Batch(lines))
            else:
                for other, line in kept.add([(member, line) for line in lines]):
                    yield other.told(Context([line] if isinstance(line, Line) else []))
            async for item in member.fill():
                yield item
            if member.waiting:
                heapq.heappush(queue, (member.stamp, number))
        for member, line in kept.items:
            yield member.told(Batch([line]))
        for member in members:
            yield member.told(member.end or CaughtUp())
        if not members and self._follow:
            where = ", ".join(map(str, self._folders))
            yield From(NO_RUN, Notice(NoticeKind.WAITING, f"no runs in {where} yet: waiting"))

    async def _news(self, hint: Hint, touched: frozenset[str]) -> AsyncGenerator[From, None]:
        """Yield what came since the last look."""
        sweep = hint is Hint.TIMER and time.monotonic() - self._last_sweep > _SWEEP_S
        if sweep:
            self._last_sweep = time.monotonic()
        known = {member.path.name for member in self._members.values()}
        for path in await wrap(self._found)() if self._folders and (sweep or touched - known) else []:
            member = self._join(path, Start())
            yield member.told(Notice(NoticeKind.FOUND, f"run {member.name} begins"))
        for member in await wrap(self._stirred)(hint, touched, sweep=sweep):
            self._latest = member
            member.go_on()
            while not member.at_end:
                others = await member.look()
                if member.waiting:
                    self._last_data = time.monotonic()
                    yield member.told(Batch(list(member.waiting)))
                    member.waiting.clear()
                for item in others:
                    yield member.told(item)
            yield member.told(member.end or CaughtUp())
        if hint is Hint.TIMER:
            for member in self._members.values():
                if member.living:
                    yield member.told(member.end or CaughtUp())

    def _stirred(self, hint: Hint, touched: frozenset[str], *, sweep: bool) -> list[_Member]:
        """The files that a look may find something new in: touched, new, or, on the timer, grown or let go of."""
        return [
            member
            for member in self._members.values()
            if member.path.name in touched
            or member.end is None
            or ((sweep or (member.living and hint is Hint.TIMER)) and member.file.stirred())
        ]
