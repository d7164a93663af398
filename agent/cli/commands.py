"""What stands behind the commands: a run with its view, its rehearsal and its words for the person at the terminal."""

import asyncio
import logging
import os
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from agent.cli.signals import StoppedBySignal, run_until_stopped
from agent.cli.viewer import Viewer
from agent.events import Outcome
from agent.harness import BuildLimits, BuildOutcome, Prompts, PromptsError, RetryDelays, build
from agent.recorder import TurnResult
from agent.rehearsal import Script, ScriptError, demo_script, isolated_env, load_script, serve
from agent.runlog.runlog import RunLog
from agent.safety.commands import AllowlistError
from agent.safety.process_tree import ProcessTerminator
from agent.safety.project_lock import LockUnavailable, ProjectLocked
from agent.safety.reaper import MARK
from agent.safety.sandbox import SandboxUnavailable, require_sandbox
from agent.session.options import ALLOWED_TOOLS, Model, Safety
from agent.session.run import Limits, run

__all__ = [
    "ALLOWED_TOOLS",
    "UNUSABLE",
    "BuildLimits",
    "Limits",
    "OutputMode",
    "ProjectLocked",
    "Prompts",
    "RetryDelays",
    "RunConfig",
    "Safety",
    "StoppedBySignal",
    "build_shown",
    "demo_shown",
    "load_script",
    "run_shown",
]  # fmt: skip

T = TypeVar("T")
Started = Callable[[RunLog], Awaitable[None]]

UNUSABLE = (AllowlistError, LockUnavailable, PromptsError, SandboxUnavailable, ScriptError)
"""What keeps a run from starting, each with one sentence for the user."""

_DEMO_PROMPT = "Write a small, tested Python module and have it reviewed."
_NEXT = """
Try next:
  observe tail {latest}
      the same run again; in a second terminal, while an agent works, it goes on live
  tail -f {latest} | grep '"type":"tool_use"'
      it is a file: any tool will do
  agent run "Write a haiku about files into haiku.txt" --project .
      a real model, with ANTHROPIC_API_KEY set or a login of the CLI
"""


class OutputMode(Enum):
    """How much of a run its own terminal shows."""

    VIEW = "the live view"
    PATH = "where the run file is, and how it ended"
    LINES = "every line of the run file, and nothing else"
    NOTHING = "nothing"

    @classmethod
    def of(cls, *, view: bool, quiet: bool, stdout: bool = False) -> "OutputMode":
        """What the flags of the command line mean together."""
        if stdout:
            return cls.LINES
        if quiet:
            return cls.NOTHING
        return cls.VIEW if view else cls.PATH


class RunConfig(Struct, frozen=True):
    """Where and how an agent is to work, whatever it works on. `script` plays instead of a model where there is one."""

    project: Path
    runs_dir: Path
    command: str
    show: OutputMode
    script: Script | None = None
    model: str | None = None
    allowed_tools: tuple[str, ...] = ALLOWED_TOOLS
    safety: Safety = Safety()


def run_shown(prompt: str, setting: RunConfig, limits: Limits = Limits()) -> TurnResult:  # noqa: B008 - it does not change
    """Let the agent work on `prompt`. Ctrl-C and SIGTERM end it cleanly, a second one at once.

    Returns how it ended. Raises StoppedBySignal, RunLogError, ProjectLocked, and the errors in UNUSABLE.
    """
    _prepare(setting)

    async def work(model: Model, started: Started) -> TurnResult:
        return await run(
            prompt,
            setting.project,
            runs_dir=setting.runs_dir,
            command=setting.command,
            model=model,
            limits=limits,
            allowed_tools=setting.allowed_tools,
            safety=setting.safety,
            started=started,
        )

    turn = run_until_stopped(_shown(work, setting), hurry=ProcessTerminator(MARK))
    if setting.show is OutputMode.PATH:
        _say(turn.outcome if turn.outcome is Outcome.SUCCESS else f"{turn.outcome}: {turn.message}")
    return turn


