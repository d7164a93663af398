"""A search through all runs of the directory, newest first; it says how far it is, and ends when its client does."""

import time
from collections.abc import AsyncGenerator, Iterable

import msgspec
from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.json import encode
from observer.format.line import Line
from observer.runs.filters.filter import PIECE_TYPES
from observer.runs.filters.message_text import texts
from observer.runs.filters.pattern import Pattern
from observer.runs.listing.listed_run import ListedRun
from observer.runs.window.line_filter import LineFilter
from observer.runs.window.long_line import is_long
from observer.runs.window.pages import as_filtered, lines_after
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.source.locate import run_id
from observer.web.errors import HTTPError
from observer.web.query import ClientFilter
from observer.web.responses import sse
from observer.web.run_directory import RunDirectory
from observer.web.search_pool import ClientSearches

MAX_HITS = 10
"""Hits of one run that are sent; then the next run is searched."""
_PROGRESS_S = 0.1
"""Seconds between two messages about the progress, if the search is quick: for so long runs are searched at a time."""
_MAX_ROWS = 200
"""Lines that match and are looked at together: a text may have many."""
_BEFORE, _AFTER = 60, 140
"""Characters of a text that are sent around what matches."""


class Hit(Struct, frozen=True):
    """An event that matches: where it begins in the file, and the text that does, cut before, at and after the match.

    Of a text that matches only together with other pieces of it, `match` is empty.
    """

    at: int
    seq: int | None
    type: str
    timestamp: str | None
    before: str
    match: str
    after: str


class RunHits(Struct):
    """The first hits in a run, and whether there may be more; the last one is a piece of `last_message`, if of any."""

    run: str
    about: str
    project_dir: str | None
    hits: list[Hit] = []
    has_more: bool = False
    last_message: str = ""


class Progress(Struct, frozen=True):
    """How far the search is: the run it is at, how many runs and bytes it has passed, how many it could not read."""

    run: str | None
    runs: int
    passed_runs: int
    bytes: int
    passed_bytes: int
    unreadable: int


async def search_runs(
    directory: RunDirectory, runs: Iterable[ListedRun], client_filter: ClientFilter, searches: ClientSearches
) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events: `progress` now and then, `hits` for each run that has some, and at last `done`."""
    search = _Search(directory, list(runs), client_filter)
    try:
        while not search.is_complete:
            yield _message("progress", search.progress())
            for hits in await searches.run(search.read_on):
                yield _message("hits", hits)
    finally:
        search.close()
    yield _message("progress", search.progress())
    yield _message("done", None)


class _Search:
    """A search through runs, one after the other. For one thread at a time."""

    def __init__(self, directory: RunDirectory, runs: list[ListedRun], client_filter: ClientFilter) -> None:
        self._directory, self._runs, self._client_filter = directory, runs, client_filter
        self._filter = LineFilter(client_filter.choice, content=client_filter.content)
        self._bytes = sum(run.size for run in runs)
        self._passed = self._passed_bytes = self._unreadable = 0
        self._run: _RunSearch | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all runs were searched."""
        return self._passed == len(self._runs)

    def progress(self) -> Progress:
        """Return how far the search is."""
        run = None if self.is_complete else run_id(self._runs[self._passed].path)
        passed_bytes = self._passed_bytes + (0 if self._run is None else self._run.offset)
        return Progress(run, len(self._runs), self._passed, self._bytes, passed_bytes, self._unreadable)

    def read_on(self, is_cancelled: IsCancelled) -> list[RunHits]:
        """Search for a moment, and return the hits of the runs that are done. Blocking."""
        deadline, completed = time.monotonic() + _PROGRESS_S, list[RunHits]()
        while not self.is_complete and time.monotonic() < deadline:
            listed = self._runs[self._passed]
            try:
                self._run = self._run or self._open(listed)
            except HTTPError:
                self._unreadable += 1
            else:
                if not self._run.read_on(is_cancelled):
                    continue
                if self._run.run_hits.hits:
                    completed.append(self._run.run_hits)
            self.close()
            self._passed += 1
            self._passed_bytes += listed.size
        return completed

    def close(self) -> None:
        """Release the run that is being searched."""
        if self._run is not None:
            self._run.file.release()
            self._run = None

    def _open(self, listed: ListedRun) -> "_RunSearch":
        """Open a run. Raises HTTPError."""
        name, state = run_id(listed.path), listed.state
        about, project_dir = (state.about, state.project_dir) if self._client_filter.content else ("", None)
        run_hits = RunHits(name, about, project_dir)
        return _RunSearch(
            self._directory.open(name).acquire(), self._client_filter, self._filter.for_another_run(), run_hits
        )


class _RunSearch(Struct):
    """A search through one run, which is at `offset`. Blocking."""

    file: SharedFile
    client_filter: ClientFilter
    line_filter: LineFilter
    run_hits: RunHits
    offset: int = 0

    def read_on(self, is_cancelled: IsCancelled) -> bool:
        """Search for a second at most, and return whether the search of this run is complete."""
        if self.offset < self.file.end:
            self.offset = self._search(is_cancelled)
        self.run_hits.has_more = self.offset < self.file.end
        return not self.run_hits.has_more or len(self.run_hits.hits) >= MAX_HITS

    def _search(self, is_cancelled: IsCancelled) -> int:
        """Search on, and return how far."""
        read, hits = self.file.cancellable_read(is_cancelled), self.run_hits.hits
        if self.offset == 0:
            self.line_filter.learn_subagents(read, self.file.end)
        page = lines_after(read, self.offset, self.file.end, _MAX_ROWS, self.line_filter, as_filtered)
        for line, end in page.rows:
            event = Record(line).event if isinstance(line, Line) and not is_long(line) else None
            if event is None:
                continue
            message = event.text("message") if event.type in PIECE_TYPES else ""
            if message and message == self.run_hits.last_message:
                continue  # another piece of the same text
            self.run_hits.last_message = message
            hits.append(_hit(event, line.offset, self.client_filter.choice.grep))
            if len(hits) == MAX_HITS:
                return end
        return page.last if page.last > self.offset else self.file.end


def _hit(event: Event, offset: int, pattern: Pattern | None) -> Hit:
    values = texts(event.data)
    before, match, after = "", "", next((text for text in values if text), "")
    spans = ((text, span) for text in values if pattern is not None and (span := pattern.span(text)) is not None)
    for text, (begin, end) in spans:
        before, match, after = text[max(0, begin - _BEFORE) : begin], text[begin:end], text[end:]
        break
    cut = [" ".join(part[:_AFTER].split("\n")) for part in (before, match, after)]
    return Hit(offset, event.seq, event.type, event.timestamp, *cut)


def _message(name: str, content: object) -> bytes:
    return sse.named_message(name, encode(msgspec.to_builtins(content)))
