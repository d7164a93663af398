"""Executes a run for a command: with its model, its view, its signals and its messages to the user."""

import logging
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal, TypeVar

import typer
from msgspec import Struct

from agent.cli.exits import NOT_RECORDED, PROJECT_LOCKED, complain, fail, say
from agent.cli.options import DisplayOptions, ModelOptions, OutputMode, SafetyOptions, split_names
from agent.cli.registration import Registration
from agent.cli.signals import StoppedBySignal, run_until_stopped
from agent.cli.viewer import Viewer
from agent.errors import CannotStart, RunLogError
from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.script import Script
from agent.rehearsal.server import serve
from agent.runlog.runlog import RunLog
from agent.safety.process_tree import ProcessTerminator
from agent.safety.project_lock import ProjectLocked
from agent.safety.reaper import MARK
from agent.safety.sandbox import require_sandbox
from agent.session.sdk_options import ALLOWED_TOOLS, Model, Safety

T = TypeVar("T")
OnStart = Callable[[RunLog], Awaitable[None]]
Work = Callable[[Model, OnStart], Awaitable[T]]
"""Runs an agent with a model, and calls its second argument once the run file exists."""


class RunConfig(Struct, frozen=True):
    """The settings of an agent, whatever its task. `kind` is its command; a `script` replaces the model."""

    kind: Literal["run", "build", "demo"]
    project: Path
    runs_dir: Path
    command: str
    output: OutputMode
    script: Script | None = None
    model: str | None = None
    allowed_tools: tuple[str, ...] = ALLOWED_TOOLS
    safety: Safety = Safety()

    def warn(self, sentence: str) -> None:
        """Print a warning to standard error, unless the user wants to see only errors."""
        if self.output is not OutputMode.NOTHING:
            complain(sentence)

    def print_refusal(self, sentence: str) -> None:
        """Print to standard error why the API refuses to answer, unless the view has just shown it on a terminal."""
        if not (self.output is OutputMode.VIEW and sys.stdout.isatty()):
            complain(sentence)


def make_config(
    kind: Literal["run", "build"], project: Path, runs: Path, model: ModelOptions, safety: SafetyOptions,
    display: DisplayOptions,
) -> RunConfig:  # fmt: skip
    """Return the configuration that the options stand for. Raises CannotStart without a valid rehearsal."""
    if display.verbose:
        log_diagnostics()
    return RunConfig(
        kind,
        project.absolute(),
        runs,
        command_line(),
        display.mode(),
        script=load_script(model.rehearsal) if model.rehearsal else None,
        model=model.model,
        allowed_tools=split_names(safety.allow_tools) if safety.allow_tools is not None else ALLOWED_TOOLS,
        safety=Safety(split_names(safety.allow), safety.unsafe, safety.sandbox),
    )


def command_line() -> str:
    """Return the command line of this process, as `run_start` records it."""
    return shlex.join(["agent", *sys.argv[1:]])


@contextmanager
def exit_on_error() -> Iterator[None]:
    """While inside, every expected error becomes one sentence and its exit code."""
    try:
        yield
    except ProjectLocked as error:
        fail(str(error), PROJECT_LOCKED)
    except CannotStart as error:
        fail(str(error))
    except RunLogError as error:
        fail(str(error), NOT_RECORDED)
    except StoppedBySignal as stopped:
        raise typer.Exit(stopped.exit_code) from None


def execute(work: Work[T], config: RunConfig, on_first_signal: Callable[[signal.Signals], None] | None = None) -> T:
    """Do `work` with its model and its view until it ends, or until a signal stops it.

    Warnings are printed once the run has begun, so that none comes before the error of a run that cannot start. The
    first signal cancels the work, or only calls `on_first_signal`; the next one also ends its processes.

    Returns what `work` returns. Raises StoppedBySignal, CannotStart without a sandbox, and what `work` raises.
    """
    logging.getLogger("claude_agent_sdk").addHandler(logging.NullHandler())  # its errors become events
    if config.safety.sandbox:
        require_sandbox()
    registration = Registration(config.kind, config.warn)
    return run_until_stopped(
        _do(work, config, registration), ProcessTerminator(MARK), on_first_signal, registration.mark_stopping
    )


async def _do(work: Work[T], config: RunConfig, registration: Registration) -> T:
    viewer = Viewer(lines=config.output is OutputMode.LINES)

    async def on_start(log: RunLog) -> None:
        registration.begin(log.run, log.path, config.project)
        for warning in config.safety.warnings():
            config.warn(warning.message)
        await announce(log.path, config.output, viewer)

    try:
        async with _model(config) as model:
            return await work(model, on_start)
    finally:
        registration.end()
        await viewer.finish()


async def announce(path: Path, output: OutputMode, viewer: Viewer) -> None:
    """Tell the user where the run file is, or start `viewer` on it, as `output` says."""
    location = f"Recording to {_relative(path)}\nTo watch: observe tail {shlex.quote(str(path))}"
    match output:
        case OutputMode.PATH:
            say(location)
        case OutputMode.VIEW:
            say(location + "\n")
            await viewer.start(path)
        case OutputMode.LINES:
            await viewer.start(path)


@asynccontextmanager
async def _model(config: RunConfig) -> AsyncIterator[Model]:
    if config.script is None:
        yield Model(config.model)
        return
    home = Path(tempfile.mkdtemp(prefix="runtail-home-"))
    try:
        async with serve(config.script, project=config.project) as rehearsal:
            env = isolated_env(rehearsal.base_url, home, account=config.script.account)
            yield Model(config.model, env, settings=(), home=home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def log_diagnostics() -> None:
    """Log what the SDK, the CLI and the sandbox report to standard error."""
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    for package in ("agent", "claude_agent_sdk"):
        logging.getLogger(package).setLevel(logging.DEBUG)


def _relative(path: Path) -> Path:
    """Return `path` relative to the current directory if it is below it."""
    current = Path.cwd()
    return path.relative_to(current) if path.is_relative_to(current) else path
