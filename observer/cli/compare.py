"""`observe compare`: two runs side by side, and the first point where they part."""

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
from typer.core import TyperCommand

from observer.cli.addresses.mirrors import MIRRORS
from observer.cli.exit_codes import UNREADABLE
from observer.cli.options.completion import complete_run
from observer.cli.options.screen_options import ColorOption, PagerOption
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
from observer.errors import UsageError
from observer.format.json import encode
from observer.format.sanitize import clean_json, clean_line
from observer.format.zone import UTC, Zone
from observer.runs.compare_runs import RunComparer
from observer.runs.comparison.compared_fields import Comparison
from observer.runs.comparison.comparison_table import compare_rows
from observer.source.find import find
from observer.source.locate import STDIN
from observer.source.mirror import CopyRequest, LocalRun, RunCount, local_run
from observer.source.snapshot import Snapshot
from observer.terminal.comparison_view import comparison_lines
from observer.terminal.output import OutputStream
from observer.terminal.pager import paged
from observer.terminal.preferences import NO_PAGER, Color, PagerChoice
from observer.terminal.progress import ProgressLine
from observer.terminal.screen import detect_screen
from observer.terminal.theme import load_theme

SAME, PARTED = 0, 1
"""The exit codes, as those of `diff`; a run that cannot be read counts more."""
_EPILOG = """\b
Exit codes:
  0    the agents did the same in both runs
  1    they part
  2    usage error, or a run that cannot be read (to its end)
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


class _Command(TyperCommand):
    """A command whose usage line shows a required argument as `RUN`; typer would print `{RUN}`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


@app.command(epilog=_EPILOG, cls=_Command)
@expand_groups
def compare_command(
    context: typer.Context,
    *,
    first: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Run file, run ID, or unique prefix of a run ID.",
            show_default=False,
            autocompletion=complete_run,
        ),
    ],
    second: Annotated[
        str, typer.Argument(metavar="[OTHER]", help="The run to compare it with.", autocompletion=complete_run)
    ] = "latest",
    directory: DirectoryOption = RUNS,
    no_content: NoContentOption = False,
    output: Annotated[
        Literal["pretty", "json"],
        typer.Option("-o", "--output", metavar="FORMAT", help="pretty (side by side) or json (one object)."),
    ] = "pretty",
    stall_after: StallOption = STALL_DEFAULT,
    color: ColorOption = "auto",
    pager: PagerOption = None,
    times: ZoneOptions,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Compare two runs, and find the first point where they part.

    Outcome, cost, tokens, tools, features and files of both, side by side, and the
    first tool call or text that differs. Calls are the same if tool and input are;
    times, IDs, white space and the path of the project do not count. A subagent is
    compared with the one that the same call has started.

    \b
    Examples:
      observe compare 20261123T0112          with the most recent run in runs/
      observe compare a.ndjson b.ndjson.gz
      observe compare claude:1f0e claude:2a7c
      observe compare -o json a b | jq .parting.steps[].seq
      observe tail a --from-seq 41           see where it is
    """
    zone = times.zone()
    request = CopyRequest(runs=RunCount.ONE, keys=server.credentials(), prices=prices.build())
    with ExitStack() as stack:
        runs = [stack.enter_context(local_run(name, request, MIRRORS)) for name in (first, second)]
        code = compare(
            (runs[0], runs[1]),
            directory,
            as_json=output == "json",
            stall_after_s=stall_after,
            content=not no_content,
            theme=context.obj.theme,
            zone=zone,
            color=Color(color),
            pager=PagerChoice(pager, context.obj.pager),
        )
    raise typer.Exit(code)


def compare(
    runs: tuple[LocalRun, LocalRun], directory: Path, *, as_json: bool = False, stall_after_s: float,
    content: bool = True, theme: str | Mapping[str, str] = "default", zone: Zone = UTC,
    color: Color = Color.AUTO, pager: PagerChoice = NO_PAGER,
) -> int:  # fmt: skip
    """Print a comparison of two runs, looked up in `directory`, as a page or as JSON. Return the exit code.

    Without `content` it holds no text of the runs. Raises UnreadableError, and UsageError for an unknown theme.
    """
    screen = detect_screen(sys.stdout, load_theme(theme), zone, color=color)
    paths = [find(run.name, directory, run.display_names) for run in runs]
    if paths == [STDIN, STDIN]:
        raise UsageError("standard input can be one of the runs, not both")
    with ProgressLine(sys.stderr) as progress, ExitStack() as stack:
        snapshots = [
            Snapshot(path, run.display_names, progress.show, run.prices) for path, run in zip(paths, runs, strict=True)
        ]
        for snapshot in snapshots:
            stack.callback(snapshot.close)
        comparer = RunComparer(snapshots[0], snapshots[1], content=content)
        while comparer.read_on():
            pass
        comparison = comparer.compare(time.time(), stall_after_s=stall_after_s, zone=zone)
    damages = [snapshot.damage for snapshot in snapshots if snapshot.damage]
    for damage in damages:
        sys.stderr.write(f"observe: {clean_line(damage)}\n")
    if as_json:
        page = comparison_json(comparison)
    else:
        lines = comparison_lines(compare_rows(comparison), screen)
        page = ("\n".join(lines) + "\n").encode("utf-8", "backslashreplace")
    with suppress(BrokenPipeError), paged(pager, OutputStream(sys.stdout.fileno())) as out:
        out.write(page)
    if any(snapshot.is_cut for snapshot in snapshots):
        return UNREADABLE
    return SAME if comparison.parting is None else PARTED


def comparison_json(comparison: Comparison) -> bytes:
    """Return a comparison as one line of JSON, with nothing in it that acts, reorders or hides text."""
    return clean_json(encode(msgspec.to_builtins(comparison))) + b"\n"
