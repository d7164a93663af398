"""Every run file of a folder into one stream, those that are there and those that come, until it is told to end.

One task watches the folder and notes which runs have stirred, another one keeps a connection and lets those runs
advance, many at a time. They share names of runs only; lines are in memory while they are on their way.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from aiofiles.os import wrap

from observer.nats.address import Address
from observer.nats.connection import Connection, Connector, Patience, ServerUnavailable, first_of
from observer.nats.publisher import Publisher
from observer.nats.relay_file import RelayFile, RelayIntervals
from observer.nats.stream import Retention, Stream, stream_of
from observer.source.locate import COMPRESSED_SUFFIXES, run_files
from observer.source.watcher import Hint, Watcher

_AT_ONCE = 32
"""Runs that advance at the same time: with what each has on its way, 4 MB."""
_MOST_OPEN = 256
"""Files that stay open between turns: one that is renamed can be read to its end only then."""
_END_S = 1.0
"""Seconds that what is on its way may take when it is told to end."""


class Relay:
    """Publishes the run files of `folder`; `say` is told of trouble, a sentence each time."""

    def __init__(
        self, folder: Path, address: Address, connector: Connector, keeping: Retention, say: Callable[[str], None],
        pace: RelayIntervals | None = None,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._address = address
        self._connector = connector
        self._keeping = keeping
        self._say = say
        self._pace = pace or RelayIntervals()
        self._runs: dict[Path, RelayFile] = {}
        self._stirred: dict[Path, None] = {}  # in the order of their turns
        self._busy: set[Path] = set()
        self._open: dict[Path, None] = {}  # those whose turn it is not; the one whose turn was last comes last
        self._news = asyncio.Event()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._stream: Stream | None = None
        self._publisher: Publisher | None = None
        self._away = self._met = False
        self._unreadable = ""
        self.published = 0
        """Lines, and parts of lines, that were stored."""

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set. Raises UnreadableError when the servers refuse what waiting will not change."""
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(self._watch()), tasks.create_task(self._serve())]
                await stop.wait()
                if self._publisher is not None:
                    await self._publisher.end(_END_S)
                for task in work:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise first_of(group) from None
        finally:
            for run in self._runs.values():
                run.close()

    async def _watch(self) -> None:
        """Note which runs have stirred."""
        last_data = last_round = last_sweep = time.monotonic()
        hint = Hint.CHANGE
        async with Watcher(folders=[self._folder]) as wake:
            while True:
                now = time.monotonic()
                due = hint is Hint.TIMER or now - last_round > self._pace.round_s
                unseen = hint is Hint.CHANGE and not wake.touched  # before the watch began nothing made an event
                sweep = unseen or (due and now - last_sweep > self._pace.sweep_s)
                last_round, last_sweep = now if due else last_round, now if sweep else last_sweep
                stirred = await wrap(self._scan)(wake.touched, due=due, sweep=sweep)
                if any(path not in self._runs or self._runs[path].trouble is None for path in stirred):
                    last_data = now  # what cannot be read is no reason to look more often
                if stirred:
                    self._stirred.update(dict.fromkeys(stirred))
                    self._news.set()
                self._tell()
                hint = await wake.wait(quiet_s=time.monotonic() - last_data)

    def _scan(self, touched: frozenset[str], *, due: bool, sweep: bool) -> list[Path]:
        """Return the runs that a look may find something new in; blocks."""
        known = {path.name for path in self._runs}
        new = self._new() if sweep or touched - known else []
        return new + [
            path
            for path, run in list(self._runs.items())
            if (sweep or path.name in touched or (due and run.living)) and run.stirred()
        ]

    def _new(self) -> list[Path]:
        try:
            found = run_files(self._folder)
        except OSError as error:
            self._unreadable = f"{self._folder} cannot be read ({error.strerror}): waiting"
            return []
        self._unreadable = ""
        return [path for path in found if not path.name.endswith(COMPRESSED_SUFFIXES) and path not in self._runs]

    def _tell(self) -> None:
        """Say why the folder cannot be read, once."""
        if self._unreadable and self._met is False:
            self._say(self._unreadable)
        self._met = bool(self._unreadable)

    async def _serve(self) -> None:
        """Keep a connection, and have what has stirred published."""
        patience = Patience()
        while True:
            before = self.published
            try:
                async with self._connector.connection() as connection:
                    await self._session(connection)
            except ServerUnavailable as error:
                if not self._away:
                    self._say(f"{error}: waiting")
                self._away = True
            await patience.wait(well=self.published > before)

    async def _session(self, connection: Connection) -> None:
        """Publish on a connection until it breaks, which raises AwayError."""
        stream = await stream_of(connection, self._keeping)
        self._remember(stream)
        publisher = self._publisher = await Publisher.opened(connection, stream.name)
        unknown = [path for path, run in self._runs.items() if run.known is None and run.stirred()]
        self._stirred = {**self._stirred, **dict.fromkeys(unknown)}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(connection.broken(self._address))
                while True:
                    for path in [path for path in self._stirred if path not in self._busy]:
                        del self._stirred[path]
                        self._busy.add(path)
                        tasks.create_task(self._advance(path, stream, publisher))
                    self._news.clear()
                    await self._news.wait()
        except BaseExceptionGroup as group:
            raise first_of(group) from None
        finally:
            self._publisher = None
            self._stirred.update(dict.fromkeys(self._busy))  # those whose turn was over before it began
            self._busy.clear()

    def _remember(self, stream: Stream) -> None:
        """Begin all runs anew when the stream is not the one that it was."""
        if self._stream is None and stream.differs:
            self._say(f"{stream.name} was made otherwise than {stream.differs} asks; nats stream edit changes it")
        highest = max((run.known or 0 for run in self._runs.values()), default=0)
        if self._stream is not None and (stream.created != self._stream.created or stream.last < highest):
            self._say(f"{stream.name} was made anew: publishing everything again")
            for path, run in self._runs.items():
                run.forget()
                self._stirred[path] = None
        self._stream = stream

    async def _advance(self, path: Path, stream: Stream, publisher: Publisher) -> None:
        """Let one run advance when it is its turn."""
        done = False
        try:
            async with self._turns:
                run = self._runs.setdefault(path, RelayFile(path, self._pace))
                trouble, before = run.trouble, run.published
                self._open.pop(path, None)
                try:
                    done = await run.advance(stream, publisher)
                finally:
                    self.published += run.published - before
                    if run.is_open:
                        self._open[path] = None
            self._after(run, trouble)
        finally:
            self._busy.discard(path)
            if not done:
                self._stirred[path] = None
            self._news.set()

    def _after(self, run: RelayFile, trouble: str | None) -> None:
        if self._away:
            self._away = False
            self._say(f"{self._address} is there again")
        if run.trouble is not None and run.trouble != trouble:
            self._say(run.trouble)
        if run.gone:
            run.close()
            self._runs.pop(run.path, None)
            self._open.pop(run.path, None)
        for path in list(self._open)[: max(0, len(self._open) - _MOST_OPEN)]:
            del self._open[path]
            self._runs[path].park()
