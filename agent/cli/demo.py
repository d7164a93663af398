"""`agent demo`: a real agent against a scripted model."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cli.exits import epilog, exit_with, require_packages, say
from agent.cli.options import OutputMode, QuietOption, RunsOption, ViewOption
from agent.cli.run import run_with_view

if TYPE_CHECKING:
    from agent.recorder.turns import TurnResult

EPILOG = epilog("agent demo", "agent demo --runs /tmp/runs")

_PROMPT = "Write a small, tested Python module and have it reviewed."
_NEXT_STEPS = """
Try next:
  observe tail {latest}
      show the same run again; while an agent is running, a second terminal follows it live
  tail -f {latest} | grep '"type":"tool_use"'
      it is a plain file, so any tool can read it
  agent run "Write a haiku about files into haiku.txt" --project .
      use a real model, with ANTHROPIC_API_KEY or a login of the CLI
"""


def demo_command(
    runs: RunsOption = Path("runs"),
    view: ViewOption = True,
    quiet: QuietOption = False,
) -> None:
    """Run a real agent against a scripted model.

    Works offline, without an account, and costs nothing.
    """
    require_packages("agent demo")
    from agent.cli.execute import command_line, exit_on_error

    with exit_on_error():
        exit_with(demo_with_view(runs, command_line(), OutputMode.from_flags(view=view, quiet=quiet)).outcome)


def demo_with_view(runs_dir: Path, command: str, output: OutputMode) -> "TurnResult":
    """Run the demo in a new project directory, which is kept. Everything but the model is real.

    Returns how it ended. Raises what `run_with_view` raises.
    """
    from agent.cli.execute import RunConfig
    from agent.rehearsal.load import demo_script
    from agent.session.run import Limits
    from agent.session.sdk_options import Safety

    project = Path(tempfile.mkdtemp(prefix="runtail-demo-"))
    problem = _sandbox_problem()
    safety = Safety(sandbox=problem is None)
    config = RunConfig("demo", project, runs_dir, command, output, script=demo_script(), safety=safety)
    result = run_with_view(_PROMPT, config, Limits())
    if output is not OutputMode.NOTHING:
        say(f"\nThe agent's files are in {project}. The cost is what a real model would have cost; you paid nothing.")
        if problem:
            say(f"\nThe demo ran without the sandbox that `agent run` and `agent build` use: {problem}.")
        say(_NEXT_STEPS.format(latest=runs_dir / "latest.ndjson").rstrip())
    return result


def _sandbox_problem() -> str | None:
    """Return why the sandbox does not work on this machine; None if it does."""
    from agent.errors import CannotStart
    from agent.safety.sandbox import require_sandbox

    try:
        require_sandbox()
    except CannotStart as error:
        return str(error)
    return None
