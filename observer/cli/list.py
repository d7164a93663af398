"""`observe list`: a table of runs, printed once or kept up to date."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from observer.cli.addresses.mirrors import MIRRORS, is_address_of_sessions, session_places, unreadable_sessions
from observer.cli.exit_codes import exit_code
from observer.cli.listing.list_options import EVERY_RUN, RunFilterOptions, SelectedRuns
from observer.cli.options.screen_options import ColorOption
from observer.cli.options.shared_options import (
    RUNS,
    STALL_DEFAULT,
    DirectoriesArgument,
    DirectoryOption,
    NoContentOption,
    PriceOptions,
    ServerOptions,
    StallOption,
    ZoneOptions,
    bounded,
    command_app,
    expand_groups,
)
from observer.errors import UnreadableError
from observer.format.sanitize import clean_line
from observer.format.units import pluralize
from observer.format.zone import UTC, Zone
from observer.runs.listing.listed_run import ListedRun, run_json
from observer.runs.listing.listing import Listing
from observer.runs.listing.run_filter import RunFilter
from observer.source.find import FIRST_RUN
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames, run_id
from observer.source.mirror import CopyRequest, RunCount, local_runs
from observer.terminal import signals
from observer.terminal.output import OutputStream
from observer.terminal.preferences import Color
from observer.terminal.run_table import table_lines
from observer.terminal.screen import Screen, detect_screen
from observer.terminal.theme import load_theme

_EPILOG = """\b
Exit codes:
  0    no run ended badly, there is none, or the reader of the output is gone
  1    a run failed, was interrupted, or ended without saying how
  2    usage error, or a directory or a run that cannot be read (to its end)
  4    a run crashed: its writer is gone and there is no "complete" event
  130  Ctrl-C
  143  SIGTERM"""

_ROWS_AT_ONCE = 1000
"""Rows of JSON that are written at once: those of 10,000 runs take as much memory as all else that is known of them."""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def list_command(
    context: typer.Context,
    *,
    arguments: DirectoriesArgument = None,
    directory: DirectoryOption = RUNS,
    all_runs: Annotated[
        bool, typer.Option("--all", help="List the sessions of Claude Code and Codex on this machine, too.")
    ] = False,
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
    prices: PriceOptions,
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
      observe list claude: codex:   the sessions of Claude Code and Codex
      observe list --all            those and the runs in runs/
      observe list nats://hub:4222  the runs of other machines
    """
    zone = times.zone()
    run_filter = selection.build(time.time(), zone, content=not no_content)
    request = CopyRequest(
        runs=RunCount.ALL,
        ends=True,
        limit=limit if run_filter.matches_all else None,
        follow=Follow.FILE if watch else Follow.NOT,
        keys=server.credentials(), prices=prices.build(),
    )  # fmt: skip
    places = places_of_all(directory, arguments or []) if all_runs else arguments or [str(directory)]
    unread_places = unreadable_sessions() if all_runs else []
    with local_runs(places, request, MIRRORS) as (names, display_names):
        code = list_runs(
            [Path(name) for name in names],
            display_names=display_names,
            limit=limit,
            run_filter=run_filter,
            unread_places=unread_places,
            watch=watch,
            as_json=output == "json",
            content=not no_content,
            stall_after_s=stall_after,
            theme=context.obj.theme,
            zone=zone,
            color=Color(color),
        )
    raise typer.Exit(code)


def places_of_all(directory: Path, arguments: Sequence[str]) -> list[str]:
    """Return the directory of runs if it exists, and the places of other programs' sessions.

    Raises UnreadableError if there is nothing at all.
    """
    own = [str(directory)] if os.path.isdir(directory) and not arguments else []
    places = [*own, *arguments, *(place for place, _ in session_places() if place not in arguments)]
    if not places:
        if unread := unreadable_sessions():
            raise UnreadableError("; ".join(unread))
        raise UnreadableError(f"no runs in {directory}, and no sessions of Claude Code or Codex; {FIRST_RUN}")
    return places


def list_runs(
    directories: Sequence[Path], *, limit: int | None, watch: bool, as_json: bool, stall_after_s: float,
    content: bool = True, theme: str | Mapping[str, str] = "default", display_names: DisplayNames = PATH_NAMES,
    zone: Zone = UTC, color: Color = Color.AUTO, run_filter: RunFilter = EVERY_RUN,
    unread_places: Sequence[str] = (),
) -> int:  # fmt: skip
    """Print the newest `limit` runs of some directories that pass a filter; with `watch`, again at every change.

    Return the exit code. `unread_places` are sentences about places that should have been listed, too.

    Without `content` the rows hold no text of the runs. Raises UnreadableError, and UsageError for an unknown theme.
    """
    for sentence in unread_places:
        sys.stderr.write(f"observe: {clean_line(sentence)}\n")
    screen = detect_screen(sys.stdout, load_theme(theme), zone, color=color)
    selected = SelectedRuns(
        [_listing(directory, stall_after_s, display_names, content=content) for directory in directories],
        run_filter, limit, may_be_missing=watch,
    )  # fmt: skip
    out = OutputStream(sys.stdout.fileno())
    where = ", ".join(map(display_names, directories))
    try:
        if not watch:
            runs = selected.read()
            selected.report_problems(runs, where, as_json=as_json)
            _print(runs, out, None if as_json else screen, display_names)
            is_whole = not unread_places and all(listed.is_whole for listed in runs)
            return exit_code((listed.status.verdict for listed in runs), is_whole=is_whole)
        from observer.cli.listing.list_updates import (
            keep_updated,  # waiting needs an event loop, printing once does not
        )

        shown_on, name_of = None if as_json else screen, partial(_name_in_table, display_names)
        signals.run(lambda: keep_updated(selected, directories, out, shown_on, display_names, name_of))
    except BrokenPipeError:  # the reader of the output is gone
        return 0
    except OSError as error:
        unread = where if error.filename is None else display_names(Path(error.filename))
        raise UnreadableError(f"cannot list {unread} ({error.strerror}); {_what_there_is()}") from None
    return 0


def _print(runs: Sequence[ListedRun], out: OutputStream, screen: Screen | None, names: DisplayNames) -> None:
    """Print runs as a table for a screen, or, without one, as lines of JSON. Raises BrokenPipeError."""
    now = time.time()
    if screen is None:
        for first in range(0, len(runs), _ROWS_AT_ONCE):
            rows = runs[first : first + _ROWS_AT_ONCE]
            out.write(b"".join([run_json(listed, now, names) for listed in rows]))
    elif runs:
        table = "\n".join(table_lines(runs, now, screen, name_of=partial(_name_in_table, names))) + "\n"
        out.write(table.encode("utf-8", "backslashreplace"))


def _what_there_is() -> str:
    """Return what to list instead of a directory that cannot be read."""
    places = " or ".join(
        f"{pluralize(count, 'session')} with: observe list {place}" for place, count in session_places()
    )
    return f"see {places}" if places else "name a directory of run files"


def _name_in_table(names: DisplayNames, path: Path) -> str:
    """Return the ID of a run, or the address of a session of another program, which other commands take."""
    name = names(path)
    return name if is_address_of_sessions(name) else run_id(path)


def _listing(directory: Path, stall_after_s: float, names: DisplayNames, *, content: bool) -> Listing:
    """Return the runs of a directory; copies have names that do not tell their time."""
    is_copy = names.is_copy(directory)
    return Listing(directory, stall_after_s=stall_after_s, content=content, by_time=is_copy, unread=names.unread)
