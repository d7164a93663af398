"""`agent build`: a whole specification, in as many sessions as it takes."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from agent.cli.exits import epilog, exit_with, fail, require_credentials, require_packages, say
from agent.cli.options import (
    MAX_HOURS,
    MAX_SECONDS,
    BudgetOption,
    DisplayOptions,
    ModelOptions,
    OutputMode,
    RunsOption,
    SafetyOptions,
    bounded,
    expand_groups,
)
from agent.cli.signals import StoppedBySignal
from agent.events import Outcome, StopReason
from agent.harness.limits import MAX_ERRORS, MAX_IDLE_SESSIONS
from agent.harness.session_times import PAUSE_S
from agent.session.timeouts import SILENCE_TIMEOUT_S

if TYPE_CHECKING:
    from agent.cli.execute import OnStart, RunConfig
    from agent.harness.session_models import SessionModels
    from agent.harness.sessions import BuildOutcome, BuildPlan
    from agent.session.sdk_options import Model

EPILOG = epilog(
    "agent build SPEC.md --project ~/src/notes --max-budget-usd 20",
    "agent build SPEC.md --project ~/src/notes --stdout | ./my-dashboard",
)


class LimitOptions(Struct, frozen=True):
    """The options that end a build before every feature passes."""

    max_sessions: Annotated[
        int | None, typer.Option(callback=bounded(1), metavar="N", help="Stop after N sessions.")
    ] = None
    max_budget_usd: BudgetOption = None
    max_hours: Annotated[
        float | None, typer.Option(callback=bounded(0, MAX_HOURS), metavar="X", help="Stop after X hours.")
    ] = None
    max_idle_sessions: Annotated[
        int,
        typer.Option(callback=bounded(1), metavar="N", help="Stop after N consecutive sessions without a change."),
    ] = MAX_IDLE_SESSIONS
    max_errors: Annotated[
        int, typer.Option(callback=bounded(1), metavar="N", help="Stop after N consecutive failures.")
    ] = MAX_ERRORS


class SessionOptions(Struct, frozen=True):
    """The options for the sessions of a build."""

    pause: Annotated[
        float, typer.Option(callback=bounded(0, MAX_SECONDS), metavar="S", help="Seconds between two sessions.")
    ] = PAUSE_S
    silence_timeout: Annotated[
        float,
        typer.Option(
            callback=bounded(1, MAX_SECONDS),
            metavar="S",
            help="End a session when the model is silent for S seconds while no tool is running.",
        ),
    ] = SILENCE_TIMEOUT_S
    prompts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory with prompts: initializer.md, coding.md, verifying.md, or some."),
    ] = None
    model_for: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=MODEL",
            help="Model for one kind of session: initializer, coding or verify. With verify, a session of that model "
            "checks each feature that a coding session has let pass. Repeat the option, or use commas.",
            show_default=False,
        ),
    ] = None


@expand_groups
def build_command(
    *,
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="File with the specification.", show_default=False)],
    project: Annotated[Path, typer.Option(metavar="DIR", help="Directory to build in; created if missing.")] = Path(),
    runs: RunsOption = Path("runs"),
    limits: LimitOptions = LimitOptions(),  # noqa: B008 - frozen
    sessions: SessionOptions = SessionOptions(),  # noqa: B008 - frozen
    model: ModelOptions = ModelOptions(),  # noqa: B008 - frozen
    safety: SafetyOptions = SafetyOptions(),  # noqa: B008 - frozen
    display: DisplayOptions = DisplayOptions(),  # noqa: B008 - frozen
) -> None:
    """Build what SPEC describes.

    Works in one session after another until every feature passes. Run the same command again to continue.
    """
    text = _read_specification(spec)
    require_packages("agent build")
    require_credentials(project, model.rehearsal)
    from agent.cli.execute import exit_on_error, make_config

    models = _parse_models(sessions.model_for)
    with exit_on_error():
        config = make_config("build", project, runs, model, safety, display)
        plan = _make_plan(text, limits, sessions, models)
        _create_directory(project)
        exit_with(build_with_view(plan, config).outcome)


def build_with_view(plan: "BuildPlan", config: "RunConfig") -> "BuildOutcome":
    """Build what `plan` says. Ctrl-C or SIGTERM ends it after the running tool call, a second one at once.

    Returns how it ended. Raises StoppedBySignal, CannotStart, and RunLogError when it cannot be recorded.
    """
    from agent.cli.execute import execute
    from agent.harness.loop import build

    stop, received = asyncio.Event(), list[signal.Signals]()

    def request_stop(number: signal.Signals) -> None:
        received.append(number)
        stop.set()
        config.warn("stopping after the running tool call; press Ctrl-C again to stop at once")

    async def work(model: "Model", on_start: "OnStart") -> "BuildOutcome":
        return await build(
            plan.spec,
            config.project,
            runs_dir=config.runs_dir,
            command=config.command,
            model=model,
            models=plan.models,
            limits=plan.limits,
            times=plan.times,
            prompts=plan.prompts,
            allowed_tools=config.allowed_tools,
            safety=config.safety,
            stop=stop,
            started=on_start,
            warn=config.warn,
        )

    result = execute(work, config, on_first_signal=request_stop)
    _print_result(result, config)
    if received and result.outcome is Outcome.INTERRUPTED:
        raise StoppedBySignal(received[0])
    return result


def _print_result(result: "BuildOutcome", config: "RunConfig") -> None:
    if result.reason is StopReason.REFUSED:
        config.print_refusal(result.message)
    elif config.output is OutputMode.PATH:
        say(f"{result.outcome}: {result.message}")


def _make_plan(spec: str, limits: LimitOptions, sessions: SessionOptions, models: "SessionModels") -> "BuildPlan":
    """Return the plan that the options stand for. Raises CannotStart when the prompts cannot be loaded."""
    from agent.harness.limits import BuildLimits
    from agent.harness.prompts import Prompts
    from agent.harness.session_times import SessionTimes
    from agent.harness.sessions import BuildPlan

    build_limits = BuildLimits(
        limits.max_sessions, limits.max_budget_usd, limits.max_hours, limits.max_idle_sessions, limits.max_errors
    )
    times = SessionTimes(pause_s=sessions.pause, silence_timeout_s=sessions.silence_timeout)
    return BuildPlan(spec, build_limits, times, Prompts.load(sessions.prompts), models)


def _read_specification(path: Path) -> str:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        fail(f"cannot read the specification {path}: {error.strerror}; name a file that describes what to build")
    except UnicodeDecodeError as error:
        fail(f"the specification {path} is not text: byte {error.start} is not UTF-8; save it as UTF-8")
    if not text.strip():
        fail(f"the specification {path} is empty; describe in it what to build")
    return text


def _parse_models(texts: list[str] | None) -> "SessionModels":
    from agent.harness.session_models import SessionModels

    try:
        return SessionModels.parse(texts or [])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--model-for'") from None


def _create_directory(project: Path) -> None:
    try:
        project.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"cannot create the directory {project}: {error.strerror}; choose another one with --project")
