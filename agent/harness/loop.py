"""`build`: one session after another, each a fresh conversation, until all features pass or a limit is reached."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent.harness.limits import BuildLimits
from agent.harness.prompts import Prompts
from agent.harness.resume import LastBuild
from agent.harness.session_models import SessionModels
from agent.harness.session_times import SessionTimes
from agent.harness.sessions import BuildOutcome, BuildPlan, BuildSessions
from agent.runlog.appender import Warn, warn_on_stderr
from agent.runlog.runlog import RunLog
from agent.session.sdk_options import ALLOWED_TOOLS, Model, Safety
from agent.session.workplace import RunSettings, lock_workplace


async def build(
    spec: str | Path,
    project: Path,
    *,
    runs_dir: Path = Path("runs"),
    command: str | None = None,
    model: Model = Model(),  # noqa: B008 - a NamedTuple does not change
    models: SessionModels = SessionModels(),  # noqa: B008 - frozen
    limits: BuildLimits = BuildLimits(),  # noqa: B008 - as above
    times: SessionTimes = SessionTimes(),  # noqa: B008 - frozen
    prompts: Prompts | None = None,
    allowed_tools: tuple[str, ...] = ALLOWED_TOOLS,
    safety: Safety = Safety(),  # noqa: B008 - a NamedTuple does not change
    stop: asyncio.Event | None = None,
    started: Callable[[RunLog], Awaitable[None]] | None = None,
    warn: Warn = warn_on_stderr,
) -> BuildOutcome:
    """Build what `spec` describes (the text, or the path of its file) in `project`, and record it in `runs_dir`.

    Continues where the last build of the project stopped. Setting `stop` ends it after the tool call that is running;
    cancelling ends it at once. `models` names models for sessions of one kind, also one that verifies what the others
    claim to pass. `started` is awaited once the run file exists; `warn` shows one sentence to the user.

    Raises CannotStart, OSError and UnicodeError when `spec` cannot be read, and RunLogError when the run cannot be
    recorded to its end.
    """
    text = spec if isinstance(spec, str) else await asyncio.to_thread(spec.read_text, "utf-8")
    plan = BuildPlan(text, limits, times, prompts or Prompts.load(), models)
    settings = RunSettings(
        runs_dir=runs_dir, command=command, model=model, allowed_tools=allowed_tools, safety=safety,
        started=started, warn=warn,
    )  # fmt: skip
    with lock_workplace(await asyncio.to_thread(project.absolute), settings) as place:
        last = LastBuild.load(place.agent_dir)
        run, continues = (last.run, last.describe()) if last else (None, None)
        async with place.open_log(text, resumed_from=run, about_resumed=continues) as log:
            return await BuildSessions(log, place, plan, last).run_to_end(stop or asyncio.Event())
