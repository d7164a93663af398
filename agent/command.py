"""What stands behind the commands: a run with its view, its rehearsal and its words for the person at the terminal."""

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from pathlib import Path

from agent.events import Outcome
from agent.processes import kill_descendants
from agent.recorder import Turn
from agent.rehearsal import Script, ScriptError, demo_script, isolated_env, load_script, serve
from agent.run import ALLOWED_TOOLS, Limits, Model, has_credentials, run
from agent.runlog import RunLog
from agent.stop import StoppedBySignal, run_until_stopped
from agent.viewer import Viewer

__all__ = [
    "ALLOWED_TOOLS", "Limits", "Request", "ScriptError", "Show", "StoppedBySignal", "demo_shown", "has_credentials",
    "load_script", "run_shown",
]  # fmt: skip

_DEMO_PROMPT = "Write a small, tested Python module and have it reviewed."
_NEXT = """
Try next:
  observe tail {latest}
      the same run again; in a second terminal, while an agent works, it goes on live
  tail -f {latest} | grep '"type":"tool_use"'
      it is a file: any tool will do
  agent run "Write a haiku about files into haiku.txt" --project .
      a real model, with ANTHROPIC_API_KEY set
"""


class Show(Enum):
    """How much of a run its own terminal shows."""

    VIEW = "the live view"
    PATH = "where the run file is, and how it ended"
    NOTHING = "nothing"

    @classmethod
    def of(cls, *, view: bool, quiet: bool) -> "Show":
        """What the two flags of the command line mean together."""
        if quiet:
            return cls.NOTHING
        return cls.VIEW if view else cls.PATH


class Request:
    """A run as somebody asked for it. `script` plays instead of a model where there is one."""

    def __init__(self, prompt: str, project: Path, runs_dir: Path, command: str, *, script: Script | None = None,
                 model: str | None = None, limits: Limits = Limits(),  # noqa: B008 - a NamedTuple does not change
                 allowed_tools: tuple[str, ...] = ALLOWED_TOOLS) -> None:  # fmt: skip
        self.prompt = prompt
        self.project = project
        self.runs_dir = runs_dir
        self.command = command
        self.script = script
        self.model = model
        self.limits = limits
        self.allowed_tools = allowed_tools


def run_shown(request: Request, show: Show) -> Turn:
    """Run it to its end, shown as `show` says. Ctrl-C and SIGTERM end it cleanly.

    Returns how it ended. Raises StoppedBySignal, RunLogError, and ScriptError for a rehearsal that cannot be played.
    """
    logging.getLogger("claude_agent_sdk").addHandler(logging.NullHandler())  # its errors are events, not noise
    return run_until_stopped(_run(request, show), hurry=kill_descendants)


def demo_shown(runs_dir: Path, command: str, show: Show) -> Turn:
    """The demo: a scripted model, everything else real, in a project folder that is left for the curious."""
    project = Path(tempfile.mkdtemp(prefix="runtail-demo-"))
    turn = run_shown(Request(_DEMO_PROMPT, project, runs_dir, command, script=demo_script()), show)
    if show is not Show.NOTHING:
        _say(f"\nThe agent's files are in {project}. The price is what a model would have cost; nothing was paid.")
        _say(_NEXT.format(latest=runs_dir / "latest.ndjson").rstrip())
    return turn


async def _run(request: Request, show: Show) -> Turn:
    viewer = Viewer()

    async def started(log: RunLog) -> None:
        if show is not Show.NOTHING:
            _say(f"Recording to {_short(log.path)}")
        if show is Show.VIEW:
            _say(f"Watch it from anywhere: observe tail {_short(log.path)}\n")
            await viewer.start(log.path)

    try:
        async with _model(request) as model:
            turn = await run(
                request.prompt,
                request.project,
                runs_dir=request.runs_dir,
                command=request.command,
                model=model,
                limits=request.limits,
                allowed_tools=request.allowed_tools,
                started=started,
            )
    finally:
        await viewer.finish()
    if show is Show.PATH:
        _say(turn.outcome if turn.outcome is Outcome.SUCCESS else f"{turn.outcome}: {turn.message}")
    return turn


@asynccontextmanager
async def _model(request: Request) -> AsyncIterator[Model]:
    if request.script is None:
        yield Model(request.model)
        return
    home = Path(tempfile.mkdtemp(prefix="runtail-home-"))
    try:
        async with serve(request.script, project=request.project) as rehearsal:
            yield Model(request.model, isolated_env(rehearsal.base_url, home), settings=())
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
