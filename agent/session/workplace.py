"""The place where an agent works: a project locked for it, what it may do there, and the run that is recorded."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from claude_agent_sdk import ClaudeAgentOptions
from msgspec import Struct

from agent.events import Info
from agent.runlog.appender import Warn, warn_on_stderr
from agent.runlog.runlog import RunLog
from agent.safety.project_lock import ProjectLock, lock_project
from agent.session.permissions import ToolGuard
from agent.session.sdk_options import Model, Safety, about, agent_options, command_env, make_guard


class RunSettings(Struct, frozen=True, kw_only=True):
    """The settings of a run, whatever its task: where it is recorded, its model, and what it may do.

    `command` is recorded; `started` is awaited once the run file exists; `warn` shows one sentence to the user.
    """

    runs_dir: Path
    command: str | None
    model: Model
    allowed_tools: tuple[str, ...]
    safety: Safety
    started: Callable[[RunLog], Awaitable[None]] | None = None
    warn: Warn = warn_on_stderr


class Workplace(Struct, frozen=True):
    """A project that is locked for an agent: the SDK's options for it, and the guard of its tool calls."""

    project: Path
    settings: RunSettings
    lock: ProjectLock
    options: ClaudeAgentOptions
    guard: ToolGuard | None

    @property
    def agent_dir(self) -> Path:
        """The project's `.agent/`."""
        return self.lock.directory

    @asynccontextmanager
    async def open_log(
        self, task: str, *, resumed_from: str | None = None, about_resumed: Info | None = None
    ) -> AsyncIterator[RunLog]:
        """Record a run within the block, which continues the run `resumed_from`; the event `about_resumed` says how.

        The beginning of `task` tells viewers what the run is for. Raises RunLogError when it cannot be recorded, and
        CannotStart when `.agent/` cannot be written to.
        """
        settings = self.settings
        log = RunLog.open(
            settings.runs_dir,
            command=settings.command,
            about=about(task),
            model=settings.model.name,
            project_dir=self.project,
            resumed_from=resumed_from,
            sandbox=settings.safety.sandbox,
            unsafe=settings.safety.unsafe,
            warn=settings.warn,
        )
        async with log:
            self.lock.record_run(log.run, log.path)
            for event in [*([about_resumed] if about_resumed else []), *settings.safety.warnings()]:
                await log.emit(event)
            if settings.started:
                await settings.started(log)
            yield log


@contextmanager
def lock_workplace(project: Path, settings: RunSettings) -> Iterator[Workplace]:
    """Lock `project` for one agent until the block is left.

    Raises CannotStart: the project is used by another agent or not writable, its allowlist is invalid, it lies in the
    runs directory, or there is no place for package caches.
    """
    model, safety = settings.model, settings.safety
    options = agent_options(project, settings.runs_dir, model, safety, settings.allowed_tools)
    with lock_project(project) as lock:
        guard = make_guard(safety, project, model.variables)
        options.env |= command_env(project, lock.directory, model, safety)
        yield Workplace(project, settings, lock, options, guard)
