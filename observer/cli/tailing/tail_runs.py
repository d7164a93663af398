"""Shows runs on standard output as they are written: the function behind `observe tail`."""

import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from observer.cli.exit_codes import exit_code
from observer.cli.tailing.tail_options import OutputFormat, ResolvedRuns, TailOptions, resolve
from observer.cli.tailing.tail_source import tail_source
from observer.cli.tailing.typed_name import typed_name, typed_name_of
from observer.errors import UsageError
from observer.format.sanitize import clean_json, clean_line
from observer.runs.filters.seen import Seen, explain_no_match
from observer.runs.state.verdict import Verdict
from observer.source.items import Follow
from observer.source.locate import STDIN
from observer.terminal import signals
from observer.terminal.output import OutputStream
from observer.terminal.preferences import NO_PAGER
from observer.terminal.view import Sink, View

if TYPE_CHECKING:
    from observer.terminal.status_line import StatusLine
    from observer.terminal.viewer import Views


def tail(options: TailOptions) -> int:
    """Show runs on standard output until they end, or until interrupted. Return the exit code.

    Raises UnreadableError, and UsageError for an unknown theme.
    """
    runs = resolve(options)
    out = OutputStream(sys.stdout.fileno())
    try:
        code = _show(options, runs, out)
    except BrokenPipeError:  # the reader of the output is gone
        return 0
    return code


def _show(options: TailOptions, runs: ResolvedRuns, out: OutputStream) -> int:
    from observer.terminal.pager import paged

    with paged(options.pager if _is_at_once(options) else NO_PAGER, out) as sink:
        return _view(options, runs, sink)


def _is_at_once(options: TailOptions) -> bool:
    """Return whether what is there now is shown without delay."""
    return options.follow is Follow.NOT and options.speed is None


def _view(options: TailOptions, runs: ResolvedRuns, out: Sink) -> int:
    from observer.terminal.viewer import RunViewer

    if options.follow is not Follow.NOT:
        from observer.source.watcher import become_viewer

        become_viewer()
    views, status = _views(options, runs, out)
    source = tail_source(options, runs)
    viewer = RunViewer(
        source,
        views,
        event_filter=options.filter,
        status=status,
        content=options.content,
        neighbours=options.neighbours,
        follows=options.follow is not Follow.NOT,
        stall_after_s=options.stall_after_s,
        zone=options.zone,
    )
    growing_copy = any(options.display_names.is_copy(path) for path in runs.directories)  # no one knows what follows
    endless = options.follow is Follow.NAME or growing_copy
    with ExitStack() as stack:
        if status is not None:
            stack.enter_context(status.suspendable())
        try:
            verdict = _run(options, runs, lambda: viewer.run(endless=endless, ignore_unknown=not runs.files))
        finally:
            if not isinstance(sys.exception(), UsageError):  # which is about the filter itself
                _explain_no_match(options, viewer.seen)
    return exit_code([verdict], is_whole=viewer.is_whole)


def _run(options: TailOptions, runs: ResolvedRuns, main: Callable[[], Coroutine[Any, Any, Verdict]]) -> Verdict:
    """Run the viewer, without an event loop if there is nothing to wait for: to load one takes long."""
    if _is_at_once(options) and not runs.several and STDIN not in runs.files:
        return signals.run_at_once(main())
    return signals.run(main)


def _explain_no_match(options: TailOptions, seen: Seen) -> None:
    """Say on standard error why nothing was shown, if a filter was given that nothing passed."""
    if not options.filter.matches_all and not seen.has_match:
        for sentence in explain_no_match(options.filter, seen, options.zone, is_whole=options.start.last is None):
            typer.echo(f"observe: {clean_line(sentence)}", err=True)


def _views(options: TailOptions, runs: ResolvedRuns, out: Sink) -> "tuple[Views, StatusLine | None]":
    if options.output is OutputFormat.JSON:
        from observer.terminal.json_view import JsonView

        escape = clean_json if sys.stdout.isatty() else None
        sorts = options.filter.grep is not None
        json_view = JsonView(out, OutputStream(sys.stderr.fileno()), escape=escape, sorts=sorts)
        return lambda _: json_view, None
    from observer.terminal.screen import Screen, detect_screen
    from observer.terminal.theme import load_theme

    screen = detect_screen(sys.stdout, load_theme(options.theme), options.zone, color=options.color)
    status = None
    has_screen = screen.can_move and isinstance(out, OutputStream)  # a pager has it for itself
    if options.output is OutputFormat.PRETTY and options.status_line and has_screen:
        from observer.terminal.status_line import StatusLine
        from observer.terminal.suspend import is_foreground

        status = out = StatusLine(out, screen, is_foreground=lambda: is_foreground(sys.stdout.fileno()))

    def open_view(sink: Sink, screen: Screen) -> View:
        if options.output is OutputFormat.TEXT:
            from observer.terminal.text_view import TextView

            return TextView(
                sink, screen, OutputStream(sys.stderr.fileno()), full=options.full, times=options.times,
                joins_pieces=options.filter.grep is not None,
            )  # fmt: skip
        from observer.terminal.pretty_view import PrettyView

        search = options.filter.grep.search if options.filter.grep is not None else None
        return PrettyView(sink, screen, full=options.full, times=options.times, now=time.time(), search=search)

    if runs.several:
        from observer.terminal.multi_view import MultiView

        return MultiView(out, screen, open_view, partial(typed_name_of, options, runs)).view_for, status
    view = open_view(out, screen.with_run(typed_name(options, runs)))
    return lambda _: view, status
