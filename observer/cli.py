"""The command `observe`: it parses, calls a library function, and turns what comes back into an exit code."""

import asyncio
import signal
import sys
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from observer import __version__

EXIT_CODES = """\b
Exit codes:
  0    the run is complete, its outcome success; or the input ended, or the reader of a pipe closed it
  1    the run is complete, its outcome is not success
  2    wrong usage, or something that cannot be read
  4    the run crashed: its writer is gone and there is no complete event
  130  Ctrl-C
  143  SIGTERM"""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watch agent runs: replay a run file from its start and follow it live.",
    epilog=EXIT_CODES,
)


class Output(StrEnum):
    """How a run is shown."""

    PRETTY = "pretty"
    JSON = "json"


def run() -> NoReturn:
    """Run the command line and end the process."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    app(prog_name="observe")
    raise SystemExit(0)


def _stop(number: int, _: FrameType | None) -> None:
    """End at once, wherever the program is, even in a write that nobody reads."""
    raise SystemExit(128 + number)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"observe {__version__}")
        raise typer.Exit


@app.callback()
def observe(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Watch agent runs: replay a run file from its start and follow it live."""


@app.command("tail", epilog=EXIT_CODES)
def tail_command(
    path: Annotated[
        str, typer.Argument(metavar="[RUN]", help="A run file, or - for standard input.", show_default=True)
    ] = "runs/latest.ndjson",
    live: Annotated[bool, typer.Option("--live", help="Start at the end, as -n 0.")] = False,
    last: Annotated[
        int | None, typer.Option("-n", "--lines", metavar="N", min=0, help="Start with the last N events.")
    ] = None,
    output: Annotated[
        Output, typer.Option("-o", "--output", help="json: lines as they are, byte for byte.")
    ] = Output.PRETTY,
    follow_name: Annotated[
        bool, typer.Option("-F", help="Never end: when a run is over, or RUN leads to a newer one, go on with that.")
    ] = False,
    no_follow: Annotated[bool, typer.Option("--no-follow", help="Show what is there and stop.")] = False,
) -> None:
    """Show a run from its start, then go on live until it ends.

    \b
    observe tail                         the newest run of this folder
    observe tail --live                  only what happens from now on
    observe tail -n 50 runs/RUN.ndjson   the last 50 events, then live
    observe tail -o json | jq .type      lines as they are, for other programs
    ssh host tail -f FILE | observe tail -
    """
    if follow_name and no_follow:
        raise typer.BadParameter("-F and --no-follow exclude each other")
    start = 0 if live and last is None else last
    raise typer.Exit(_tail(path, start, output, follow_name=follow_name, no_follow=no_follow))


@app.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a run file's lines."""
    from importlib.resources import files

    sys.stdout.write((files("observer") / "run-file.schema.json").read_text("utf-8"))


def _tail(path: str, last: int | None, output: Output, *, follow_name: bool, no_follow: bool) -> int:
    from observer.errors import UnreadableError
    from observer.render.base import View
    from observer.source.base import Source
    from observer.source.file import FileSource, Follow
    from observer.source.stdin import StdinSource
    from observer.state import Verdict
    from observer.stdout import Descriptor
    from observer.tail import tail

    follow = Follow.NAME if follow_name else Follow.NOT if no_follow else Follow.FILE
    source: Source = StdinSource() if path == "-" else FileSource(Path(path), last=last, follow=follow)
    out = Descriptor(sys.stdout.fileno())
    view: View
    if output is Output.JSON:
        from observer.render.raw import RawView

        view = RawView(out, Descriptor(sys.stderr.fileno()))
    else:
        from observer.render.pretty import PrettyView
        from observer.render.screen import screen_of

        view = PrettyView(out, screen_of(sys.stdout))
    try:
        found = asyncio.run(tail(source, view, endless=follow_name))
    except UnreadableError as error:
        sys.stderr.write(f"observe: {error}\n")
        return 2
    except BrokenPipeError:
        return 0
    return {Verdict.COMPLETE: 0, Verdict.WORKING: 0, Verdict.CRASHED: 4}.get(found, 1)
