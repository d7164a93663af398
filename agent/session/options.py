"""What an agent is given: a model, tools, and bounds. As the SDK's options, the same for one prompt and for a build."""

from pathlib import Path
from typing import NamedTuple

from claude_agent_sdk import ClaudeAgentOptions
from claude_agent_sdk.types import SettingSource

from agent.errors import RunLogUnusable
from agent.events import Info
from agent.safety.commands import Allowlist, Guard
from agent.safety.project_lock import AGENT_DIR
from agent.safety.sandbox import sandbox_options

ALLOWED_TOOLS = ("Bash", "Read", "Glob", "Grep", "Agent", "Task", "TodoWrite")
"""What the agent may use without asking, as there is nobody to ask. Files in its project it may write in any case;
naming Write or Edit here would let it write anywhere."""


class Model(NamedTuple):
    """Which model answers, and how its CLI is set up. Without `env`, this process's environment decides.

    `home` is a folder that is for this run alone, and is removed when the run is over, also when it is killed.
    """

    name: str | None = None
    env: dict[str, str] | None = None
    settings: tuple[SettingSource, ...] = ("project",)
    home: Path | None = None


class Safety(NamedTuple):
    """What the agent's tools are held by.

    `allow` names commands beyond the default allowlist and the project's own; `unsafe` asks no allowlist at all.
    `sandbox` confines the writing of commands to the project folder.
    """

    allow: tuple[str, ...] = ()
    unsafe: bool = False
    sandbox: bool = True

    def warnings(self) -> list[Info]:
        """What whoever reads the run should know about it."""
        said = []
        if self.unsafe:
            message = "unsafe: commands are not held to an allowlist; the agent may run anything"
            said.append(Info(message=message, kind="unsafe"))
        if not self.sandbox:
            message = "no sandbox: commands may write outside the project folder"
            said.append(Info(message=message, kind="unsafe"))
        return said


def make_guard(safety: Safety, project: Path) -> Guard | None:
    """Return the guard for commands in `project`, None if any may run. Raises AllowlistError."""
    if safety.unsafe:
        return None
    return Guard(Allowlist.load(project, safety.allow), project, sandboxed=safety.sandbox)


def agent_options(
    project: Path, runs_dir: Path, model: Model, safety: Safety, allowed_tools: tuple[str, ...]
) -> ClaudeAgentOptions:
    """The SDK's options for an agent that works alone in `project`; run files are not its to write.

    Raises RunLogUnusable when that would leave nothing to write.
    """
    if project.resolve().is_relative_to(runs_dir.resolve()):
        raise RunLogUnusable(
            f"the project {project} lies in the runs folder {runs_dir}, where an agent may not write; name another "
            "folder with --runs"
        )
    return ClaudeAgentOptions(
        cwd=project,
        model=model.name,
        env=dict(model.env or {}),
        setting_sources=list(model.settings),
        permission_mode="acceptEdits",
        allowed_tools=list(allowed_tools),
        disallowed_tools=list(_FOR_PEOPLE),
        **sandbox_options([project / AGENT_DIR, runs_dir.absolute()], sandbox=safety.sandbox),
    )


def about(text: str) -> str:
    """The beginning of a prompt or a specification, in one line."""
    return " ".join(text.split())[:_ABOUT_CHARS]


_FOR_PEOPLE = ("EnterWorktree", "ExitWorktree", "EnterPlanMode", "ExitPlanMode")
"""Tools of the CLI that need somebody who answers, or lead the agent out of the folder that is watched."""
_ABOUT_CHARS = 120
