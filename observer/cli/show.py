"""`observe show`: a summary of one run, on one screen."""

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from observer.cli.addresses.mirrors import MIRRORS
from observer.cli.exit_codes import exit_code
from observer.cli.options.screen_options import ColorOption, PagerOption
from observer.cli.options.shared_options import (
    RUNS,
    STALL_DEFAULT,
    DirectoryOption,
    NoContentOption,
    PriceOptions,
    RunArgument,
    ServerOptions,
    StallOption,
    ZoneOptions,
    bounded,
    command_app,
    expand_groups,
)
from observer.format.event import Record
from observer.format.json import encode
from observer.format.line import Line, Oversize
from observer.format.lines import Block
from observer.format.sanitize import clean_json, clean_line
from observer.format.strip_content import without_content
from observer.format.zone import UTC, Zone
from observer.runs.listing.listed_run import ListedRun, run_fields
from observer.runs.listing.listing import list_run
from observer.runs.one_run.event_lookup import find_event
from observer.runs.state.tokens import larger
from observer.runs.summary.ending import describe_ending
from observer.runs.summary.run_details import run_details
from observer.runs.summary.summary import Summary
from observer.source.find import find
from observer.source.locate import DisplayNames
from observer.source.mirror import CopyRequest, LocalRun, RunCount, local_run
from observer.source.snapshot import Snapshot
from observer.terminal.event_page import event_page
from observer.terminal.output import OutputStream
from observer.terminal.pager import paged
from observer.terminal.preferences import NO_PAGER, Color, PagerChoice
from observer.terminal.progress import ProgressLine
from observer.terminal.screen import Screen, detect_screen
from observer.terminal.summary_view import summary_lines
from observer.terminal.theme import load_theme

_EPILOG = """\b
Exit codes:
  0    the run succeeded, is still active, or nothing tells what it does
  1    the run failed, was interrupted, or ended without saying how
  2    usage error, or a run that cannot be read (to its end)
  4    the run crashed: its writer is gone and there is no "complete" event
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def show_command(
    context: typer.Context,
    *,
    run: RunArgument = "latest",
    directory: DirectoryOption = RUNS,
    full: Annotated[bool, typer.Option("--full", help="Show all entries of every list.")] = False,
    event: Annotated[
        int | None,
        typer.Option(
            "--event", callback=bounded(1), metavar="N", help="Show the event with seq N, whole: input, output, change."
        ),
    ] = None,
    no_content: NoContentOption = False,
    output: Annotated[
        Literal["pretty", "json"],
        typer.Option("-o", "--output", metavar="FORMAT", help="pretty (one screen) or json (one object, complete)."),
    ] = "pretty",
    stall_after: StallOption = STALL_DEFAULT,
    color: ColorOption = "auto",
    pager: PagerOption = None,
    times: ZoneOptions,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Show a summary of one run.

    First how it ended and why, what was running, which features fail, and which
    calls failed or were blocked; then sessions, tools, subagents, tokens,
    prompts and files written.

    \b
    Examples:
      observe show                        the most recent run in runs/
      observe show 20261123T0112 --full
      observe show run.ndjson.gz
      observe show --event 17             a call with its result, nothing left out
      observe show -o json | jq -r '.why, .failed_calls[].error'
    """
    zone = times.zone()
    request = CopyRequest(runs=RunCount.ONE, keys=server.credentials(), prices=prices.build())
    with local_run(run, request, MIRRORS) as local:
        if event is not None:
            screen = detect_screen(sys.stdout, load_theme(context.obj.theme), zone, color=Color(color))
            page = event_bytes(local, directory, event, None if output == "json" else screen, content=not no_content)
            _print(page, PagerChoice(pager, context.obj.pager))
            raise typer.Exit
        code = show(
            local,
            directory,
            full=full,
            as_json=output == "json",
            stall_after_s=stall_after,
            content=not no_content,
            theme=context.obj.theme,
            zone=zone,
            color=Color(color),
            pager=PagerChoice(pager, context.obj.pager),
        )
    raise typer.Exit(code)


def show(
    run: LocalRun, directory: Path, *, full: bool, as_json: bool = False, stall_after_s: float, content: bool = True,
    theme: str | Mapping[str, str] = "default", zone: Zone = UTC,
    color: Color = Color.AUTO, pager: PagerChoice = NO_PAGER,
) -> int:  # fmt: skip
    """Print a summary of a run, which is looked up in `directory`, as a page or as JSON. Return the exit code.

    Without `content` it holds no text of the run. Raises UnreadableError, and UsageError for an unknown theme.
    """
    screen = detect_screen(sys.stdout, load_theme(theme), zone, color=color)
    summary = Summary()
    with ProgressLine(sys.stderr) as progress:
        snapshot = Snapshot(find(run.name, directory, run.display_names), run.display_names, progress.show, run.prices)
        for block in snapshot.blocks():
            if isinstance(block, Block) and content:
                summary.take_block(block)
            else:
                each = block.lines() if isinstance(block, Block) else block
                summary.take(each if content else map(_without_content, each))
    listed = list_run(snapshot, stall_after_s=stall_after_s, content=content)
    now = time.time()
    if as_json:
        page = details_json(listed, summary, now, run.display_names)
    else:
        lines = summary_lines(listed, summary, now, screen, full=full)
        page = ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")
    snapshot.close()
    if snapshot.damage:
        sys.stderr.write(f"observe: {clean_line(snapshot.damage)}\n")
    _print(page, pager)
    return exit_code([listed.status.verdict], is_whole=listed.is_whole)


def event_bytes(run: LocalRun, directory: Path, number: int, screen: Screen | None, *, content: bool = True) -> bytes:
    """Return one event of a run as a page, or as its line of JSON if there is no screen.

    Raises UnreadableError, and UsageError if the run has no event of that number.
    """
    with ProgressLine(sys.stderr) as progress:
        snapshot = Snapshot(find(run.name, directory, run.display_names), run.display_names, progress.show, run.prices)
        event = find_event(snapshot, number)
    snapshot.close()
    if screen is not None:
        return event_page(event, screen, content=content).encode("utf-8", "backslashreplace")
    line = event.record.line if content else _without_content(event.record.line)
    return clean_json(line.data) + b"\n" if isinstance(line, Line) else b""


def _print(page: bytes, pager: PagerChoice) -> None:
    with suppress(BrokenPipeError), paged(pager, OutputStream(sys.stdout.fileno())) as out:
        out.write(page)


def details_json(listed: ListedRun, summary: Summary, now: float, names: DisplayNames) -> bytes:
    """Return everything that is known of a run as one line of JSON: the fields of a list, and those of `RunDetails`."""
    ending = describe_ending(summary, listed.state, listed.status, listed.silent_s(now), now)
    details = run_details(summary, ending, larger(listed.state.tokens, summary.tokens))
    return clean_json(encode(run_fields(listed, now, names) | msgspec.to_builtins(details))) + b"\n"


def _without_content(line: Line | Oversize) -> Line | Oversize:
    """Return a line without its free text; a malformed one remains one, as it is only counted."""
    record = Record(line)
    return line if record.event is None else without_content(record).line
