"""Publishes every run file of a directory, present and future, to one stream.

One task watches the directory and notes which run files may have changed, another keeps a connection and publishes
those, many at a time. They share only the names of runs; lines are in memory only while they are being sent.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from aiofiles.os import wrap

from observer.nats.address import Address
from observer.nats.connection import Backoff, Connection, Connector, ServerUnavailable, root_cause
from observer.nats.publisher import Publisher
from observer.nats.relay_file import RelayFile, RelayIntervals
from observer.nats.stream import Retention, Stream, open_stream
from observer.source.locate import LATEST, is_compressed, run_files
from observer.source.rounds import Round, Rounds
from observer.source.watcher import Hint, Watcher

_AT_ONCE = 32
"""Runs that are published at the same time: with a batch of each in memory, 4 MB."""
_MAX_OPEN = 256
"""Files that stay open between turns: a file that is renamed can be read to its end only while it is open."""
_STOP_TIMEOUT_S = 1.0
"""Seconds to wait for acknowledgements when the relay stops."""


class Relay:
    """Publishes the run files of `directory`; `report` receives one sentence for each problem, and when it is over.

    Those that are `copies`, made again by each relay, may differ from what the stream has: see `RelayFile`.
    """

    def __init__(
        self, directory: Path, address: Address, connector: Connector, retention: Retention,
        report: Callable[[str], None], intervals: RelayIntervals | None = None, *, copies: bool = False,
    ) -> None:  # fmt: skip
        self._directory = directory
        self._address = address
        self._connector = connector
        self._retention = retention
        self._report = report
        self._copies = copies
        self._intervals = intervals or RelayIntervals()
        self._runs: dict[Path, RelayFile] = {}
        self._pending: dict[Path, None] = {}  # in the order of their turns
        self._busy: set[Path] = set()
        self._open: dict[Path, None] = {}  # those waiting for a turn, least recently published first
        self._wake = asyncio.Event()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._stream: Stream | None = None
        self._publisher: Publisher | None = None
        self._unreachable = self._unreadable_reported = False
        self._unreadable = ""
        self.published = 0
        """The number of lines, and parts of lines, that were stored."""

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop` is set. Raises UnreadableError if the servers refuse and waiting will not help."""
        try:
            async with asyncio.TaskGroup() as tasks:
                work = [tasks.create_task(self._watch()), tasks.create_task(self._publish_all())]
                await stop.wait()
                if self._publisher is not None:
                    await self._publisher.stop(_STOP_TIMEOUT_S)
                for task in work:
                    task.cancel()
        except BaseExceptionGroup as group:
            raise root_cause(group) from None
        finally:
            for run in self._runs.values():
                run.close()

    async def _watch(self) -> None:
        """Note which run files may have changed."""
        last_data = time.monotonic()
        rounds = Rounds(last_data, round_s=self._intervals.round_s, sweep_s=self._intervals.sweep_s)
        hint = Hint.CHANGE
        async with Watcher(directories=[self._directory]) as watcher:
            while True:
                now = time.monotonic()
                round_ = rounds.next(now, on_timer=hint is Hint.TIMER, is_reported=bool(watcher.changed_names))
                changed = await wrap(self._scan)(watcher.changed_names, round_)
                if any(path not in self._runs or self._runs[path].problem is None for path in changed):
                    last_data = now  # unreadable files are no reason to poll more often
                if changed:
                    self._pending.update(dict.fromkeys(changed))
                    self._wake.set()
                self._report_directory()
                hint = await watcher.wait(quiet_s=time.monotonic() - last_data)

    def _scan(self, touched: frozenset[str], round_: Round) -> list[Path]:
        """Return the run files that may have new lines; blocking, while tasks of the event loop add and remove runs."""
        runs = self._runs.copy()  # at once, unlike a loop
        known = {path.name for path in runs}
        new = self._new() if round_.is_sweep or touched - known else []
        return new + [
            path
            for path, run in runs.items()
            if round_.is_sweep or path.name in touched or (round_.is_due and run.is_active)
            if run.may_have_changed()
        ]

    def _new(self) -> list[Path]:
        try:
            paths = run_files(self._directory)
        except OSError as error:
            self._unreadable = f"cannot read {self._directory} ({error.strerror}); retrying"
            return []
        self._unreadable = ""
        return [path for path in paths if path.name != LATEST and not is_compressed(path) and path not in self._runs]

    def _report_directory(self) -> None:
        """Report once why the directory cannot be read."""
        if self._unreadable and not self._unreadable_reported:
            self._report(self._unreadable)
        self._unreadable_reported = bool(self._unreadable)

    async def _publish_all(self) -> None:
        """Keep a connection, and publish what is pending."""
        backoff = Backoff()
        while True:
            before = self.published
            try:
                async with self._connector.connection() as connection:
                    await self._session(connection)
            except ServerUnavailable as error:
                if not self._unreachable:
                    self._report(f"{error}; retrying")
                self._unreachable = True
            await backoff.wait(succeeded=self.published > before)

    async def _session(self, connection: Connection) -> None:
        """Publish on a connection until it breaks. Raises ServerUnavailable."""
        stream = await open_stream(connection, self._retention)
        self._remember(stream)
        publisher = self._publisher = await Publisher.open(connection, stream.name)
        unknown = [path for path, run in self._runs.items() if run.known is None and run.may_have_changed()]
        self._pending = {**self._pending, **dict.fromkeys(unknown)}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(connection.raise_when_broken(self._address))
                while True:
                    for path in [path for path in self._pending if path not in self._busy]:
                        del self._pending[path]
                        self._busy.add(path)
                        tasks.create_task(self._advance(path, stream, publisher))
                    self._wake.clear()
                    await self._wake.wait()
        except BaseExceptionGroup as group:
            raise root_cause(group) from None
        finally:
            self._publisher = None
            self._pending.update(dict.fromkeys(self._busy))  # their turn was cut off
            self._busy.clear()

    def _remember(self, stream: Stream) -> None:
        """Publish everything again if this is not the stream that it was before."""
        if self._stream is None and stream.differs:
            self._report(
                f"stream {stream.name} exists with other settings than {stream.differs}; to change it: nats stream edit"
            )
        highest = max((run.known or 0 for run in self._runs.values()), default=0)
        if self._stream is not None and (stream.created != self._stream.created or stream.last < highest):
            self._report(f"stream {stream.name} was created again: publishing everything again")
            for path, run in self._runs.items():
                run.forget()
                self._pending[path] = None
        self._stream = stream

    async def _advance(self, path: Path, stream: Stream, publisher: Publisher) -> None:
        """Publish one run when it is its turn."""
        done = False
        try:
            async with self._turns:
                run = self._runs.setdefault(path, RelayFile(path, self._intervals, is_copy=self._copies))
                problem, before = run.problem, run.published
                self._open.pop(path, None)
                try:
                    done = await run.advance(stream, publisher)
                finally:
                    self.published += run.published - before
                    if run.is_open:
                        self._open[path] = None
            self._after(run, problem)
        finally:
            self._busy.discard(path)
            if not done:
                self._pending[path] = None
            self._wake.set()

    def _after(self, run: RelayFile, problem: str | None) -> None:
        if self._unreachable:
            self._unreachable = False
            self._report(f"connected to {self._address} again")
        if run.problem is not None and run.problem != problem:
            self._report(run.problem)
        if run.gone:
            run.close()
            self._runs.pop(run.path, None)
            self._open.pop(run.path, None)
        for path in list(self._open)[: max(0, len(self._open) - _MAX_OPEN)]:
            del self._open[path]
            self._runs[path].park()
