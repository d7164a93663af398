"""An open run: its lines around an offset as rows, and searches in them. Blocking, for one thread at a time."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from observer.format.event import Event, Malformed, Record, decode
from observer.format.line import Line, Oversize
from observer.format.timestamps import parse_timestamp
from observer.format.units import pluralize
from observer.runs.filters.filter import Filter
from observer.runs.one_run.event_lookup import with_output
from observer.runs.rows.event_row import long_row, make_row, malformed_row
from observer.runs.rows.row_blocks import UNLIMITED
from observer.runs.rows.row_types import Note, Row, Tone
from observer.runs.window.hits import HitList, HitRequest
from observer.runs.window.line_filter import LineFilter
from observer.runs.window.long_line import describe_long_line, is_long
from observer.runs.window.pages import Page, lines_after, lines_before
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.source.line_reader import Read, first_line, read_lines
from observer.source.locate import COMPRESSED_SUFFIXES, PATH_NAMES, DisplayNames
from observer.source.seek import StartPosition, find_offset
from observer.source.snapshot import Snapshot
from observer.terminal.ui.entries import LoadedRow
from observer.terminal.ui.places import Landmark, Landmarks

PAGE_LINES = 500
"""Lines that are loaded at once."""
_HITS_AT_ONCE = 50
MAX_HITS = 50_000
"""Hits that are counted: these take 10 MB."""
_MAX_BLOCKS = 16
"""Blocks of lines without an event after which no event is looked for."""

OnProgress = Callable[[float], None]
"""Is told which share of the file has been searched."""


class RunFile:
    """A run file, or what is in a compressed one; lines pass `choice`, and without `content` lose their text.

    `names` knows where the outputs of the run are.
    """

    def __init__(self, path: Path, choice: Filter, *, content: bool = True, names: DisplayNames = PATH_NAMES) -> None:
        """Open a file. Raises UnreadableError."""
        self.path, self.choice, self._content = path, choice, content
        self._outputs = names.outputs(path)
        self.target = path.resolve() if path.is_symlink() else path
        """The file that has the name now; a link such as `latest` may lead to another one later."""
        self._snapshot = Snapshot(path) if path.name.endswith(COMPRESSED_SUFFIXES) else None
        self._shared = None if self._snapshot else SharedFile(self.target.resolve()).acquire()
        self._project: str | None = None
        self.end = self._snapshot.size if self._snapshot else self._shared.end if self._shared else 0

    def close(self) -> None:
        """Close the file."""
        if self._shared is not None:
            self._shared.release()
        if self._snapshot is not None:
            self._snapshot.close()

    @property
    def damage(self) -> str:
        """A sentence about the part of a compressed file that cannot be read; empty if there is none."""
        return self._snapshot.damage if self._snapshot is not None else ""

    @property
    def read(self) -> Read:
        """Reads bytes of the file."""
        if self._snapshot is not None:
            return self._snapshot.read
        assert self._shared is not None  # noqa: S101 - one of both is there
        return self._shared.read

    def before(self, offset: int) -> Page[LoadedRow]:
        """Return the last lines before an offset."""
        return lines_before(self.read, offset, self.end, PAGE_LINES, self._filter(self.choice, offset), self.row_of)

    def after(self, offset: int) -> Page[LoadedRow]:
        """Return the first lines from an offset on."""
        return lines_after(self.read, offset, self.end, PAGE_LINES, self._filter(self.choice, offset), self.row_of)

    def offset_of(self, position: StartPosition) -> int:
        """Return where the first line at a position begins."""
        return find_offset(position, self.read, self.end)

    def landmark(self, offset: int) -> Landmark | None:
        """Return the first event from an offset on; None if there is none, or only after many lines without one."""
        for lines in islice(read_lines(self.read, offset, self.end), _MAX_BLOCKS):
            for line in lines:
                event = decode(line) if isinstance(line, Line) else None
                if isinstance(event, Event):
                    return Landmark(event.seq, event.type, parse_timestamp(event.timestamp))
        return None

    def landmarks(self, offset: int, shown: frozenset[int]) -> Landmarks:
        """Return the events around an offset, at which those with the numbers `shown` are shown."""
        last = self.offset_of(StartPosition(last=1))
        return Landmarks(self.landmark(offset), self.landmark(0), self.landmark(last), shown)

    def row_of(self, line: Line | Oversize, end: int) -> LoadedRow:
        """Return the row of a line, which ends at an offset."""
        row, event = self._row(line)
        if event is not None and row.kind == "complete":  # the first row has named the directory
            row.facts = [fact for fact in row.facts if fact != [self._project_dir]]
        return LoadedRow(line.offset, end, row, None if event is None else _turns_of_only_session(event))

    def partial_rows(self, line: Line | Oversize) -> list[LoadedRow]:
        """Return the row of a last line without a newline, if it passes the filter."""
        line_filter = LineFilter(self.choice, content=self._content)
        return [
            self.row_of(shown, end - 1) for shown, end in [*line_filter.apply_all([line]), *line_filter.apply_all([])]
        ]

    def line(self, part: LoadedRow) -> Line:
        """Return the line of a row, however long it is. Raises UnreadableError."""
        whole = Line(self.read(part.end - part.begin, part.begin).removesuffix(b"\n"), part.begin)
        line, _ = LineFilter(Filter(), content=self._content).apply(whole)
        return line if isinstance(line, Line) else whole

    def whole_row(self, part: LoadedRow) -> Row:
        """Return the row of a line that shows all of its event, also an output that is in a file of its own.

        Raises UnreadableError.
        """
        line = self.line(part)
        record = Record(line)
        problem = ""
        if self._content:  # or else the name of the file is gone, too
            record, problem = with_output(record, self._outputs)
        if record.event is None:
            decoded = decode(line)
            return malformed_row(decoded, is_open=True) if isinstance(decoded, Malformed) else Row("blank")
        row = make_row(record.event, project=self._project_dir, is_open=True, room=UNLIMITED)
        if problem:
            row.blocks.append(Note([problem], Tone.WARNING))
        return row

    def find(
        self, wanted: Filter, offset: int, *, forwards: bool, accepts: Callable[[LoadedRow], bool],
        is_cancelled: IsCancelled, on_progress: OnProgress,
    ) -> LoadedRow | None:  # fmt: skip
        """Return the next or the previous line that passes a filter and is accepted, None if there is none.

        Raises UnreadableError when the search is cancelled.
        """
        choice = _both(self.choice, wanted)
        line_filter = self._filter(choice, offset)
        step = lines_after if forwards else lines_before
        read = self._cancellable(is_cancelled)
        while (offset < self.end) if forwards else (offset > 0):
            page = step(read, offset, self.end, _HITS_AT_ONCE, line_filter, self.row_of)
            found = page.rows if forwards else reversed(page.rows)
            if (hit := next(filter(accepts, found), None)) is not None:
                return hit
            reached = page.last if forwards else page.first
            if reached == offset:
                return None
            offset = reached
            on_progress(offset / max(1, self.end))
        return None

    def hits(self, wanted: Filter) -> HitList:
        """Return the list of all hits of a filter, of which nothing is read yet."""
        return HitList(_both(self.choice, wanted), MAX_HITS)

    def count(self, hits: HitList, near: int, is_cancelled: IsCancelled) -> tuple[str, bool]:
        """Read on for a moment; return in words which hit is the first from an offset on, and whether all are known.

        There are no words for a compressed run. Raises UnreadableError when the search is cancelled.
        """
        if self._shared is None:
            return "", True
        hits.read_on(self._shared, is_cancelled)
        known = hits.answer(self._shared, HitRequest())
        is_beyond = known.read_to >= known.size and near >= hits.read_to  # no more are counted, also not this one
        answer = known if is_beyond else hits.answer(self._shared, HitRequest(after=near))
        return answer.words, answer.read_to >= answer.size

    def _cancellable(self, is_cancelled: IsCancelled) -> Read:
        if self._shared is not None:
            return self._shared.cancellable_read(is_cancelled)
        return self.read

    def _filter(self, choice: Filter, offset: int) -> LineFilter:
        line_filter = LineFilter(choice, content=self._content)
        line_filter.learn_subagents(self.read, offset)
        return line_filter

    def _row(self, line: Line | Oversize) -> tuple[Row, Event | None]:
        """Return the row of a line, and its event if that was decoded."""
        if not isinstance(line, Line) or is_long(line):
            long = describe_long_line(line, self.read)
            return long_row(long.bytes, long.type, long.seq), None
        decoded = decode(line)
        if isinstance(decoded, Event):
            return make_row(decoded, project=self._project_dir), decoded
        return malformed_row(decoded) if isinstance(decoded, Malformed) else Row("blank"), None

    @property
    def _project_dir(self) -> str:
        if self._project is None:
            line = first_line(self.read)
            event = None if line is None else decode(line)
            self._project = event.text("project_dir") if isinstance(event, Event) else ""
        return self._project


def _turns_of_only_session(event: Event) -> str | None:
    """Return the turns, in words, of a session that is all of its run and succeeded; None for any other event."""
    if event.type != "session_end" or event.phase != "single" or event.text("outcome") != "success":
        return None
    turns = event.count("turns")
    return "" if turns is None else pluralize(turns, "turn")


def _both(choice: Filter, wanted: Filter) -> Filter:
    """Return a filter that passes what passes two of them; of two patterns, the one that is looked for."""
    return replace(
        choice,
        types=wanted.types or choice.types,
        statuses=wanted.statuses or choice.statuses,
        errors=wanted.errors or choice.errors,
        grep=wanted.grep or choice.grep,
        agent=wanted.agent or choice.agent,
    )
