"""`observe list`: a table of runs, printed once or kept up to date."""

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from observer.cli.exit_codes import exit_code
from observer.cli.list_options import EVERY_RUN, RunFilterOptions, SelectedRuns
from observer.cli.mirrors import MIRRORS
from observer.cli.options import (
    RUNS,
    STALL_DEFAULT,
    DirectoryArgument,
    DirectoryOption,
    NoContentOption,
    ServerOptions,
    StallOption,
    ZoneOptions,
    bounded,
    command_app,
    expand_groups,
)
from observer.cli.screen_options import ColorOption
from observer.errors import UnreadableError
from observer.format.zone import UTC, Zone
from observer.runs.listing import Listing, run_json
from observer.runs.run_filter import RunFilter
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.mirror import CopyRequest, RunCount, local_run
from observer.source.watcher import Hint, Watcher
from observer.terminal import signals
from observer.terminal.output import OutputStream
from observer.terminal.preferences import Color
from observer.terminal.run_table import screen_lines, table_lines
from observer.terminal.screen import Screen, detect_screen
from observer.terminal.suspend import handle_suspend
from observer.terminal.theme import load_theme

REFRESH_S = 1.0
"""Longest time between two updates: ages and verdicts change even if no file does."""
MIN_REFRESH_S = 0.2
"""Shortest time between two updates, however often files change."""
_EPILOG = """\b
Exit codes:
  0    no run ended badly, there is none, or the reader of the output is gone
  1    a run failed, was interrupted, or ended without saying how
  2    usage error, or a directory or a run that cannot be read (to its end)
  4    a run crashed: its writer is gone and there is no "complete" event
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def list_command(
    context: typer.Context,
    *,
    argument: DirectoryArgument = None,
    directory: DirectoryOption = RUNS,
    limit: Annotated[
        int | None,
        typer.Option("-n", "--lines", callback=bounded(1), metavar="N", help="List only the N newest runs."),
    ] = None,
    selection: RunFilterOptions,
    watch: Annotated[bool, typer.Option("--watch", help="Keep the list up to date until Ctrl-C.")] = False,
    output: Annotated[
        Literal["pretty", "json"],
        typer.Option("-o", "--output", metavar="FORMAT", help="pretty (a table) or json (one line per run)."),
    ] = "pretty",
    no_content: NoContentOption = False,
    stall_after: StallOption = STALL_DEFAULT,
    color: ColorOption = "auto",
    times: ZoneOptions,
    server: ServerOptions,
) -> None:
    """List runs with their verdicts; those that need you come first.

    Each row shows what the run is doing, its progress, its cost and its task.
    In the table, runs that need you come first: those that wait for a person,
    and those that crashed, failed, stalled or hit a rate limit within a day;
    then those at work. Compressed runs (.gz, .zst) are listed, too.

    \b
    Examples:
      observe list                  the runs in runs/
      observe list --watch          keep the table on the screen up to date
      observe list --verdict crashed,failed --since yesterday
      observe list --project shop --grep 'log ?in'
      observe list -o json | jq 'select(.verdict == "waiting on human").run'
      observe list nats://hub:4222  the runs of other machines
    """
    zone = times.zone()
    wanted = selection.build(time.time(), zone, content=not no_content)
    request = CopyRequest(
        runs=RunCount.ALL, ends=True, follow=Follow.FILE if watch else Follow.NOT, keys=server.credentials()
    )
    with local_run(argument or str(directory), request, MIRRORS) as local:
        code = list_runs(
            Path(local.name),
            display_names=local.display_names,
            limit=limit,
            wanted=wanted,
            watch=watch,
            as_json=output == "json",
            content=not no_content,
            stall_after_s=stall_after,
            theme=context.obj.theme,
            zone=zone,
            color=Color(color),
        )
    raise typer.Exit(code)


def list_runs(
    directory: Path, *, limit: int | None, watch: bool, as_json: bool, stall_after_s: float, content: bool = True,
    theme: str | Mapping[str, str] = "default", display_names: DisplayNames = PATH_NAMES, zone: Zone = UTC,
    color: Color = Color.AUTO, wanted: RunFilter = EVERY_RUN,
) -> int:  # fmt: skip
    """Print the newest `limit` runs of `directory` that are `wanted`; with `watch`, again at every change.

    Return the exit code.

    Without `content` the rows hold no text of the runs. Raises UnreadableError, and UsageError for an unknown theme.
    """
    screen = detect_screen(sys.stdout, load_theme(theme), zone, color=color)
    selected = SelectedRuns(Listing(directory, stall_after_s=stall_after_s, content=content), wanted, limit)
    out = OutputStream(sys.stdout.fileno())
    code = 0
    try:
        if watch:
            shown_on = None if as_json else screen
            signals.run(lambda: _watch(selected, directory, out, shown_on, display_names))
        else:
            runs = selected.read()
            selected.report_problems(runs, display_names(directory), as_json=as_json)
            is_whole = all(listed.is_whole for listed in runs)
            code = exit_code((listed.status.verdict for listed in runs), is_whole=is_whole)
            now = time.time()
            if as_json:
                out.write(b"".join(run_json(listed, now, display_names) for listed in runs))
            elif runs:
                out.write(("\n".join(table_lines(runs, now, screen)) + "\n").encode("utf-8", "backslashreplace"))
    except BrokenPipeError:  # the reader of the output is gone
        return 0
    except OSError as error:
        raise UnreadableError(
            f"cannot list {display_names(directory)} ({error.strerror}); name a directory of run files"
        ) from None
    return code


async def _watch(
    selected: SelectedRuns, directory: Path, out: OutputStream, screen: Screen | None, names: DisplayNames
) -> None:
    async with Watcher(directories=[directory]) as watcher:
        if screen is None or not sys.stdout.isatty():
            await _print_changes(selected, watcher, out, names)
        else:
            await _keep_on_screen(selected, watcher, screen)


async def _print_changes(selected: SelectedRuns, watcher: Watcher, out: OutputStream, names: DisplayNames) -> None:
    """Print a line of JSON for each run whose verdict, progress, cost or tokens has changed."""
    printed: dict[Path, object] = {}
    while True:
        for listed in await asyncio.to_thread(selected.read):
            state = listed.state
            current = (
                listed.status.verdict,
                listed.status.tool,
                state.passing,
                state.total,
                state.cost_usd,
                state.tokens,
            )
            if printed.get(listed.path) != current:
                printed[listed.path] = current
                out.write(run_json(listed, time.time(), names))
        out.check()
        await _next_update(watcher)


async def _keep_on_screen(selected: SelectedRuns, watcher: Watcher, screen: Screen) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with (
        Live(console=Console(no_color=screen.paint.colorless), screen=True, auto_refresh=False) as live,
        handle_suspend(before=live.stop, after=lambda: live.start(refresh=True)) as hold,
    ):
        while True:
            runs = await asyncio.to_thread(selected.read)
            text = "\n".join(screen_lines(runs, time.time(), screen, live.console.size.height))
            with hold():
                live.update(Text.from_ansi(text, no_wrap=True), refresh=True)
            await _next_update(watcher)


async def _next_update(watcher: Watcher) -> None:
    """Wait until a file changes, at least `MIN_REFRESH_S` and at most `REFRESH_S`."""
    loop = asyncio.get_running_loop()
    end = loop.time() + REFRESH_S
    await asyncio.sleep(MIN_REFRESH_S)
    while loop.time() < end:
        if await watcher.wait(quiet_s=REFRESH_S) is Hint.CHANGE:
            return
