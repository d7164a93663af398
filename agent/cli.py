"""The command line of `agent`: it parses, calls the library, prints, and turns the outcome into an exit code."""

import importlib.util
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agent.errors import RunLogError, RunLogUnusable
from agent.events import Outcome
from agent.version import __version__

if TYPE_CHECKING:
    from agent.recorder import Turn

EXIT_FAILED = 1
EXIT_UNUSABLE = 2
EXIT_NOT_RECORDED = 5

_EPILOG = (
    "Exit codes: 0 the outcome is success; 1 it is not; 2 the run could not start; 5 the run could not be recorded to "
    "its end (a full disk); 130 Ctrl-C; 143 SIGTERM."
)

app = typer.Typer(
    help="Run an autonomous agent and record everything it does in a run file.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

RunsOption = Annotated[Path, typer.Option("--runs", help="Folder for the run files; made when missing.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
ViewOption = Annotated[bool, typer.Option("--view/--no-view", help="Show the run here while it happens.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"agent {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None: ...


@app.command(
    epilog="Example:  agent run 'Add type hints to utils.py and run its tests' --project ~/src/thing\n\n" + _EPILOG
)
def run(
    prompt: Annotated[str, typer.Argument(help="What the agent shall do.")],
    project: Annotated[Path, typer.Option(help="Folder the agent works in.")] = Path(),
    runs: RunsOption = Path("runs"),
    model: Annotated[str | None, typer.Option(help="Model to ask; the SDK's default otherwise.")] = None,
    max_turns: Annotated[int | None, typer.Option(min=1, help="Stop after so many turns.")] = None,
    max_budget_usd: Annotated[float | None, typer.Option(min=0, help="Stop when it has cost so much.")] = None,
    allow_tools: Annotated[
        str | None, typer.Option(help="Tools the agent may use, with commas between. Other calls are blocked.")
    ] = None,
    rehearsal: Annotated[
        Path | None, typer.Option(help="Play this script instead of asking a model (docs/rehearsal.md). Costs nothing.")
    ] = None,
    view: ViewOption = True,
    quiet: QuietOption = False,
) -> None:
    """Let an agent work on PROMPT, and record it."""
    if not prompt.strip():
        _fail("the prompt is empty; say what the agent shall do")
    _require_sdk("agent run")
    from agent import command

    if rehearsal is None and not command.has_credentials():
        _fail("no ANTHROPIC_API_KEY in the environment; set one, or try `agent demo`, which needs none")
    if not project.is_dir():
        _fail(f"there is no folder {project}; make it, or name another with --project")
    with _clear_errors():
        request = command.Request(
            prompt,
            project.absolute(),
            runs,
            _command_line(),
            script=command.load_script(rehearsal) if rehearsal else None,
            model=model,
            limits=command.Limits(max_turns, max_budget_usd),
            allowed_tools=tuple(allow_tools.split(",")) if allow_tools is not None else command.ALLOWED_TOOLS,
        )
        _exit(command.run_shown(request, command.Show.of(view=view, quiet=quiet)))


@app.command(epilog="Example:  agent demo\n\n" + _EPILOG)
def demo(
    runs: RunsOption = Path("runs"),
    view: ViewOption = True,
    quiet: QuietOption = False,
) -> None:
    """See a real agent at work, with a scripted model on this machine: no account, no network, no cost."""
    _require_sdk("agent demo")
    from agent import command

    with _clear_errors():
        _exit(command.demo_shown(runs, _command_line(), command.Show.of(view=view, quiet=quiet)))


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turns every foreseen error into one sentence and its exit code."""
    from agent.command import ScriptError, StoppedBySignal

    try:
        yield
    except (RunLogUnusable, ScriptError) as error:
        _fail(str(error))
    except RunLogError as error:
        _fail(str(error), EXIT_NOT_RECORDED)
    except StoppedBySignal as stopped:
        raise typer.Exit(stopped.exit_code) from None


def _exit(turn: "Turn") -> NoReturn:
    raise typer.Exit(0 if turn.outcome is Outcome.SUCCESS else EXIT_FAILED)


def _command_line() -> str:
    return shlex.join(["agent", *sys.argv[1:]])


def _require_sdk(command: str) -> None:
    if importlib.util.find_spec("claude_agent_sdk") is None:
        _fail(f"`{command}` needs the Claude Agent SDK, which is not installed; run: pip install 'runtail[agent]'")


def _fail(sentence: str, code: int = EXIT_UNUSABLE) -> NoReturn:
    print(f"agent: {sentence}", file=sys.stderr)
    raise typer.Exit(code)
