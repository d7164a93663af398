"""Where the events of `observe tail` come from: one run, or several merged, followed or replayed."""

from pathlib import Path

from observer.cli.tailing.tail_options import ResolvedRuns, TailOptions
from observer.errors import UnreadableError
from observer.platform.file_limits import raise_open_file_limit
from observer.source.items import Follow, Source
from observer.source.locate import STDIN
from observer.source.open_source import is_unseekable, open_source
from observer.source.seek import StartPosition

_RESERVED_FILES = 48
"""Descriptors reserved for everything other than open runs: the terminal, the watcher, files opened for a moment."""


def tail_source(options: TailOptions, runs: ResolvedRuns) -> Source:
    """Return the source of the events of runs, merged by time if there are several. Raises UnreadableError."""
    if runs.several:
        source = _merged_source(options, runs)
    else:
        (path,) = runs.files
        forwards = is_unseekable(path) or _needs_names(options)
        source = _single_source(options, path, StartPosition() if forwards else options.start)
        if forwards:
            from observer.source.skip import SkippingSource

            source = SkippingSource(source, options.start)
    if options.speed is None:
        return source
    from observer.source.replay import ReplaySource

    copied = not runs.several and is_unseekable(runs.files[0])
    return ReplaySource(source, options.speed, full_gaps=options.full_gaps, copy=copied, until=options.filter.until)


def _single_source(options: TailOptions, path: Path, start: StartPosition) -> Source:
    return open_source(
        path, start=start, follow=options.follow, names=options.display_names, prices=options.prices,
        translate=not options.raw,
    )  # fmt: skip


def _needs_names(options: TailOptions) -> bool:
    """Return whether the last events of a subagent are requested, whose name only earlier events contain."""
    return options.start.matches is not None and options.filter.agent not in {None, "main"}


def _merged_source(options: TailOptions, runs: ResolvedRuns) -> Source:
    from observer.source.merged import MergedSource

    if STDIN in runs.files:
        raise UnreadableError("- (standard input) cannot be combined with other runs")
    follow = options.follow is not Follow.NOT
    return MergedSource(
        runs.files,
        runs.directories,
        start=options.start,
        follow=follow,
        max_open=max(1, raise_open_file_limit() - _RESERVED_FILES),
        names=options.display_names,
        prices=options.prices,
        translate=not options.raw,
    )
