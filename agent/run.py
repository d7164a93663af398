"""One agent, one prompt, one run file: what `agent run` and `agent demo` do, for programs to call as well."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from claude_agent_sdk import ClaudeAgentOptions
from claude_agent_sdk.types import SettingSource

from agent.events import AgentType, Outcome
from agent.guardian import guarded
from agent.recorder import Turn
from agent.runlog import RunLog
from agent.session import Guard, Session

ALLOWED_TOOLS = ("Bash", "Read", "Glob", "Grep", "Agent", "Task", "TodoWrite")
"""What the agent may use without asking, as there is nobody to ask. Files in its project it may write in any case;
naming Write or Edit here would let it write anywhere."""

_ABOUT_CHARS = 120


class Model(NamedTuple):
    """Which model answers, and how its CLI is set up. Without `env`, this process's environment decides."""

    name: str | None = None
    env: dict[str, str] | None = None
    settings: tuple[SettingSource, ...] = ("project",)


class Limits(NamedTuple):
    """When the agent is stopped by itself: turns, and US dollars. None is no limit."""

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
    guard: Guard | None = None,
    started: Callable[[RunLog], Awaitable[None]] | None = None,
) -> Turn:
    """Let the agent work on `prompt` in the folder `project` and record it in `runs_dir`.

    `guard` may refuse tool calls. `started` is awaited once the run file is there. At the end every process that the
    agent or its tools started is ended, also when this process is killed.

    Returns how it ended. Raises RunLogError when the run cannot be recorded.
    """
    options = ClaudeAgentOptions(
        cwd=project,
        model=model.name,
        env=dict(model.env or {}),
        setting_sources=list(model.settings),
        permission_mode="acceptEdits",
        allowed_tools=list(allowed_tools),
        max_turns=limits.max_turns,
        max_budget_usd=limits.max_budget_usd,
    )
    about = " ".join(prompt.split())[:_ABOUT_CHARS]
    log = RunLog.open(runs_dir, command=command, about=about, model=model.name, project_dir=project)
    async with log:
        if started:
            await started(log)
        async with guarded() as mark:
            options.env |= mark
            turn = await Session(log, options, agent_type=AgentType.SINGLE, guard=guard).run(prompt)
        message = "done" if turn.outcome is Outcome.SUCCESS else turn.message
        await log.complete(turn.outcome, message)
        return turn


def has_credentials() -> bool:
    """Whether the environment names a way to reach a model. Which one it is, and whether it works, the SDK will see."""
    return any(os.environ.get(name) for name in _CREDENTIALS)


_CREDENTIALS = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
)
