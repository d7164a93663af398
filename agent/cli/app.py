"""The program `agent`: its commands, and what they have in common."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from agent import __version__
from agent.cli import build, demo, prune, record, run, stop
from agent.cli import list as list_
from agent.cli.exits import epilog


class Command(TyperCommand):
    """A command whose usage line shows a required argument as `PROMPT`; typer would print `{PROMPT}`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class CommandGroup(TyperGroup):
    """A group of commands with `help [COMMAND]`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read `help [COMMAND]` as `[COMMAND] --help`. Raises a usage error if more follows."""
        if args[:1] != ["help"]:
            return super().parse_args(ctx, args)
        if extra := args[2:]:
            ctx.fail(f"Got unexpected extra argument{'s' if len(extra) > 1 else ''} ({' '.join(extra)})")
        return super().parse_args(ctx, [*args[1:], "--help"])


app = typer.Typer(
    cls=CommandGroup,
    help="Run an autonomous agent and record everything it does in a run file.",
    epilog=epilog("agent demo", "agent run 'Fix the failing test' --project ~/src/thing", "agent help build"),
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run", cls=Command, epilog=run.EPILOG)(run.run_command)
app.command("build", cls=Command, epilog=build.EPILOG)(build.build_command)
app.command("demo", cls=Command, epilog=demo.EPILOG)(demo.demo_command)
app.command("record", cls=Command, epilog=record.EPILOG, context_settings={"allow_interspersed_args": False})(
    record.record_command
)
app.command("list", cls=Command, epilog=list_.EPILOG)(list_.list_command)
app.command("stop", cls=Command, epilog=stop.EPILOG)(stop.stop_command)
app.command("prune", cls=Command, epilog=prune.EPILOG)(prune.prune_command)


def _print_version(requested: bool) -> None:
    if requested:
        print(f"agent {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...
