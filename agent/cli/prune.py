"""`agent prune`: removes or packs old runs."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from msgspec import Struct

from agent.cli.exits import FAILED, complain, epilog, fail, say
from agent.cli.formats import format_size, parse_duration, pluralize, printable
from agent.cli.signals import interruptible
from agent.errors import RunLogUnusable
from agent.runlog.lock import require_locks
from agent.runlog.prune import Pruned, prune, repair_latest
from agent.runlog.run_file import LATEST

EPILOG = epilog(
    "agent prune --older 30d --dry-run",
    "agent prune --older 2w --compress",
    "agent prune --older 30d ~/src/notes/runs",
    codes={
        "0": "done, also if there was nothing to do",
        "1": "some runs could not be removed or packed",
        "2": "usage error, or a directory that cannot be read",
    },
)
RUNS = Path("runs")


def prune_command(
    older: Annotated[
        str,
        typer.Option(
            "--older",
            metavar="AGE",
            show_default=False,
            help="Only runs unchanged for at least AGE: 12h, 30d, 2w.",
        ),
    ],
    argument: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Directory of run files; overrides --runs.", show_default=False),
    ] = None,
    runs: Annotated[Path, typer.Option("--runs", metavar="DIR", help="Directory of run files.")] = RUNS,
    compress: Annotated[
        bool, typer.Option("--compress", help="Pack the runs with gzip instead of removing them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")] = False,
) -> None:
    """Remove old runs that have ended, with the outputs beside them.

    A run that is being written is left alone, and so is every file that is not a run file. The observer reads packed
    runs.
    """  # fmt: skip
    try:
        age = parse_duration(older)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--older'") from None
    try:
        require_locks()
    except RunLogUnusable as error:
        fail(str(error))
    with interruptible():
        totals = prune_runs(argument or runs, age, pack=compress, dry_run=dry_run)
    raise typer.Exit(FAILED if totals.failed else 0)


class Totals(Struct):
    """How many runs were pruned, left alone and left because of an error; the bytes of the first before and after."""

    pruned: int = 0
    kept: int = 0
    failed: int = 0
    size: int = 0
    left: int = 0


def prune_runs(runs: Path, older: timedelta, *, pack: bool, dry_run: bool) -> Totals:
    """Remove or pack the runs in `runs` that are older, and print what was done. Exits if it cannot be read."""
    totals = Totals()
    try:
        for pruned in prune(runs, older.total_seconds(), time.time(), pack=pack, dry_run=dry_run):
            _count(totals, pruned)
            _print(pruned, pack=pack, dry_run=dry_run)
    except OSError as error:
        fail(f"cannot read {printable(str(runs))}: {error.strerror}; name a directory of run files")
    finally:  # also after Ctrl-C
        if totals.pruned and not dry_run:
            _repair_latest(runs)
    verb = ("would be " if dry_run else "") + ("packed" if pack else "removed")
    sizes = _sizes(totals.size, totals.left, pack=pack and not dry_run)
    kept = f"; {totals.kept} left alone" if totals.kept else ""
    say(f"{pluralize(totals.pruned, 'run')} {verb}{sizes}{kept}")
    return totals


def _count(totals: Totals, pruned: Pruned) -> None:
    totals.failed += pruned.failed
    if pruned.kept:
        totals.kept += 1
        return
    totals.pruned += 1
    totals.size += pruned.size
    totals.left += pruned.left


def _print(pruned: Pruned, *, pack: bool, dry_run: bool) -> None:
    path = printable(str(pruned.path))
    if pruned.failed:
        complain(f"cannot {'pack' if pack else 'remove'} {path}: {pruned.kept}")
    elif pruned.kept:
        say(f"left alone {path}: {pruned.kept}")
    else:
        verb = ("would be " if dry_run else "") + ("packed" if pack else "removed")
        say(f"{verb} {path}{_sizes(pruned.size, pruned.left, pack=pack and not dry_run)}")


def _sizes(size: int, left: int, *, pack: bool) -> str:
    return f" ({format_size(size)} to {format_size(left)})" if pack else f" ({format_size(size)})"


def _repair_latest(runs: Path) -> None:
    latest = runs / LATEST
    existed = latest.is_symlink()
    try:
        newest = repair_latest(runs)
    except OSError as error:
        complain(f"cannot switch {LATEST}: {error.strerror}; remove it")
        return
    if newest is not None:
        say(f"{LATEST} now points to {printable(newest.name)}")
    elif existed and not latest.is_symlink():
        say(f"removed {LATEST}: no run is left that is not packed")
