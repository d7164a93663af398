"""`observe tail`, put together from what was asked for: sources, a view, and the exit code that comes of it."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from observer.errors import UnreadableError
from observer.format.sanitize import clean_json
from observer.runs.filter import Filter
from observer.runs.state import Verdict
from observer.source.crowd import join
from observer.source.items import Follow, Source
from observer.source.locate import PATH_NAMES, STDIN, DisplayNames, find
from observer.source.open_source import is_unseekable, open_source
from observer.source.seek import StartPosition
from observer.terminal.output import OutputStream
from observer.terminal.view import Sink, View

if TYPE_CHECKING:
    from observer.terminal.status_line import StatusLine
    from observer.terminal.viewer import Views


class OutputFormat(StrEnum):
    """How a run is shown."""

    PRETTY = "pretty"
    TEXT = "text"
    JSON = "json"


class TailOptions(Struct, frozen=True, kw_only=True):
    """What to watch and how. `runs` are names as `locate.find` takes them, `folder` is where ids are looked up.

    `speed` is how many times as fast as it was written a replay goes, None at once.
    """

    runs: Sequence[str]
    display_names: DisplayNames = PATH_NAMES
    folder: Path
    start: StartPosition
    choice: Filter
    output: OutputFormat
    follow: Follow = Follow.FILE
    speed: float | None = None
    full_gaps: bool = False
    content: bool = True
    full: bool = False
    stall_after_s: float
    status: bool = True
    theme: str | Mapping[str, str] = "default"


class ResolvedRuns(Struct, frozen=True):
    """What the names on the command line mean; a folder is one before it is there, if it is written with a slash."""

    files: list[Path]
    folders: list[Path]

    @property
    def several(self) -> bool:
        """Whether it can be more than one run."""
        return bool(self.folders) or len(self.files) > 1


EXIT_CODES = {Verdict.COMPLETE: 0, Verdict.CRASHED: 4, Verdict.FAILED: 1, Verdict.INTERRUPTED: 1}
"""Of a run that is over; 0 when the input ended before the run did."""


_OTHER_FILES = 48
"""Descriptors that are kept for all else than the runs: the terminal, the watcher, a look at a file that is parked."""


def watch(asked: TailOptions) -> int:
    """Show runs on standard output until they are over, or for ever. Returns the exit code.

    Raises UnreadableError, and UsageError when there is no such theme.
    """
    found = [(find(name, asked.folder), name) for name in asked.runs]
    folders = [path for path, name in found if os.path.isdir(path) or (name.endswith("/") and not os.path.exists(path))]
    named = ResolvedRuns([path for path, _ in found if path not in folders], folders)
    out = OutputStream(sys.stdout.fileno())
    try:
        return EXIT_CODES.get(_watched(asked, named, out), 0)
    except BrokenPipeError:
        return 0


def _watched(asked: TailOptions, named: ResolvedRuns, out: OutputStream) -> Verdict:
    if _can_be_sifted(asked, named):
        from observer.cli.grep_lines import sift

        return sift(named.files[0], asked.choice.types, asked.start, out, names=asked.display_names)
    import asyncio

    from observer.terminal.viewer import RunViewer

    if asked.follow is not Follow.NOT:
        join()

    views, status = _views(asked, out, several=named.several)
    source = _source(asked, named)
    watching = RunViewer(
        source, views, choice=asked.choice, status=status, content=asked.content, stall_after_s=asked.stall_after_s
    )
    endless = asked.follow is Follow.NAME or bool(named.folders)
    with ExitStack() as stack:
        if status is not None:
            from observer.terminal.suspend import handle_suspend

            stack.enter_context(handle_suspend(before=status.hide, after=status.redraw))
        return asyncio.run(watching.run(endless=endless))


def _can_be_sifted(asked: TailOptions, named: ResolvedRuns) -> bool:
    """Whether nothing is asked for but the lines of some types that a file holds just now."""
    plain = asked.output is OutputFormat.JSON and asked.content and asked.follow is Follow.NOT and asked.speed is None
    single = not named.several and not is_unseekable(named.files[0]) and not sys.stdout.isatty()
    return plain and single and asked.choice.only_types


def _source(asked: TailOptions, named: ResolvedRuns) -> Source:
    if named.several:
        source: Source = _many(asked, named)
    else:
        (path,) = named.files
        forwards = is_unseekable(path) or _by_name(asked)
        source = open_source(
            path, start=StartPosition() if forwards else asked.start, follow=asked.follow, names=asked.display_names
        )
        if forwards:
            from observer.source.skip import SkippingSource

            source = SkippingSource(source, asked.start)
    if asked.speed is None:
        return source
    from observer.source.replay import ReplaySource

    copied = not named.several and is_unseekable(named.files[0])
    return ReplaySource(source, asked.speed, full_gaps=asked.full_gaps, copy=copied, until=asked.choice.until)


def _by_name(asked: TailOptions) -> bool:
    """Whether the last events of a subagent are wanted: what it is called only those before them tell."""
    return asked.start.matches is not None and asked.choice.agent not in {None, "main"}


def _many(asked: TailOptions, named: ResolvedRuns) -> Source:
    import resource

    from observer.source.merged import MergedSource

    if STDIN in named.files:
        raise UnreadableError("- is standard input, which cannot be watched together with other runs")
    with suppress(ValueError, OSError):  # as many files as may be open: each that is being written is
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most_open = sys.maxsize if allowed == resource.RLIM_INFINITY else max(1, allowed - _OTHER_FILES)
    follow = asked.follow is not Follow.NOT
    return MergedSource(
        named.files, named.folders, start=asked.start, follow=follow, most_open=most_open, names=asked.display_names
    )


def _views(asked: TailOptions, out: Sink, *, several: bool) -> "tuple[Views, StatusLine | None]":
    if asked.output is OutputFormat.JSON:
        from observer.terminal.json_view import JsonView

        escape = clean_json if sys.stdout.isatty() else None
        return _one(_bare(JsonView(out, OutputStream(sys.stderr.fileno()), escape=escape), asked)), None
    from observer.terminal.screen import Screen, detect_screen
    from observer.terminal.theme import load_theme

    screen = detect_screen(sys.stdout, load_theme(asked.theme))
    status = None
    if asked.output is OutputFormat.PRETTY and asked.status and screen.can_move:
        from observer.terminal.status_line import StatusLine
        from observer.terminal.suspend import is_foreground

        status = out = StatusLine(out, screen, is_foreground=lambda: is_foreground(sys.stdout.fileno()))

    def view(sink: Sink, on: Screen) -> View:
        if asked.output is OutputFormat.TEXT:
            from observer.terminal.text_view import TextView

            return _bare(TextView(sink, on, OutputStream(sys.stderr.fileno())), asked)
        from observer.terminal.pretty_view import PrettyView

        return _bare(PrettyView(sink, on, full=asked.full), asked)

    if several:
        from observer.terminal.multi_view import MultiView

        return MultiView(out, screen, view).view_for, status
    return _one(view(out, screen)), status


def _one(view: View) -> "Views":
    return lambda _: view


def _bare(view: View, asked: TailOptions) -> View:
    if asked.content:
        return view
    from observer.terminal.bare_view import BareView

    return BareView(view)
