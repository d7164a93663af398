"""Follows several run files as one source: existing lines interleaved by time, then new lines as they are written.

One watcher serves them all, and files that are no longer written cost next to nothing.
"""

import heapq
import os
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.format.line import Line, Oversize
from observer.source.items import NO_RUN, ContextLines, Follow, Idle, Lines, Notice, NoticeKind, PartialLine, Tagged
from observer.source.locate import PATH_NAMES, DisplayNames, is_compressed, run_files, run_id
from observer.source.merged_member import Member
from observer.source.rounds import ROUND_S, SWEEP_S, Round, Rounds
from observer.source.seek import StartPosition
from observer.source.skip import LastItems
from observer.source.watcher import Hint, Watcher

if TYPE_CHECKING:
    from observer.dialects.prices import Prices

_MANY = 64
"""If there are more files than this, not all of those that are waiting for their turn are open."""
MAX_OPEN = 512
"""Files that are open at once by default: most systems allow 1,024."""
SETTLED_S = 2.0
"""A compressed file that was not written for this many seconds is complete."""


class MergedSource:
    """Follows the files at `paths`, and all run files in `directories`, new ones from their start.

    `start` applies to each file; `StartPosition(last=n)` means the last n lines of all of them together. At most
    `max_open` files are open at once; if there are more, those that have been quiet longest are closed. `settled_s` and
    `sweep_s` are in seconds; see `SETTLED_S` and `Rounds`. `prices` and `translate` are as in `open_source`.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        directories: Sequence[Path] = (),
        *,
        start: StartPosition | None = None,
        follow: bool = True,
        max_open: int = MAX_OPEN,
        settled_s: float = SETTLED_S,
        sweep_s: float = SWEEP_S,
        names: DisplayNames = PATH_NAMES,
        prices: "Prices | None" = None,
        translate: bool = True,
    ) -> None:
        self._names = names
        self._prices = prices
        self._translate = translate
        self._paths = paths
        self._directories = directories
        self._start = start or StartPosition()
        self._follow = follow
        self._max_open = max_open
        self._settled_s = settled_s
        self._open: dict[Member, None] = {}  # the one that has been quiet longest comes first
        self._members: dict[Path, Member] = {}
        self._real_paths: set[str] = set()
        self._run_names: set[str] = set()
        self._last_data = self._last_listing = time.monotonic()
        self._rounds = Rounds(self._last_data, sweep_s=sweep_s)

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return the bytes after the last newline read so far, of the run with that name."""
        return next((member.rest() for member in self._members.values() if member.name == origin), None)

    async def items(self) -> AsyncGenerator[Tagged, None]:
        """Yield the lines of the files, now and as they are written; see `Source`.

        Raises UnreadableError as `FollowedFile.next` does.
        """
        try:
            async with Watcher(*self._paths, directories=self._directories) as watcher:
                async with aclosing(self._replay()) as replay:
                    async for item in replay:
                        yield item
                for member in self._members.values():
                    member.attach_to(watcher)
                while self._follow:
                    hint = await watcher.wait(quiet_s=time.monotonic() - self._last_data)
                    for notice in watcher.take_warnings():
                        yield Tagged(NO_RUN, notice)
                    async with aclosing(self._read_changes(hint, watcher)) as changes:
                        async for item in changes:
                            yield item
        finally:
            for member in self._members.values():
                member.file.close()

    def _add(self, paths: Iterable[Path], start: StartPosition, *, named: bool = False) -> list[Member]:
        """Add files, each once even if it has several names, a compressed one only if its run was not added before."""
        added: list[Member] = []
        for path in paths:
            real_path = os.path.realpath(path)
            name, compressed = run_id(path), is_compressed(path)
            namesake = name in self._run_names
            if real_path in self._real_paths or (compressed and namesake and not named):
                continue
            self._real_paths.add(real_path)
            follow = Follow.FILE if self._follow else Follow.NOT
            member = Member(
                path, str(path) if namesake else name, start, follow, named=named, names=self._names,
                prices=self._prices, translate=self._translate,
            )  # fmt: skip
            self._members[path] = member
            self._run_names.add(member.name)
            added.append(member)
        return added

    def _unknown_files(self) -> list[Path]:
        paths: list[Path] = []
        for directory in self._directories:
            with suppress(OSError):  # it may be created later
                paths += [path for path in run_files(directory) if path not in self._members]
        return paths

    def _new_files(self) -> list[Path]:
        """Return the files that are new; compressed ones once they are complete."""
        settled_s = self._settled_s
        return [path for path in self._unknown_files() if not is_compressed(path) or _is_settled(path, settled_s)]

    async def _fill(self, member: Member) -> AsyncGenerator[Tagged, None]:
        """Read lines of a file ahead, if it has more."""
        if not member.waiting and not member.at_end:
            async for item in member.read_ahead():
                yield item
            self._make_room(member)

    def _make_room(self, member: Member) -> None:
        """After reading one file, close files that need not stay open, that one first."""
        member.park_if_idle()
        self._open.pop(member, None)
        if member.file.is_open:
            self._open[member] = None
        while len(self._open) > self._max_open:
            quietest = next(iter(self._open))
            quietest.file.park()
            del self._open[quietest]

    async def _replay(self) -> AsyncGenerator[Tagged, None]:
        """Yield the existing lines by time: always those of the file whose next line is the oldest."""
        members = await self._add_existing()
        queue: list[tuple[float, int]] = []
        last = LastItems[tuple[Member, Line | Oversize]](self._start, _line_of, _member_of)
        for number, member in enumerate(members):
            async for item in self._fill(member):
                last.observe(member, item.item)
                yield item
            if member.waiting:
                heapq.heappush(queue, (member.stamp, number))
        while queue:
            _, number = heapq.heappop(queue)
            member = members[number]
            lines = member.take(queue[0][0] if queue else float("inf"))
            if self._start.last is None:
                yield member.tag(Lines(lines))
            else:
                for other, line in last.add([(member, line) for line in lines]):
                    yield other.tag(ContextLines([line] if isinstance(line, Line) else []))
            async for item in self._fill(member):
                yield item
            if member.waiting:
                heapq.heappush(queue, (member.stamp, number))
        for member, line in last.items:
            yield member.tag(Lines([line]))
        for member in members:
            yield member.tag(member.end or Idle())
        if not members:
            yield self._no_runs()

    async def _add_existing(self) -> list[Member]:
        """Add the files that exist."""
        members = self._add(self._paths, self._start, named=True)
        members += self._add(await wrap(self._unknown_files)(), self._start)
        for member in members:
            member.among_many = len(members) > _MANY
        return members

    def _no_runs(self) -> Tagged:
        """Return a notice that there are no runs. Raises UnreadableError if waiting is useless, or not wanted."""
        where = ", ".join(map(self._names, self._directories))
        for directory in self._directories:
            if not self._follow or os.path.exists(directory):
                _check_readable(directory, self._names)
        if not self._follow:
            raise UnreadableError(f"{where} contains no run files; name a directory with run files, or a file")
        return Tagged(NO_RUN, Notice(NoticeKind.WAITING, f"no runs in {where} yet; waiting for one"))

    async def _read_changes(self, hint: Hint, watcher: Watcher) -> AsyncGenerator[Tagged, None]:
        """Yield what was written since the last time."""
        now, changed_names = time.monotonic(), watcher.changed_names
        round_ = self._rounds.next(now, on_timer=hint is Hint.TIMER, is_reported=bool(changed_names))
        lists = round_.is_sweep or (not watcher.is_watching and now - self._last_listing > ROUND_S)
        self._last_listing = now if lists else self._last_listing
        reported = self._reported_members(changed_names)
        async with aclosing(self._read_all(reported, watcher, just_written=True)) as items:
            async for item in items:
                yield item
        if round_.is_due or round_.is_sweep or not reported:
            others = frozenset() if reported else changed_names
            for member in self._add(await self._found(others, lists=lists), StartPosition()):
                yield member.tag(Notice(NoticeKind.FOUND, f"run {member.name} started"))
            if round_.is_sweep or any(member.is_slow for member in self._open):
                changed = await wrap(self._changed_members)(others, round_)
            else:  # a few files are asked about, which takes less time than another thread
                changed = self._changed_members(others, round_)
            async with aclosing(self._read_all(changed, watcher)) as items:
                async for item in items:
                    yield item
        if round_.is_due:
            for idle in self._idle_items():
                yield idle

    async def _read_all(
        self, members: list[Member], watcher: Watcher, *, just_written: bool = False
    ) -> AsyncGenerator[Tagged, None]:
        """Yield what is new in some files; `just_written` is whether events have just reported writes to them."""
        for member in members:
            member.resume()
            while not member.at_end:
                others = await member.read_next(just_written=just_written)
                if member.waiting:
                    self._last_data = time.monotonic()
                    yield member.tag(Lines(list(member.waiting)))
                    member.waiting.clear()
                for item in others:
                    yield member.tag(item)
            self._make_room(member)
            member.attach_to(watcher)
            yield member.tag(member.end or Idle())

    def _reported_members(self, changed_names: frozenset[str]) -> list[Member]:
        """Return the changed files whose own events the system reports, if no other name has changed."""
        members = [member for member in self._members.values() if member.is_attached_as(changed_names)]
        return members if len(members) == len(changed_names) else []

    async def _found(self, changed_names: frozenset[str], *, lists: bool) -> list[Path]:
        """Return the files that are new, if a name that changed is not known, or with `lists` in any case."""
        if not lists and (not changed_names or changed_names <= {each.file_name for each in self._members.values()}):
            return []
        return await wrap(self._new_files)()

    def _idle_items(self) -> list[Tagged]:
        """Return `Idle` for each run that may still be written, and for at least one.

        The consumer must run now and then, to update the time and to notice that its own output was closed.
        """
        members = list(self._members.values())
        idle = [member.tag(member.end or Idle()) for member in members if member.may_grow]
        return idle or [member.tag(member.end or Idle()) for member in members[:1]] or [Tagged(NO_RUN, Idle())]

    def _changed_members(self, changed_names: frozenset[str], round_: Round) -> list[Member]:
        """Return the files that may have something new: changed or added, or, if it is their turn, grown."""
        return [
            member
            for member in self._members.values()
            if (member.is_among(changed_names) and not (member.compressed and member.at_end))
            or member.end is None
            or ((round_.is_sweep or (member.may_grow and round_.is_due)) and member.file.may_have_changed())
        ]


def _line_of(item: tuple[Member, Line | Oversize]) -> Line | Oversize:
    return item[1]


def _member_of(item: tuple[Member, Line | Oversize]) -> Member:
    return item[0]


def _check_readable(directory: Path, names: DisplayNames) -> None:
    """Raise UnreadableError if a directory cannot be read."""
    try:
        run_files(directory)
    except OSError as error:
        raise UnreadableError(
            f"cannot read {names(directory)} ({error.strerror}); name another directory, or a file"
        ) from None


def _is_settled(path: Path, settled_s: float) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return status.st_size > 0 and time.time() - status.st_mtime > settled_s