def build_shown(
    spec: str, setting: RunConfig, limits: BuildLimits = BuildLimits(), delays: RetryDelays = RetryDelays(), *,  # noqa: B008 - frozen
    prompts: Prompts | None = None,
) -> BuildOutcome:  # fmt: skip
    """Build what `spec` says. The first Ctrl-C or SIGTERM ends it after the tool call that is running, a second one at
    once.

    Returns how it ended. Raises StoppedBySignal, RunLogError, ProjectLocked, and the errors in UNUSABLE.
    """
    _prepare(setting)
    stop, received = asyncio.Event(), list[signal.Signals]()

    def ask(number: signal.Signals) -> None:
        received.append(number)
        stop.set()
        if setting.show is not OutputMode.NOTHING:
            print("agent: stopping after the tool call that is running; once more stops at once", file=sys.stderr)

    async def work(model: Model, started: Started) -> BuildOutcome:
        return await build(
            spec,
            setting.project,
            runs_dir=setting.runs_dir,
            command=setting.command,
            model=model,
            limits=limits,
            delays=delays,
            prompts=prompts,
            allowed_tools=setting.allowed_tools,
            safety=setting.safety,
            stop=stop,
            started=started,
        )

    built = run_until_stopped(_shown(work, setting), hurry=ProcessTerminator(MARK), ask=ask)
    if setting.show is OutputMode.PATH:
        _say(f"{built.outcome}: {built.message}")
    if received and built.outcome is Outcome.INTERRUPTED:
        raise StoppedBySignal(received[0])
    return built


def demo_shown(runs_dir: Path, command: str, show: OutputMode) -> TurnResult:
    """The demo: a scripted model, everything else real, in a project folder that is left for the curious."""
    project = Path(tempfile.mkdtemp(prefix="runtail-demo-"))
    setting = RunConfig(project, runs_dir, command, show, script=demo_script(), safety=Safety(sandbox=_sandbox_works()))
    turn = run_shown(_DEMO_PROMPT, setting)
    if show is not OutputMode.NOTHING:
        _say(f"\nThe agent's files are in {project}. The price is what a model would have cost; nothing was paid.")
        _say(_NEXT.format(latest=runs_dir / "latest.ndjson").rstrip())
    return turn


def _prepare(setting: RunConfig) -> None:
    logging.getLogger("claude_agent_sdk").addHandler(logging.NullHandler())  # its errors are events, not noise
    if setting.safety.sandbox:
        require_sandbox()
    for warning in setting.safety.warnings():
        print(f"agent: {warning.message}", file=sys.stderr)


def _sandbox_works() -> bool:
    try:
        require_sandbox()
    except SandboxUnavailable:
        return False
    return True


async def _shown(work: Callable[[Model, Started], Awaitable[T]], setting: RunConfig) -> T:
    """Do the work with its model and its view."""
    viewer = Viewer(lines=setting.show is OutputMode.LINES)

    async def started(log: RunLog) -> None:
        where = f"Recording to {_short(log.path)}\nWatch it from anywhere: observe tail {shlex.quote(str(log.path))}"
        match setting.show:
            case OutputMode.PATH:
                _say(where)
            case OutputMode.VIEW:
                _say(where + "\n")
                await viewer.start(log.path)
            case OutputMode.LINES:
                await viewer.start(log.path)

    try:
        async with _model(setting) as model:
            return await work(model, started)
    finally:
        await viewer.finish()


@asynccontextmanager
async def _model(setting: RunConfig) -> AsyncIterator[Model]:
    if setting.script is None:
        yield Model(setting.model)
        return
    home = Path(tempfile.mkdtemp(prefix="runtail-home-"))
    try:
        async with serve(setting.script, project=setting.project) as rehearsal:
            env = isolated_env(rehearsal.base_url, home, account=setting.script.account)
            yield Model(setting.model, env, settings=(), home=home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _say(text: str) -> None:
    """Print for whoever reads; when nobody does any more (`| head`), the run matters, not the reader."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _short(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
