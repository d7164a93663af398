"""Several run files as one source: what is there interleaved by time, then whatever any of them gets, as it comes.

One watcher serves them all, and files that nobody writes any more cost next to nothing.
"""

import heapq
import os
import time
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

from aiofiles.os import wrap

from observer.errors import UnreadableError
from observer.format.lines import Line, Oversize
from observer.source.items import NO_RUN, ContextLines, Follow, Idle, Lines, Notice, NoticeKind, PartialLine, Tagged
from observer.source.locate import COMPRESSED_SUFFIXES, PATH_NAMES, DisplayNames, run_files, run_id
from observer.source.merged_member import Member
from observer.source.seek import StartPosition
from observer.source.skip import Last
from observer.source.watcher import Hint, Watcher

_CROWD = 64
"""More files than this are not all open at once."""
_ROUND_S = 0.5
"""Files that may still be written are looked at this often, whatever happens to the others."""
MOST_OPEN = 512
"""Files that are open at once, where nobody says how many may be: systems allow 1,024 as a rule."""
SETTLED_S = 2.0
SWEEP_S = 5.0


def _line_of(item: tuple[Member, Line | Oversize]) -> Line | Oversize:
    return item[1]


def _readable(folder: Path, names: DisplayNames) -> None:
    """Raise UnreadableError when a folder cannot be read."""
    try:
        run_files(folder)
    except OSError as error:
        raise UnreadableError(
            f"{names(folder)} cannot be read ({error.strerror}); name another folder, or a file"
        ) from None


def _is_settled(path: Path, settled_s: float) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return found.st_size > 0 and time.time() - found.st_mtime > settled_s


