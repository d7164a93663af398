"""The runs that `observe list` lists: its filter options, and the runs of a directory that match them."""

import os
import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec import Struct

from observer.cli.options.completion import complete_projects, complete_verdicts
from observer.errors import UsageError
from observer.format.sanitize import clean_line
from observer.format.zone import Zone
from observer.runs.filters.filter_options import parse_names, parse_pattern, parse_since_option
from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.listing import Listing
from observer.runs.listing.run_filter import RunFilter, parse_verdicts

EVERY_RUN = RunFilter()
_HERE = frozenset({".", ".."})
"""Names of a project directory that only its path makes clear."""


class RunFilterOptions(Struct, frozen=True):
    """The options that select runs."""

    verdicts: Annotated[
        list[str] | None,
        typer.Option(
            "--verdict",
            metavar="VERDICT",
            help="Only runs with these verdicts: crashed, in-tool, ended ...",
            autocompletion=complete_verdicts,
        ),
    ] = None
    projects: Annotated[
        list[str] | None,
        typer.Option(
            "--project",
            metavar="DIR",
            help="Only runs in project directories of this name.",
            autocompletion=complete_projects,
        ),
    ] = None
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only runs with an event since TIME: 10m, 08:00, yesterday, ...")
    ] = None
    grep: Annotated[str | None, typer.Option(metavar="REGEX", help="Only runs that are about what matches.")] = None

    def build(self, now: float, zone: Zone, *, content: bool) -> RunFilter:
        """Return the filter; `now` is in seconds since 1970. Raises UsageError."""
        if not content and (self.projects or self.grep is not None):
            raise UsageError("--project and --grep need the text that --no-content hides")
        return RunFilter(
            verdicts=parse_verdicts(parse_names(self.verdicts)),
            projects=frozenset(map(_project, parse_names(self.projects))),
            since=parse_since_option("--since", self.since, now, zone),
            about=parse_pattern(self.grep),
        )


def _project(name: str) -> str:
    """Return the name of a project's directory, or the path of the one that is meant by `.`. Raises UsageError."""
    try:
        return os.path.abspath(name) if name in _HERE else name
    except OSError as error:
        raise UsageError(f"--project {name}: the working directory is gone ({error.strerror})") from None


class SelectedRuns:
    """The newest runs of some directories that match a filter, at most `limit`.

    If a directory `may_be_missing`, there are no runs in it as long as it does not exist.
    """

    def __init__(
        self, listings: Sequence[Listing], run_filter: RunFilter, limit: int | None, *, may_be_missing: bool = False
    ) -> None:
        self._may_be_missing = may_be_missing
        self._listings = listings
        self._filter = run_filter
        self._limit = limit

    def read(self) -> list[ListedRun]:
        """Return the runs, newest first. Raises OSError when the directory cannot be read."""
        if self._filter.matches_all:
            return self._read(self._limit)
        return self._filter.select(self._read(), time.time())[: self._limit]

    def _read(self, limit: int | None = None) -> list[ListedRun]:
        """Return the runs of all directories; those of several are in the order of their last events."""
        if len(self._listings) == 1:
            return self._runs_of(self._listings[0], limit)
        now = time.time()
        runs = [run for listing in self._listings for run in self._runs_of(listing, limit)]
        return sorted(runs, key=lambda run: run.silent_s(now))[:limit]

    def _runs_of(self, listing: Listing, limit: int | None) -> list[ListedRun]:
        try:
            return listing.read(limit)
        except FileNotFoundError:
            if self._may_be_missing:
                return []
            raise

    def report_problems(self, runs: Sequence[ListedRun], directory: str, *, as_json: bool) -> None:
        """Say on standard error what could not be read, and if there are no `runs`, why; in JSON, none is an answer."""
        unreadable = [reason for listing in self._listings for reason in listing.unreadable]
        for reason in unreadable:
            sys.stderr.write(f"observe: {clean_line(reason)}\n")
        if runs or (as_json and self._filter.matches_all):
            return
        every = [] if self._filter.matches_all else self._read()
        if every:
            sys.stderr.write(f"observe: {clean_line(self._filter.explain(every, time.time()))}\n")
        elif not unreadable:
            sys.stderr.write(f"observe: no runs in {clean_line(directory)}\n")
