"""One agent, one prompt, one run file: what `agent run` and `agent demo` do, also for programs to call."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from agent.events import AgentType, Outcome
from agent.recorder.turns import TurnResult
from agent.runlog.appender import Warn, warn_on_stderr
from agent.runlog.runlog import RunLog
from agent.safety.reaper import process_reaper
from agent.session.sdk_options import ALLOWED_TOOLS, Model, Safety
from agent.session.session import Session
from agent.session.workplace import RunSettings, lock_workplace


class Limits(NamedTuple):
    """The limits at which the agent is stopped: a number of turns, or a cost in US dollars. None means no limit."""

    max_turns: int | None = None
    max_budget_usd: float | None = None


async def run(
    prompt: str,
    project: Path,
    *,
    runs_dir: Path = Path("runs"),
    command: str | None = None,
    model: Model = Model(),  # noqa: B008 - a NamedTuple does not change
    limits: Limits = Limits(),  # noqa: B008 - a NamedTuple does not change
    allowed_tools: tuple[str, ...] = ALLOWED_TOOLS,
    safety: Safety = Safety(),  # noqa: B008 - a NamedTuple does not change
    started: Callable[[RunLog], Awaitable[None]] | None = None,
    warn: Warn = warn_on_stderr,
) -> TurnResult:
    """Let the agent work on `prompt` in the directory `project` and record it in `runs_dir`.

    `started` is awaited once the run file exists; `warn` shows one sentence to the user. At the end every process that
    the agent or its tools started is ended, also when this process is killed.

    Returns how it ended. Raises CannotStart, and RunLogError when the run cannot be recorded to its end.
    """
    project = await asyncio.to_thread(project.absolute)
    settings = RunSettings(
        runs_dir=runs_dir, command=command, model=model, allowed_tools=allowed_tools, safety=safety,
        started=started, warn=warn,
    )  # fmt: skip
    with lock_workplace(project, settings) as place:
        options = replace(place.options, max_turns=limits.max_turns, max_budget_usd=limits.max_budget_usd)
        async with place.open_log(prompt) as log:
            async with process_reaper(project, model.home) as mark:
                options.env |= mark
                turn = await Session(log, options, agent_type=AgentType.SINGLE, guard=place.guard).run(prompt)
            message = "done" if turn.outcome is Outcome.SUCCESS else turn.message
            await log.complete(turn.outcome, message)
            return turn
