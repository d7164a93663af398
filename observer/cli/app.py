"""The program `observe`: its Typer app, which loads a command when it is used, and its entry point."""

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from observer import __version__
from observer.errors import ObserverError

if TYPE_CHECKING:
    from observer.cli.options.settings import Settings

COMMANDS = {
    "tail": "Show a run from its start, then follow it until it ends.",
    "ui": "Browse runs on a full screen, live.",
    "list": "List runs with their verdicts; those that need you come first.",
    "show": "Show a summary of one run.",
    "compare": "Compare two runs, and find the first point where they part.",
    "serve": "Show runs in a browser.",
    "check": "Validate run files.",
    "wait": "Wait until a run meets a condition.",
    "report": "Generate a report of a run (HTML, Markdown, JUnit XML, trace).",
    "schema": "Print the JSON Schema of run files, or of a command's JSON output.",
    "relay": "Publish run files to NATS JetStream, line by line.",
}
"""The commands with their summaries, so that `observe --help` need not load them. Each has a module of its name."""

_EPILOG = """\b
Examples:
  observe                      browse all runs on a full screen (observe ui)
  observe tail                 follow the most recent run
  observe list --watch         a table of all runs, kept up to date
  observe serve                the same in a browser
  observe help tail            options and examples of a command"""

_COMPLETING = "_OBSERVE_COMPLETE"
"""The variable by which a shell asks for completions."""
_WANTS_HELP = "observer.wants_help"
"""The key in the context's `meta` for whether the command line asks for help."""
_NOT_WRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of printing a help text to a full disk; everything else is written by `observer.terminal.output`."""


class CommandGroup(TyperGroup):
    """A group that knows its commands by name and summary, and loads the one that is used."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, summary in COMMANDS.items():
            self.add_command(TyperCommand(name, help=summary))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read `help [COMMAND]` as `[COMMAND] --help`, and nothing on a terminal as `ui`. Raises a usage error."""
        if not args and not ctx.resilient_parsing and _can_browse():
            args = ["ui"]
        ctx.meta[_WANTS_HELP] = args[:1] == ["help"] or not {"-h", "--help"}.isdisjoint(args)
        if args[:1] != ["help"]:
            return super().parse_args(ctx, args)
        if extra := args[2:]:
            ctx.fail(f"Got unexpected extra argument{'s' if len(extra) > 1 else ''} ({' '.join(extra)})")
        return super().parse_args(ctx, [*args[1:], "--help"])

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """Parse the command line, or print what it asks for: a help text, the version or a completion."""
        with _reader_may_leave():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; report an error of the observer on standard error, with exit code 2."""
        try:
            with _reader_may_leave():
                return super().invoke(ctx)
        except typer.BadParameter as error:
            if error.ctx is not None and error.param is not None and ctx.obj is not None:
                source = error.ctx.get_parameter_source(error.param.name or "")
                if source is not None and source.name == "DEFAULT_MAP":
                    error.message += f" (set in {ctx.obj.origins[error.param.name]})"
            raise
        except ObserverError as error:
            from observer.format.sanitize import clean_paragraph

            sys.stderr.write(f"observe: {clean_paragraph(str(error))}\n")  # may quote names of files, with escapes
            raise typer.Exit(2) from None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the arguments begin with, fully declared."""
        name, command, rest = super().resolve_command(ctx, args)
        if ctx.resilient_parsing and name in COMMANDS:  # for a completion, which must say nothing about settings
            with suppress(ObserverError):
                ctx.default_map = {name: load_command_settings(name).defaults}
        return name, load_command(name) if name in COMMANDS else command, rest


def _can_browse() -> bool:
    """Return whether there is a terminal, and what `observe ui` needs."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    from observer.terminal.screen import understands_escapes

    return understands_escapes(sys.stdout) and find_spec("textual") is not None


@cache
def load_command(name: str) -> Any:
    """Import a command's module and return its declaration."""
    command = typer.main.get_command(import_module(f"observer.cli.{name}").app)
    command.name = name
    return command


app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_EPILOG,
)


def run() -> NoReturn:
    """Run the command line and end the process."""
    try:
        if _COMPLETING in os.environ:
            from observer.cli.options.completion import join_words

            join_words(os.environ)
        app(prog_name="observe")
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        _discard_output()
        sys.stderr.write(f"observe: cannot write the output: {error.strerror}\n")
        raise SystemExit(2) from None
    except Exception:
        if _COMPLETING not in os.environ:  # else the traceback would be printed into the command that is being typed
            raise
    raise SystemExit(0)


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """End the program with exit code 0 if what reads its output has ended, as `head` does after its lines.

    Commands whose exit code says more handle that themselves.
    """
    try:
        yield
    except BrokenPipeError:
        _discard_output()
        raise SystemExit(0) from None


def _discard_output() -> None:
    """Write to nowhere from now on: flushing the buffer of standard output at exit would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"observe {__version__}")
        raise typer.Exit


@app.callback()
def observe(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Replay the run files of agents and follow them live."""
    command = context.invoked_subcommand or ""
    try:
        settings = load_command_settings(command)
    except ObserverError:
        if not context.meta[_WANTS_HELP]:
            raise
        return  # the help of a command does not depend on the settings
    if settings.warning:
        from observer.format.sanitize import clean_line

        sys.stderr.write(f"observe: {clean_line(settings.warning)}\n")
    context.obj = settings
    context.default_map = {command: settings.defaults}


def load_command_settings(command: str) -> "Settings":
    """Return the user's settings for a command. Raises UsageError."""
    from observer.cli.options.settings import load_settings

    return load_settings(os.environ, command, COMMANDS, options_of)


def options_of(command: str) -> Mapping[str, Any]:
    """Return the options of a command by their long names."""
    from observer.cli.options.settings import option_names

    return option_names(
        (parameter.name, parameter.opts, parameter.multiple)
        for parameter in load_command(command).params
        if parameter.param_type_name == "option"
    )
