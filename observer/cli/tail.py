"""`observe tail`: show runs from their start, and follow them live."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from observer.cli.mirrors import MIRRORS
from observer.cli.options import (
    RUNS,
    DirectoryOption,
    DisplayOptions,
    FilterOptions,
    FollowOptions,
    ServerOptions,
    StartOptions,
    command_app,
    complete_run,
    expand_groups,
)
from observer.errors import UnreadableError
from observer.format.sanitize import clean_json, clean_line
from observer.platform import raise_open_file_limit
from observer.runs.filter import Filter
from observer.runs.filter_options import unknown_names
from observer.runs.verdict import Verdict
from observer.source.crowd import join
from observer.source.items import Follow, Source
from observer.source.locate import PATH_NAMES, STDIN, DisplayNames, find
from observer.source.mirror import CopyRequest, local_runs
from observer.source.open_source import is_unseekable, open_source
from observer.source.seek import StartPosition
from observer.terminal import signals
from observer.terminal.output import OutputStream
from observer.terminal.view import Sink, View

if TYPE_CHECKING:
    from observer.terminal.status_line import StatusLine
    from observer.terminal.viewer import Views

EXIT_CODES = {Verdict.COMPLETE: 0, Verdict.CRASHED: 4, Verdict.FAILED: 1, Verdict.INTERRUPTED: 1}
"""By verdict on the run; 0 when the input ends before the run does."""
_EPILOG = """\b
Exit codes:
  0    the run succeeded, the input ended, or the reader of the output is gone
  1    the run failed or was interrupted
  2    usage error, or input that cannot be read
  4    the run crashed: its writer is gone and there is no "complete" event
  130  Ctrl-C
  143  SIGTERM"""
_RESERVED_FILES = 48
"""Descriptors reserved for everything other than open runs: the terminal, the watcher, files opened for a moment."""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def tail_command(
    context: typer.Context,
    *,
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...",
            help="Runs to show (default: the most recent run).",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    directory: DirectoryOption = RUNS,
    start: StartOptions,
    follow: FollowOptions,
    filters: FilterOptions,
    display: DisplayOptions,
    server: ServerOptions,
) -> None:
    """Show a run from its start, then follow it until it ends.

    RUN is a file, a run ID or a unique prefix of one, `latest`, a directory (all
    its runs), a nats:// URL, or - for standard input. Several runs are merged by
    time. An option that takes names can be repeated or take a comma-separated
    list. An event is shown if it passes all filters.

    \b
    Examples:
      observe tail                             the most recent run in runs/
      observe tail --live                      only what happens from now on
      observe tail -n 50 20261123T0112         the last 50 events, then live
      observe tail --type tool_use,tool_result --tool Bash
      observe tail --errors --since 2h runs/   recent failures in all runs
      observe tail --where '.data.duration_ms > 60000'
      observe tail -o json | jq .type          the lines as they are
      observe tail --speed 10 latest           replay ten times faster
      ssh host tail -f FILE | observe tail -
      observe tail nats://hub:4222/latest      a run on another machine
    """
    mode = follow.mode()
    chosen = filters.build(start, time.time())
    position = start.position(chosen)
    for warning in unknown_names(chosen):
        typer.echo(f"observe: {clean_line(warning)}", err=True)
    request = CopyRequest(start=position, follow=mode, patient=follow.follow_name, keys=server.credentials())
    with local_runs(runs or ["latest"], request, MIRRORS) as (names, display_names):
        options = TailOptions(
            runs=names,
            display_names=display_names,
            directory=directory,
            start=position,
            filter=chosen,
            output=OutputFormat(display.output),
            follow=mode,
            speed=follow.speed,
            full_gaps=follow.full_gaps,
            content=not display.no_content,
            full=display.full,
            stall_after_s=display.stall_after,
            status_line=display.status_line,
            theme=context.obj.theme,
        )
        raise typer.Exit(tail(options))


class OutputFormat(StrEnum):
    """The output format of events."""

    PRETTY = "pretty"
    TEXT = "text"
    JSON = "json"


class TailOptions(Struct, frozen=True, kw_only=True):
    """The options of `observe tail`, resolved.

    `runs` are names as `locate.find` takes them, resolved in `directory`. `speed` replays with the original timing,
    that many times faster; None shows everything at once.
    """

    runs: Sequence[str]
    display_names: DisplayNames = PATH_NAMES
    directory: Path
    start: StartPosition
    filter: Filter
    output: OutputFormat
    follow: Follow = Follow.FILE
    speed: float | None = None
    full_gaps: bool = False
    content: bool = True
    full: bool = False
    stall_after_s: float
    status_line: bool = True
    theme: str | Mapping[str, str] = "default"


class ResolvedRuns(Struct, frozen=True):
    """The files and directories that the names of runs refer to."""

    files: list[Path]
    directories: list[Path]

    @property
    def several(self) -> bool:
        """Whether there can be more than one run."""
        return bool(self.directories) or len(self.files) > 1


def tail(options: TailOptions) -> int:
    """Show runs on standard output until they end, or until interrupted. Return the exit code.

    Raises UnreadableError, and UsageError for an unknown theme.
    """
    runs = _resolve(options)
    out = OutputStream(sys.stdout.fileno())
    try:
        verdict = _grep(options, runs, out) if _can_grep(options, runs) else _view(options, runs, out)
    except BrokenPipeError:  # the reader of the output is gone
        return 0
    return EXIT_CODES.get(verdict, 0)


def _resolve(options: TailOptions) -> ResolvedRuns:
    """A name that ends with a slash means a directory even while there is none."""
    paths = [(find(name, options.directory), name) for name in options.runs]
    directories = [
        path for path, name in paths if os.path.isdir(path) or (name.endswith("/") and not os.path.exists(path))
    ]
    return ResolvedRuns([path for path, _ in paths if path not in directories], directories)


def _can_grep(options: TailOptions, runs: ResolvedRuns) -> bool:
    """Return whether only the lines of some types that one file holds now are requested."""
    unchanged = options.output is OutputFormat.JSON and options.content and not sys.stdout.isatty()
    at_once = options.follow is Follow.NOT and options.speed is None
    one_file = not runs.several and not is_unseekable(runs.files[0])
    return unchanged and at_once and one_file and options.filter.is_types_only


def _grep(options: TailOptions, runs: ResolvedRuns, out: OutputStream) -> Verdict:
    from observer.cli.grep_lines import grep_lines

    return grep_lines(runs.files[0], options.filter.types, options.start, out, names=options.display_names)


def _view(options: TailOptions, runs: ResolvedRuns, out: OutputStream) -> Verdict:
    from observer.terminal.viewer import RunViewer

    if options.follow is not Follow.NOT:
        join()
    views, status = _views(options, out, several=runs.several)
    source = _source(options, runs)
    viewer = RunViewer(
        source,
        views,
        event_filter=options.filter,
        status=status,
        content=options.content,
        stall_after_s=options.stall_after_s,
    )
    endless = options.follow is Follow.NAME or bool(runs.directories)
    with ExitStack() as stack:
        if status is not None:
            stack.enter_context(status.suspendable())
        return signals.run(lambda: viewer.run(endless=endless))


def _source(options: TailOptions, runs: ResolvedRuns) -> Source:
    if runs.several:
        source: Source = _merged_source(options, runs)
    else:
        (path,) = runs.files
        forwards = is_unseekable(path) or _needs_names(options)
        source = open_source(
            path,
            start=StartPosition() if forwards else options.start,
            follow=options.follow,
            names=options.display_names,
        )
        if forwards:
            from observer.source.skip import SkippingSource

            source = SkippingSource(source, options.start)
    if options.speed is None:
        return source
    from observer.source.replay import ReplaySource

    copied = not runs.several and is_unseekable(runs.files[0])
    return ReplaySource(source, options.speed, full_gaps=options.full_gaps, copy=copied, until=options.filter.until)


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
    )


def _views(options: TailOptions, out: Sink, *, several: bool) -> "tuple[Views, StatusLine | None]":
    if options.output is OutputFormat.JSON:
        from observer.terminal.json_view import JsonView

        escape = clean_json if sys.stdout.isatty() else None
        json_view = JsonView(out, OutputStream(sys.stderr.fileno()), escape=escape)
        return lambda _: json_view, None
    from observer.terminal.screen import Screen, detect_screen
    from observer.terminal.theme import load_theme

    screen = detect_screen(sys.stdout, load_theme(options.theme))
    status = None
    if options.output is OutputFormat.PRETTY and options.status_line and screen.can_move:
        from observer.terminal.status_line import StatusLine
        from observer.terminal.suspend import is_foreground

        status = out = StatusLine(out, screen, is_foreground=lambda: is_foreground(sys.stdout.fileno()))

    def open_view(sink: Sink, screen: Screen) -> View:
        if options.output is OutputFormat.TEXT:
            from observer.terminal.text_view import TextView

            return TextView(sink, screen, OutputStream(sys.stderr.fileno()))
        from observer.terminal.pretty_view import PrettyView

        return PrettyView(sink, screen, full=options.full)

    if several:
        from observer.terminal.multi_view import MultiView

        return MultiView(out, screen, open_view).view_for, status
    view = open_view(out, screen)
    return lambda _: view, status
