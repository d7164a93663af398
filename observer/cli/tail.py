"""`observe tail`: show runs from their start, and follow them live."""

import time
from typing import Annotated

import typer

from observer.cli.addresses.mirrors import FILES, MIRRORS
from observer.cli.options.completion import complete_run
from observer.cli.options.selection_options import ContextOptions, FilterOptions, StartOptions
from observer.cli.options.shared_options import (
    RUNS,
    DirectoryOption,
    DisplayOptions,
    FollowOptions,
    PriceOptions,
    ServerOptions,
    ZoneOptions,
    command_app,
    expand_groups,
)
from observer.cli.tailing.tail_options import OutputFormat, TailOptions
from observer.cli.tailing.tail_runs import tail
from observer.format.sanitize import clean_line
from observer.runs.filters.filter_options import unknown_names
from observer.source.mirror import CopyRequest, local_runs
from observer.terminal.event_times import TimeFormat
from observer.terminal.preferences import Color, PagerChoice

_EPILOG = """\b
Exit codes:
  0    the run succeeded, the input ended, or the reader of the output is gone
  1    the run failed, was interrupted, or ended without saying how
  2    usage error, or a run that cannot be read (to its end)
  4    the run crashed: its writer is gone and there is no "complete" event
  130  Ctrl-C
  143  SIGTERM"""

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
    around: ContextOptions,
    display: DisplayOptions,
    times: ZoneOptions,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Show a run from its start, then follow it until it ends.

    RUN is a file, a run ID or a unique prefix of one, `latest`, a directory (all
    its runs), a nats:// URL, or - for standard input. Files of Claude Code, Codex
    and Gemini CLI are read too; claude: and codex: are the newest sessions of this
    directory, claude:ID is another one, claude:all are all. Several runs are merged
    by time. An option that takes names can be repeated or take a comma-separated
    list. An event is shown if it passes all filters.

    \b
    Examples:
      observe tail                             the most recent run in runs/
      observe tail --live                      only what happens from now on
      observe tail -n 50 20261123T0112         the last 50 events, then live
      observe tail --type tool_use,tool_result --tool Bash
      observe tail --errors --since 2h runs/   recent failures in all runs
      observe tail --since 'yesterday 08:00'   times are local; see --tz
      observe tail --grep 'out of memory' -i -C 2
      observe tail --where '.data.duration_ms > 60000'
      observe tail -o json | jq .type          the lines as they are
      observe tail --speed 10 latest           replay ten times faster
      ssh host tail -f FILE | observe tail -
      observe tail nats://hub:4222/latest      a run on another machine
      observe tail claude:                     what Claude Code does here
    """
    mode = follow.mode()
    zone = times.zone()
    chosen = filters.build(start, time.time(), zone)
    position = start.position(chosen)
    for warning in unknown_names(chosen):
        typer.echo(f"observe: {clean_line(warning)}", err=True)
    request = CopyRequest(
        start=position, follow=mode, patient=follow.follow_name, caught_up=follow.speed is not None,
        keys=server.credentials(), prices=prices.build(),
    )  # fmt: skip
    with local_runs(runs or ["latest"], request, FILES if display.raw else MIRRORS) as (names, display_names):
        options = TailOptions(
            runs=names,
            display_names=display_names,
            prices=request.prices,
            directory=directory,
            start=position,
            filter=chosen,
            neighbours=around.neighbours(),
            output=OutputFormat.JSON if display.raw else OutputFormat(display.output),
            raw=display.raw,
            follow=mode,
            speed=follow.speed,
            full_gaps=follow.full_gaps,
            content=not display.no_content,
            full=display.full,
            stall_after_s=display.stall_after,
            status_line=display.status_line,
            color=Color(display.color),
            pager=PagerChoice(display.pager, context.obj.pager),
            theme=context.obj.theme,
            zone=zone,
            times=TimeFormat(display.time),
        )
        raise typer.Exit(tail(options))
