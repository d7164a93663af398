"""A search through all runs of the directory, newest first; it says how far it is, and ends when its client does."""

import time
from collections.abc import AsyncGenerator, Iterable

import msgspec
from aiofiles.os import wrap
from msgspec import Struct

from observer.format.event import Event, Record
from observer.format.json import encode
from observer.format.line import Line
from observer.runs.filters.filter import PIECE_TYPES
from observer.runs.filters.message_text import texts
from observer.runs.filters.pattern import Pattern
from observer.runs.listed_run import ListedRun
from observer.runs.window.line_filter import LineFilter
from observer.runs.window.long_line import is_long
from observer.runs.window.pages import as_filtered, lines_after
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.source.locate import run_id
from observer.web import sse
from observer.web.errors import HTTPError
from observer.web.query import ClientFilter
from observer.web.run_directory import RunDirectory
from observer.web.search_pool import ClientSearches

MAX_HITS = 10
"""Hits of one run that are sent; then the next run is searched."""
_PROGRESS_S = 0.1
"""Seconds between two messages about the progress, if the search is quick."""
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
    directory: RunDirectory, runs: Iterable[ListedRun], wanted: ClientFilter, searches: ClientSearches
) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events: `progress` now and then, `hits` for each run that has some, and at last `done`."""
    listed = list(runs)
    passed_bytes, unreadable, reported_at, total = 0, 0, 0.0, sum(run.size for run in listed)
    for passed, run in enumerate(listed):
        name = run_id(run.path)
        about, project_dir = (run.state.about, run.state.project_dir) if wanted.content else ("", None)
        found = RunHits(name, about, project_dir)
        try:
            file = await wrap(directory.open)(name)
        except HTTPError:
            unreadable += 1
            continue
        with file.in_use():
            line_filter, offset = LineFilter(wanted.choice, content=wanted.content), 0
            while offset < file.end and len(found.hits) < MAX_HITS:
                if time.monotonic() - reported_at > _PROGRESS_S:
                    reported_at, at = time.monotonic(), passed_bytes + offset
                    yield _message("progress", Progress(name, len(listed), passed, total, at, unreadable))
                offset = await searches.run(_Step(file, offset, wanted, line_filter, found))
            found.has_more = offset < file.end
        if found.hits:
            yield _message("hits", found)
        passed_bytes += run.size
    yield _message("progress", Progress(None, len(listed), len(listed), total, total, unreadable))
    yield _message("done", None)


class _Step(Struct, frozen=True):
    """Searches a file from an offset on for a second at most, and returns how far it got. Blocking."""

    file: SharedFile
    offset: int
    wanted: ClientFilter
    line_filter: LineFilter
    found: RunHits

    def __call__(self, is_cancelled: IsCancelled) -> int:
        read, hits = self.file.cancellable_read(is_cancelled), self.found.hits
        if self.offset == 0:
            self.line_filter.learn_subagents(read, self.file.end)
        page = lines_after(read, self.offset, self.file.end, _MAX_ROWS, self.line_filter, as_filtered)
        for line, end in page.rows:
            event = Record(line).event if isinstance(line, Line) and not is_long(line) else None
            if event is None:
                continue
            message = event.text("message") if event.type in PIECE_TYPES else ""
            if message and message == self.found.last_message:
                continue  # another piece of the same text
            self.found.last_message = message
            hits.append(_hit(event, line.offset, self.wanted.choice.grep))
            if len(hits) == MAX_HITS:
                return end
        return page.last if page.last > self.offset else self.file.end


def _hit(event: Event, at: int, pattern: Pattern | None) -> Hit:
    found = texts(event.data)
    before, match, after = "", "", next((text for text in found if text), "")
    spans = ((text, span) for text in found if pattern is not None and (span := pattern.span(text)) is not None)
    for text, (begin, end) in spans:
        before, match, after = text[max(0, begin - _BEFORE) : begin], text[begin:end], text[end:]
        break
    cut = [" ".join(part[:_AFTER].split("\n")) for part in (before, match, after)]
    return Hit(at, event.seq, event.type, event.timestamp, *cut)


def _message(name: str, content: object) -> bytes:
    return sse.named_message(name, encode(msgspec.to_builtins(content)))
