"""The command `observe`: it parses, calls a library function, and turns what comes back into an exit code.

This is what the commands share; they are in `people` and `pipelines`, by who uses them.
"""

import errno
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What ends a help text on its way to a full disk; all else that is printed goes through `observer.terminal.output`."""


def number(value: float | None) -> float | None:
    """Refuse NaN, which is neither below nor above any bound."""
    if value is not None and value != value:  # noqa: PLR0124 - only NaN is
        raise typer.BadParameter("nan is no number of seconds")
    return value


def run_names(context: typer.Context, incomplete: str) -> list[str]:
    """Return the runs that may be meant, newest first, for the shell to complete."""
    from observer.source.locate import run_files, run_id

    try:
        names = [run_id(path) for path in reversed(run_files(context.params.get("folder") or Path("runs")))]
    except OSError:
        return []
    return [name for name in ["latest", *names] if name.startswith(incomplete)]


FolderOption = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Where ids and latest are looked up.")]
RunArgument = Annotated[
    str,
    typer.Argument(metavar="[RUN]", help="A run file, or a run's id or its beginning.", autocompletion=run_names),
]
StallOption = Annotated[
    float,
    typer.Option(callback=number, metavar="S", min=1, max=1e9, help="Seconds without progress that are a stall."),
]

CredsOption = Annotated[
    Path | None, typer.Option("--creds", metavar="FILE", help="nats://: credentials of a user.", show_default=False)
]
NkeyOption = Annotated[
    Path | None, typer.Option("--nkey", metavar="FILE", help="nats://: the seed of a user.", show_default=False)
]
CaOption = Annotated[
    Path | None, typer.Option("--ca", metavar="FILE", help="tls://: who signed the certificates.", show_default=False)
]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Watch agent runs: replay a run file from its start and follow it live.",
    epilog=EXIT_CODES,
)


def run() -> NoReturn:
    """Run the command line and end the process."""
    _open_standard_streams()
    gc.set_threshold(100_000)  # events make no cycles: looking for some in every thousand only takes time
    try:
        app(prog_name="observe")
    except OSError as error:
        if error.errno not in _FULL:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is still buffered would fail once more
        sys.stderr.write(f"observe: cannot write the output: {error.strerror}\n")
        raise SystemExit(2) from None
    raise SystemExit(0)


def _open_standard_streams() -> None:
    """Put nothing where a standard stream is closed: the first file that is opened would take its place."""
    for number, stream in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, stream, open(number, "r+" if number else "r", closefd=False))  # noqa: SIM115


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"observe {__version__}")
        raise typer.Exit


@app.callback()
def observe(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Watch agent runs: replay a run file from its start and follow it live."""
    from observer.cli.settings import load, option_names

    commands = getattr(context.command, "commands", {})
    options = {
        name: option_names(
            (parameter.name, parameter.opts, parameter.multiple)
            for parameter in command.params
            if parameter.param_type_name == "option"
        )
        for name, command in commands.items()
    }
    with usage():
        context.obj = load(os.environ, options)
    context.default_map = context.obj.defaults


@contextmanager
def usage() -> Iterator[None]:
    """Turn what cannot be meant, and what cannot be read, into a sentence and exit code 2."""
    from observer.errors import ObserverError
    from observer.format.sanitize import clean_paragraph

    try:
        yield
    except ObserverError as error:
        sys.stderr.write(f"observe: {clean_paragraph(str(error))}\n")  # a name may come from a folder of runs
        raise typer.Exit(2) from None
