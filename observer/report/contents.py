"""What the HTML report says of a run, for which the events are read once, and decoded once. Blocking."""

from collections.abc import Callable, Iterator
from heapq import merge

from msgspec import Struct

from observer.format.event import Event, Malformed
from observer.format.zone import Zone
from observer.report.problem_rows import ProblemRows
from observer.report.row_chunks import Chunk, RowChunks
from observer.runs.one_run.run import Run
from observer.runs.rows.highlight import IsLate
from observer.runs.summary.summary import Summary
from observer.runs.timeline import SPANNING
from observer.web.summaries.thinned_timeline import ThinnedTimeline

_EVENTS_BETWEEN = 20_000
"""Events after which the timeline is thinned out."""


class Contents(Struct):
    """The totals of a run, its timeline, what went wrong, and where its rows are in the chunks."""

    summary: Summary
    timeline: ThinnedTimeline
    problems: ProblemRows
    chunks: list[Chunk]


def read_contents(run: Run, zone: Zone, write: Callable[[bytes], object], is_late: IsLate) -> Contents:
    """Return what the page says of a run, and hand the chunks of its rows to `write` in order."""
    summary, timeline, problems = run.empty_summary(), ThinnedTimeline(), ProblemRows(zone)
    with RowChunks(write, is_late) as chunks:
        for number, (line, item) in enumerate(_lines(run)):
            if isinstance(item, Malformed):
                problems.add_malformed(item, line)
                chunks.add_malformed(item)
                continue
            summary.add(item, line)
            row = chunks.add(item)
            if row is not None:
                problems.add(item, line, row)
            if item.type in SPANNING:
                timeline.take(item)
            if number % _EVENTS_BETWEEN == 0:
                timeline.thin_out()
    timeline.thin_out()
    return Contents(summary, timeline, problems, chunks.index)


def _lines(run: Run) -> Iterator[tuple[int, Event | Malformed]]:
    """Return the events and the malformed lines in the order of the file, each with the number of its line."""
    if not run.malformed:
        return run.numbered()
    return merge(run.numbered(), run.malformed, key=lambda numbered: numbered[0])
