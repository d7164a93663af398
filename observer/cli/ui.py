"""`observe ui`: a full-screen view of runs on the terminal."""

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from observer.cli.addresses.mirrors import MIRRORS, is_address_of_sessions
from observer.cli.exit_codes import exit_code
from observer.cli.options.completion import complete_run
from observer.cli.options.screen_options import ColorOption
from observer.cli.options.selection_options import FilterOptions, StartOptions
from observer.cli.options.shared_options import (
    RUNS,
    STALL_DEFAULT,
    DirectoryOption,
    NoContentOption,
    PriceOptions,
    ServerOptions,
    StallOption,
    ZoneOptions,
    command_app,
    expand_groups,
)
from observer.cli.options.zones import choose_zone
from observer.cli.tailing.typed_name import typed_path
from observer.errors import UsageError, missing_packages
from observer.format.sanitize import clean_line
from observer.format.zone import UTC
from observer.runs.filters.filter import Filter
from observer.runs.filters.filter_options import unknown_names
from observer.runs.listing.listing import Listing
from observer.source.find import find
from observer.source.items import Follow
from observer.source.locate import STDIN, DisplayNames, run_id
from observer.source.mirror import CopyRequest, LocalRun, RunCount, local_run
from observer.source.seek import StartPosition
from observer.terminal import signals
from observer.terminal.preferences import Color
from observer.terminal.screen import Screen, detect_screen, understands_escapes
from observer.terminal.theme import load_theme

if TYPE_CHECKING:
    from observer.runs.live.monitor import ObservedRun
    from observer.terminal.ui.ui_options import UiOptions

_EPILOG = """\b
Exit codes:
  0    the run that was shown last succeeded or goes on, or none was shown
  1    it failed, was interrupted, or ended without saying how
  2    usage error, no terminal, or a run that cannot be read
  4    it crashed: its writer is gone and there is no "complete" event
  129  the terminal was closed
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def ui_command(
    context: typer.Context,
    *,
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="Run to show, or directory of runs (default: the runs of --runs).",
            show_default=False,
            autocompletion=complete_run,
        ),
    ] = None,
    directory: DirectoryOption = RUNS,
    start: StartOptions,
    filters: FilterOptions,
    follow_name: Annotated[
        bool, typer.Option("-F", help="Switch to the next run when `latest` moves, or another file gets the name.")
    ] = False,
    no_content: NoContentOption = False,
    stall_after: StallOption = STALL_DEFAULT,
    color: ColorOption = "auto",
    mouse: Annotated[
        bool, typer.Option("--mouse/--no-mouse", help="Use the mouse; without it, the terminal selects text.")
    ] = True,
    times: ZoneOptions,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Browse runs on a full screen, live.

    Without RUN it lists the runs, those that need you first; Enter opens one at
    its end, and follows it. RUN is what `observe tail` takes: a file, a run ID or
    a unique prefix of one, `latest`, or a nats:// URL; claude: and codex: list the
    sessions of these programs, claude:ID opens one. The screen shows the keys when
    you press ?. The filters are those of `observe tail`. Needs the extra "ui".

    \b
    Examples:
      observe ui                       the runs in runs/
      observe ui latest                the most recent run, at its end
      observe ui --errors 20261123T01  only what went wrong in a run
      observe ui --since 10m latest    from ten minutes ago on
      observe ui -F latest             always the most recent run
      observe ui claude:               the sessions of Claude Code
      observe ui nats://hub:4222       the runs of other machines
    """
    zone = times.zone()
    chosen = filters.build(start, time.time(), zone)
    for warning in unknown_names(chosen):
        typer.echo(f"observe: {clean_line(warning)}", err=True)
    if not (understands_escapes(sys.stdout) and sys.stdin.isatty()):
        raise UsageError("observe ui needs a terminal; use observe tail")
    position = start.position(chosen)
    screen = detect_screen(sys.stdout, load_theme(context.obj.theme), zone, color=Color(color))
    name = run or str(directory)
    is_list = name.lower() in {"claude:", "codex:"} or os.path.isdir(name)
    follow = Follow.NAME if follow_name else Follow.FILE
    request = CopyRequest(
        runs=RunCount.ALL if is_list else RunCount.ANY, follow=follow, on_demand=is_list,
        keys=server.credentials(), prices=prices.build(),
    )  # fmt: skip
    with local_run(name, request, MIRRORS) as local:
        path = Path(local.name) if run is None else find(local.name, directory, local.display_names)
        if path == STDIN:
            raise UsageError("observe ui cannot read standard input; use observe tail -")
        is_list = os.path.isdir(path) or run is None or local.name.endswith("/")
        shown = _Shown(chosen, None if position.at_first_byte else position, not no_content, stall_after, follow)
        raise typer.Exit(browse(_ui_options(path, is_list, local, screen, shown), mouse=mouse))


class _Shown(NamedTuple):
    """What is shown of runs: which events, from where on, with or without texts, when a run counts as stalled, and
    whether another run that gets the name of one is shown instead.
    """

    choice: Filter
    start: StartPosition | None
    content: bool
    stall_after_s: float
    follow: Follow


def _ui_options(path: Path, is_list: bool, local: LocalRun, screen: Screen, shown: _Shown) -> "UiOptions":
    """Return the options of a screen for the directory `path` if it `is_list`, or else for the run there."""
    from observer.terminal.ui.ui_options import UiOptions

    names = local.display_names
    directory = path if is_list else path.parent
    listing = Listing(
        directory, stall_after_s=shown.stall_after_s, content=shown.content, by_time=names.is_copy(directory),
        unread=names.unread,
    )  # fmt: skip
    return UiOptions(
        run=None if is_list else path,
        directory=directory,
        screen=screen,
        other_zone=choose_zone(None) if screen.zone == UTC else UTC,
        list_runs=listing.read,
        name_of=partial(_name_of, names),
        typed_name=lambda path: typed_path(path, names),
        choice=shown.choice,
        start=shown.start,
        follow=shown.follow,
        names=names,
        complete=local.complete,
        content=shown.content,
        stall_after_s=shown.stall_after_s,
    )


def browse(options: "UiOptions", *, mouse: bool = True) -> int:
    """Show runs on a full screen until the user leaves. Return the exit code for the run that was shown last.

    Raises UsageError if the package for it is missing.
    """
    try:
        from observer.terminal.ui.app import ObserverApp
    except ImportError:
        raise UsageError(missing_packages("ui", "textual", "ui")) from None
    from observer.source.watcher import become_viewer

    become_viewer()
    ui = ObserverApp(options)
    signals.run(lambda: ui.run_async(mouse=mouse))
    if ui.return_code:  # it has failed, and printed how
        return ui.return_code
    if ui.observed is None:
        return 0
    _print_last_line(ui.observed, options.screen)
    return exit_code([ui.observed.status.verdict])


def _print_last_line(observed: "ObservedRun", screen: Screen) -> None:
    """Print what the run was doing."""
    from observer.terminal.status_line import DEFAULT_WIDTH, fit_pieces, run_pieces

    width = (screen.width() or DEFAULT_WIDTH) - 1
    typer.echo(fit_pieces(run_pieces(observed, time.time(), screen), screen, width))


def _name_of(names: DisplayNames, path: Path) -> str:
    """Return the ID of a run, or the address of a session of another program, which other commands take."""
    name = names(path)
    return name if is_address_of_sessions(name) else run_id(path)