class MergedSource:
    """Follows the files at `paths`, and all run files in `folders`, new ones from their start.

    `start` is the place in each where reading begins; of `StartPosition(last=n)` the last n of all of them are taken.
    No more than `most_open` files are open at once: of more, those that were quiet longest are let go meanwhile.
    `settled_s` is for how long nobody writes a packed file that is whole, `sweep_s` how often, in seconds, the folders
    are listed and the files that nobody writes looked at, in case no event tells of a change.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        folders: Sequence[Path] = (),
        *,
        start: StartPosition | None = None,
        follow: bool = True,
        most_open: int = MOST_OPEN,
        settled_s: float = SETTLED_S,
        sweep_s: float = SWEEP_S,
        names: DisplayNames = PATH_NAMES,
    ) -> None:
        self._names = names
        self._paths = paths
        self._folders = folders
        self._start = start or StartPosition()
        self._follow = follow
        self._most_open = most_open
        self._settled_s = settled_s
        self._sweep_s = sweep_s
        self._open: dict[Member, None] = {}  # the one that was quiet longest comes first
        self._members: dict[Path, Member] = {}
        self._real: set[str] = set()
        self._last_data = self._last_sweep = self._last_round = time.monotonic()

    def rest(self, origin: str | None = None) -> PartialLine | None:
        """Return what stands after the last newline read so far, of the run that is called so."""
        return next((member.file.rest() for member in self._members.values() if member.name == origin), None)

    async def items(self) -> AsyncGenerator[Tagged, None]:
        """Yield what the files hold and get; see `Source`. Raises UnreadableError as `FileSource` does."""
        try:
            async with Watcher(*self._paths, folders=self._folders) as wake:
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

    def _join(self, paths: Iterable[Path], start: StartPosition, *, named: bool = False) -> list[Member]:
        """Take files in, each once whatever its names; a packed one only where its run is not there already."""
        joined: list[Member] = []
        for path in paths:
            real = os.path.realpath(path)
            name, packed = run_id(path), path.name.endswith(COMPRESSED_SUFFIXES)
            namesake = any(member.name == name for member in self._members.values())
            if real in self._real or (packed and namesake and not named):
                continue
            self._real.add(real)
            follow = Follow.FILE if self._follow else Follow.NOT
            member = Member(path, str(path) if namesake else name, start, follow, named=named, names=self._names)
            self._members[path] = member
            joined.append(member)
        return joined

    def _found(self) -> list[Path]:
        found: list[Path] = []
        for folder in self._folders:
            with suppress(OSError):  # a folder that is not there yet may come
                found += [path for path in run_files(folder) if path not in self._members]
        return found

    def _arrived(self) -> list[Path]:
        """The files that are new; packed ones once nobody is packing them any more."""
        settled_s = self._settled_s
        return [
            path
            for path in self._found()
            if not path.name.endswith(COMPRESSED_SUFFIXES) or _is_settled(path, settled_s)
        ]

    async def _fill(self, member: Member) -> AsyncGenerator[Tagged, None]:
        """Have lines of a file wait, if it has more."""
        if not member.waiting and not member.at_end:
            async for item in member.fill():
                yield item
            self._make_room(member)

    def _make_room(self, member: Member) -> None:
        """Let go of files after one was read, first of that one, if it need not be open."""
        member.rest_if_crowded()
        self._open.pop(member, None)
        if member.file.is_open:
            self._open[member] = None
        while len(self._open) > self._most_open:
            quietest = next(iter(self._open))
            quietest.file.park()
            del self._open[quietest]

    async def _replay(self) -> AsyncGenerator[Tagged, None]:
        """Yield what is there, by time: always from the file whose next line is the oldest."""
        members = await self._assemble()
        queue: list[tuple[float, int]] = []
        kept = Last(self._start, _line_of)
        for number, member in enumerate(members):
            async for item in self._fill(member):
                yield item
            if member.waiting:
                heapq.heappush(queue, (member.stamp, number))
        while queue:
            _, number = heapq.heappop(queue)
            member = members[number]
            lines = member.take(queue[0][0] if queue else float("inf"))
            if self._start.last is None:
                yield member.told(Lines(lines))
            else:
                for other, line in kept.add([(member, line) for line in lines]):
                    yield other.told(ContextLines([line] if isinstance(line, Line) else []))
            async for item in self._fill(member):
                yield item
            if member.waiting:
                heapq.heappush(queue, (member.stamp, number))
        for member, line in kept.items:
            yield member.told(Lines([line]))
        for member in members:
            yield member.told(member.end or Idle())
        if not members:
            yield self._nothing()

    async def _assemble(self) -> list[Member]:
        """Take in the files that are there."""
        members = self._join(self._paths, self._start, named=True)
        members += self._join(await wrap(self._found)(), self._start)
        for member in members:
            member.crowded = len(members) > _CROWD
        return members

    def _nothing(self) -> Tagged:
        """Say that there are no runs; who does not wait for some is told so by an error."""
        where = ", ".join(map(self._names, self._folders))
        if not self._follow:
            for folder in self._folders:
                _readable(folder, self._names)
            raise UnreadableError(f"{where} holds no run files; name a folder with some, or a file")
        return Tagged(NO_RUN, Notice(NoticeKind.WAITING, f"no runs in {where} yet: waiting"))

    async def _news(self, hint: Hint, touched: frozenset[str]) -> AsyncGenerator[Tagged, None]:
        """Yield what came since the last look."""
        now = time.monotonic()
        # a file that is written all the time must not keep the timer of the others from ever coming
        due = hint is Hint.TIMER or now - self._last_round > _ROUND_S
        unseen = hint is Hint.CHANGE and not touched  # the watch has just begun: what came before made no event
        sweep = unseen or (due and now - self._last_sweep > self._sweep_s)
        self._last_round = now if due else self._last_round
        self._last_sweep = now if sweep else self._last_sweep
        known = {member.path.name for member in self._members.values()}
        for member in self._join(await wrap(self._arrived)() if sweep or touched - known else [], StartPosition()):
            yield member.told(Notice(NoticeKind.FOUND, f"run {member.name} begins"))
        for member in await wrap(self._stirred)(touched, due=due, sweep=sweep):
            member.go_on()
            while not member.at_end:
                others = await member.look()
                if member.waiting:
                    self._last_data = time.monotonic()
                    yield member.told(Lines(list(member.waiting)))
                    member.waiting.clear()
                for item in others:
                    yield member.told(item)
            self._make_room(member)
            yield member.told(member.end or Idle())
        if due:
            for sign in self._signs():
                yield sign

    def _signs(self) -> list[Tagged]:
        """That there is nothing new: of each run that may still be written, and of one at least.

        Whoever watches has to be called now and then, to tell the time and to see that nobody reads any more.
        """
        members = list(self._members.values())
        signs = [member.told(member.end or Idle()) for member in members if member.living]
        return signs or [member.told(member.end or Idle()) for member in members[:1]] or [Tagged(NO_RUN, Idle())]

    def _stirred(self, touched: frozenset[str], *, due: bool, sweep: bool) -> list[Member]:
        """The files that a look may find something new in: touched, new, or, on the timer, grown or let go of."""
        return [
            member
            for member in self._members.values()
            if (member.is_among(touched) and not (member.packed and member.at_end))
            or member.end is None
            or ((sweep or (member.living and due)) and member.file.stirred())
        ]
