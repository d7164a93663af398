"""The command line of `agent`: it parses, calls the library, prints, and turns the outcome into an exit code."""

import importlib.util
import logging
import math
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agent import __version__
from agent.errors import RunLogError, RunLogUnusable
from agent.events import Outcome

if TYPE_CHECKING:
    from agent.cli.commands import OutputMode, RunConfig
    from agent.session.options import Safety

EXIT_FAILED = 1
EXIT_UNUSABLE = 2
EXIT_CLAIMED = 3
EXIT_NOT_RECORDED = 5

_EPILOG = (
    "Exit codes: 0 the outcome is success; 1 it is not; 2 the run could not start; 3 an agent works in the "
    "project already; 5 the run could not be recorded to "
    "its end (a full disk); 130 Ctrl-C; 143 SIGTERM."
)
_DAY_S, _YEAR_H, _MOST_USD = 86_400, 8_760, 1_000_000

app = typer.Typer(
    help="Run an autonomous agent and record everything it does in a run file.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _number(value: float | None) -> float | None:
    """Refuse NaN, which is neither below nor above any bound."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is no number to stop at")
    return value


RunsOption = Annotated[Path, typer.Option("--runs", help="Folder for the run files; made when missing.")]
ProjectOption = Annotated[Path, typer.Option(help="Folder the agent works in.")]
ModelOption = Annotated[str | None, typer.Option(help="Model to ask; the SDK's default otherwise.")]
BudgetOption = Annotated[
    float | None, typer.Option(callback=_number, min=0, max=_MOST_USD, help="Stop when this run has cost so much.")
]
AllowToolsOption = Annotated[
    str | None, typer.Option(help="Tools the agent may use, with commas between. Other calls are blocked.")
]
AllowOption = Annotated[
    list[str] | None,
    typer.Option(help="Command that Bash may run beside the usual ones, such as docker. Repeat it, or use commas."),
]
UnsafeOption = Annotated[bool, typer.Option("--unsafe", help="Let Bash run any command.")]
SandboxOption = Annotated[
    bool, typer.Option("--sandbox/--no-sandbox", help="Let commands write in the project folder only.")
]
RehearsalOption = Annotated[
    Path | None, typer.Option(help="Play this script instead of asking a model (docs/rehearsal.md). Costs nothing.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Say on standard error what goes on behind it.")]
ViewOption = Annotated[bool, typer.Option("--view/--no-view", help="OutputMode the run here while it happens.")]
StdoutOption = Annotated[
    bool, typer.Option("--stdout", help="Print every line of the run file as it is written, and nothing else.")
]


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
    project: ProjectOption = Path(),
    runs: RunsOption = Path("runs"),
    model: ModelOption = None,
    max_turns: Annotated[int | None, typer.Option(min=1, help="Stop after so many turns.")] = None,
    max_budget_usd: BudgetOption = None,
    allow_tools: AllowToolsOption = None,
    allow: AllowOption = None,
    unsafe: UnsafeOption = False,
    sandbox: SandboxOption = True,
    rehearsal: RehearsalOption = None,
    view: ViewOption = True,
    stdout: StdoutOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Let an agent work on PROMPT, and record it."""
    if not prompt.strip():
        _fail("the prompt is empty; say what the agent shall do")
    _require_sdk("agent run")
    if not project.is_dir():
        _fail(f"there is no folder {project}; make it, or name another with --project")
    from agent.cli import commands

    with _clear_errors():
        setting = _setting(
            project, runs, model, allow_tools, rehearsal,
            safety=commands.Safety(_names(allow), unsafe, sandbox),
            show=commands.OutputMode.of(view=view, quiet=quiet, stdout=stdout), verbose=verbose,
        )  # fmt: skip
        _exit(commands.run_shown(prompt, setting, commands.Limits(max_turns, max_budget_usd)).outcome)


@app.command(epilog="Example:  agent build SPEC.md --project ~/src/notes --max-budget-usd 20\n\n" + _EPILOG)
def build(
    spec: Annotated[Path, typer.Argument(help="File with the specification.", metavar="SPEC")],
    project: Annotated[Path, typer.Option(help="Folder it is built in; made when missing.")] = Path(),
    runs: RunsOption = Path("runs"),
    model: ModelOption = None,
    max_sessions: Annotated[int | None, typer.Option(min=1, help="Stop after so many sessions.")] = None,
    max_budget_usd: BudgetOption = None,
    max_hours: Annotated[
        float | None, typer.Option(callback=_number, min=0, max=_YEAR_H, help="Stop after so many hours.")
    ] = None,
    max_idle_sessions: Annotated[
        int, typer.Option(min=1, help="Stop after so many sessions in a row that changed nothing.")
    ] = 3,
    max_errors: Annotated[int, typer.Option(min=1, help="Stop after so many failures in a row.")] = 5,
    pause: Annotated[
        float, typer.Option(callback=_number, min=0, max=_DAY_S, help="Seconds between two sessions.")
    ] = 3.0,
    silence_timeout: Annotated[
        float,
        typer.Option(
            callback=_number, min=1, max=_DAY_S, help="Seconds that the model may be silent while no tool runs."
        ),
    ] = 600.0,
    prompts: Annotated[
        Path | None, typer.Option(help="Folder with an initializer.md, a coding.md or both, instead of ours.")
    ] = None,
    allow_tools: AllowToolsOption = None,
    allow: AllowOption = None,
    unsafe: UnsafeOption = False,
    sandbox: SandboxOption = True,
    rehearsal: RehearsalOption = None,
    view: ViewOption = True,
    stdout: StdoutOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Build what SPEC says, session after session, until every feature passes. Run it again to go on."""
    text = _spec(spec)
    _require_sdk("agent build")
    from agent.cli import commands

    with _clear_errors():
        setting = _setting(
            project, runs, model, allow_tools, rehearsal,
            safety=commands.Safety(_names(allow), unsafe, sandbox),
            show=commands.OutputMode.of(view=view, quiet=quiet, stdout=stdout), verbose=verbose,
        )  # fmt: skip
        limits = commands.BuildLimits(max_sessions, max_budget_usd, max_hours, max_idle_sessions, max_errors)
        delays = commands.RetryDelays(pause_s=pause, silence_timeout_s=silence_timeout)
        texts = commands.Prompts.load(prompts)
        _make_folder(project)
        _exit(commands.build_shown(text, setting, limits, delays, prompts=texts).outcome)


@app.command(epilog="Example:  agent demo\n\n" + _EPILOG)
def demo(
    runs: RunsOption = Path("runs"),
    view: ViewOption = True,
    quiet: QuietOption = False,
) -> None:
    """See a real agent at work, with a scripted model on this machine: no account, no network, no cost."""
    _require_sdk("agent demo")
    from agent.cli import commands

    with _clear_errors():
        _exit(commands.demo_shown(runs, _command_line(), commands.OutputMode.of(view=view, quiet=quiet)).outcome)


def _setting(
    project: Path, runs: Path, model: str | None, allow_tools: str | None, rehearsal: Path | None, *,
    safety: "Safety", show: "OutputMode", verbose: bool,
) -> "RunConfig":  # fmt: skip
    """What both commands make of the options that they share."""
    from agent.cli import commands
    from agent.session.credentials import MISSING, has_credentials

    if rehearsal is None and not has_credentials(project):
        _fail(MISSING)
    if verbose:
        logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
        for package in ("agent", "claude_agent_sdk"):
            logging.getLogger(package).setLevel(logging.DEBUG)
    return commands.RunConfig(
        project.absolute(),
        runs,
        _command_line(),
        show,
        script=commands.load_script(rehearsal) if rehearsal else None,
        model=model,
        allowed_tools=_names([allow_tools]) if allow_tools is not None else commands.ALLOWED_TOOLS,
        safety=safety,
    )


def _spec(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        _fail(f"cannot read the specification {path}: {error.strerror}; name a file that says what to build")
    except UnicodeDecodeError as error:
        _fail(f"the specification {path} is no text: byte {error.start} is not UTF-8; save it as UTF-8")
    if not text.strip():
        _fail(f"the specification {path} is empty; say in it what to build")
    return text


def _make_folder(project: Path) -> None:
    try:
        project.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _fail(f"cannot make the folder {project}: {error.strerror}; name another with --project")


def _names(lists: list[str] | None) -> tuple[str, ...]:
    """Names given with commas between, in one option or in several."""
    return tuple(name.strip() for names in lists or () for name in names.split(",") if name.strip())


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turns every foreseen error into one sentence and its exit code."""
    from agent.cli.commands import UNUSABLE, ProjectLocked, StoppedBySignal

    try:
        yield
    except (RunLogUnusable, *UNUSABLE) as error:
        _fail(str(error))
    except ProjectLocked as error:
        _fail(str(error), EXIT_CLAIMED)
    except RunLogError as error:
        _fail(str(error), EXIT_NOT_RECORDED)
    except StoppedBySignal as stopped:
        raise typer.Exit(stopped.exit_code) from None


def _exit(outcome: Outcome) -> NoReturn:
    raise typer.Exit(0 if outcome is Outcome.SUCCESS else EXIT_FAILED)


def _command_line() -> str:
    return shlex.join(["agent", *sys.argv[1:]])


def _require_sdk(command: str) -> None:
    if importlib.util.find_spec("claude_agent_sdk") is None:
        _fail(f"`{command}` needs the Claude Agent SDK, which is not installed; run: pip install 'runtail[agent]'")


def _fail(sentence: str, code: int = EXIT_UNUSABLE) -> NoReturn:
    print(f"agent: {sentence}", file=sys.stderr)
    raise typer.Exit(code)
