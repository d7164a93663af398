"""The model, the tools and the safety of an agent, as options of the SDK; the same for one prompt and for a build."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from claude_agent_sdk import ClaudeAgentOptions
from claude_agent_sdk.types import SettingSource

from agent.errors import RunLogUnusable
from agent.events import Info
from agent.safety.agent_dir import AGENT_DIR
from agent.safety.caches import caches_env, create_caches, program_directories
from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.policy import Guard
from agent.safety.project_lock import ProjectUnusable
from agent.safety.sandbox import git_excludes, sandbox_options
from agent.session.system_prompt import system_prompt

ALLOWED_TOOLS = ("Bash", "Read", "Glob", "Grep", "Agent", "Task", "TodoWrite")
"""The tools that the agent may use without asking, as there is no user to ask. Files in its project it may always
write; with Write or Edit in this list it could write anywhere."""
_INTERACTIVE_TOOLS = ("EnterWorktree", "ExitWorktree", "EnterPlanMode", "ExitPlanMode")
"""Tools of the CLI that need a user, or move the agent out of the directory that is recorded."""
_ABOUT_CHARS = 120


class Model(NamedTuple):
    """The model, and how its CLI is set up. Without `env`, the environment of this process is used.

    `home` is a directory for this run only, which is removed when the run ends, also when it is killed.
    """

    name: str | None = None
    env: dict[str, str] | None = None
    settings: tuple[SettingSource, ...] = ("project",)
    home: Path | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its CLI."""
        return {**os.environ, **(self.env or {})}


class Safety(NamedTuple):
    """The restrictions on the agent's tools.

    `allow` adds commands to the default allowlist and the project's own; with `unsafe` there is no allowlist at all.
    With `sandbox`, commands can write only in the project directory and in package caches.
    """

    allow: tuple[str, ...] = ()
    unsafe: bool = False
    sandbox: bool = True

    def warnings(self) -> list[Info]:
        """Return a warning for each restriction that is switched off."""
        warnings = []
        if self.unsafe:
            message = "unsafe: there is no allowlist for commands; the agent may run anything"
            warnings.append(Info(message=message, kind="unsafe"))
        if not self.sandbox:
            message = "no sandbox: commands may write outside the project directory"
            warnings.append(Info(message=message, kind="unsafe"))
        return warnings


def make_guard(safety: Safety, project: Path, variables: Mapping[str, str] | None = None) -> Guard | None:
    """Return the guard for commands in `project`, None if any may run.

    With `variables`, the environment of the CLI, programs may run that were installed in the caches of the sandbox.
    Raises CannotStart when the allowlist is invalid, or there is no place for those.
    """
    if safety.unsafe:
        return None
    programs: list[Path] = []
    if safety.sandbox and variables is not None:
        programs = program_directories(create_caches(project, variables))
    return Guard(Allowlist.load(project, safety.allow), project, sandboxed=safety.sandbox, programs=programs)


def agent_options(
    project: Path, runs_dir: Path, model: Model, safety: Safety, allowed_tools: tuple[str, ...]
) -> ClaudeAgentOptions:
    """Return the SDK's options for an agent that works alone in `project`; it may not write the run files.

    Raises CannotStart when the project lies in `runs_dir`, so that it could write nothing, and when there is no place
    for package caches.
    """
    if project.resolve().is_relative_to(runs_dir.resolve()):
        raise RunLogUnusable(
            f"the project {project} is inside the runs directory {runs_dir}, where an agent may not write; choose "
            "another one with --runs"
        )
    caches = [create_caches(project, model.variables)] if safety.sandbox else []
    return ClaudeAgentOptions(
        cwd=project,
        model=model.name,
        env=dict(model.env or {}),
        system_prompt=system_prompt(sandbox=safety.sandbox),
        setting_sources=list(model.settings),
        permission_mode="acceptEdits",
        allowed_tools=list(allowed_tools),
        disallowed_tools=list(_INTERACTIVE_TOOLS),
        **sandbox_options([project / AGENT_DIR, runs_dir.absolute()], sandbox=safety.sandbox, writable=caches),
    )


def command_env(project: Path, agent_dir: Path, model: Model, safety: Safety) -> dict[str, str]:
    """Return variables that make git and package managers work in the sandbox; writes what they name to `agent_dir`.

    Raises CannotStart when `agent_dir`, or a place for package caches, cannot be written to.
    """
    variables = model.variables
    caches = create_caches(project, variables) if safety.sandbox else None
    try:
        env = git_excludes(agent_dir, variables)
        return env if caches is None else env | caches_env(caches, project, agent_dir, variables)
    except OSError as error:
        problem = f"cannot write to {agent_dir}: {error.strerror or error}; free some space there"
        raise ProjectUnusable(problem) from None


def about(text: str) -> str:
    """Return the beginning of a prompt or a specification, on one line."""
    return " ".join(text.split())[:_ABOUT_CHARS]
