"""`agent run`: one prompt, one session."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from agent.cli.exits import epilog, exit_with, fail, require_credentials, require_packages, say
from agent.cli.options import (
    BudgetOption,
    DisplayOptions,
    ModelOptions,
    OutputMode,
    RunsOption,
    SafetyOptions,
    bounded,
    expand_groups,
)
from agent.events import Outcome

if TYPE_CHECKING:
    from agent.cli.execute import OnStart, RunConfig
    from agent.recorder.turns import TurnResult
    from agent.session.run import Limits
    from agent.session.sdk_options import Model

EPILOG = epilog(
    "agent run 'Add type hints to utils.py and test it' --project ~/src/thing",
    "agent run 'Explain this code' --max-turns 20 --max-budget-usd 1",
)


class LimitOptions(Struct, frozen=True):
    """The options that end a run early."""

    max_turns: Annotated[int | None, typer.Option(callback=bounded(1), metavar="N", help="Stop after N turns.")] = None
    max_budget_usd: BudgetOption = None


@expand_groups
def run_command(
    *,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="The task for the agent.", show_default=False)],
    project: Annotated[Path, typer.Option(metavar="DIR", help="Directory that the agent works in.")] = Path(),
    runs: RunsOption = Path("runs"),
    limits: LimitOptions = LimitOptions(),  # noqa: B008 - frozen
    model: ModelOptions = ModelOptions(),  # noqa: B008 - frozen
    safety: SafetyOptions = SafetyOptions(),  # noqa: B008 - frozen
    display: DisplayOptions = DisplayOptions(),  # noqa: B008 - frozen
) -> None:
    """Let an agent work on PROMPT, and record it."""
    if not prompt.strip():
        fail("the prompt is empty; describe the task for the agent")
    require_packages("agent run")
    if not project.is_dir():
        fail(f"{project} is not a directory; create it, or choose another one with --project")
    require_credentials(project, model.rehearsal)
    from agent.cli.execute import exit_on_error, make_config
    from agent.session.run import Limits

    with exit_on_error():
        config = make_config("run", project, runs, model, safety, display)
        result = run_with_view(prompt, config, Limits(limits.max_turns, limits.max_budget_usd))
        exit_with(result.outcome)


def run_with_view(prompt: str, config: "RunConfig", limits: "Limits") -> "TurnResult":
    """Let the agent work on `prompt`. Ctrl-C and SIGTERM end it cleanly, a second one at once.

    Returns how it ended. Raises StoppedBySignal, CannotStart, and RunLogError when it cannot be recorded.
    """
    from agent.cli.execute import execute
    from agent.session.run import run

    async def work(model: "Model", on_start: "OnStart") -> "TurnResult":
        return await run(
            prompt,
            config.project,
            runs_dir=config.runs_dir,
            command=config.command,
            model=model,
            limits=limits,
            allowed_tools=config.allowed_tools,
            safety=config.safety,
            started=on_start,
            warn=config.warn,
        )

    result = execute(work, config)
    if result.refused:
        config.print_refusal(result.message)
    elif config.output is OutputMode.PATH:
        say(result.outcome if result.outcome is Outcome.SUCCESS else f"{result.outcome}: {result.message}")
    return result
