"""`build`: fresh conversations, one after another, until every feature passes or a limit is reached."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claude_agent_sdk import ClaudeAgentOptions
from msgspec import Struct

from agent.events import AgentType, Error, HeartbeatState, Info, Outcome, StopReason
from agent.harness.backoff import wait_after
from agent.harness.feature_watch import FeatureWatch
from agent.harness.features import FEATURE_LIST
from agent.harness.fingerprint import fingerprint
from agent.harness.limits import BuildEnd, BuildLimits, LimitCounter
from agent.harness.prompts import Prompts
from agent.harness.resume import LastBuild, remember
from agent.recorder.client import ToolGuard
from agent.recorder.recorder import TurnResult
from agent.runlog.runlog import RunLog
from agent.safety.process_tree import end_marked
from agent.safety.project_lock import lock_project
from agent.safety.reaper import MARK, process_reaper
from agent.safety.sandbox import git_excludes, remove_placeholders
from agent.session.options import ALLOWED_TOOLS, Model, Safety, about, agent_options, make_guard
from agent.session.session import SILENCE_TIMEOUT_S, Session
from agent.shield import run_to_completion

_logger = logging.getLogger(__name__)

PAUSE_S = 3.0
_HOUR_S = 3600.0
_LONGEST_SLEEP_S = 30.0
"""A longer wait looks at the clock again: a machine that was suspended must not sleep on when it wakes up."""


class BuildOutcome(Struct, frozen=True):
    """How a build ended: why, in which run, and how many features pass."""

    outcome: Outcome
    reason: StopReason
    message: str
    run: str
    run_file: Path
    sessions: int
    cost_usd: float
    passing: int
    total: int


class RetryDelays(Struct, frozen=True):
    """Seconds: the pause between two sessions, and how long a model may be silent while no tool runs."""

    pause_s: float = PAUSE_S
    silence_timeout_s: float = SILENCE_TIMEOUT_S


async def build(
    spec: str | Path,
    project: Path,
    *,
    runs_dir: Path = Path("runs"),
    command: str | None = None,
    model: Model = Model(),  # noqa: B008 - a NamedTuple does not change
    limits: BuildLimits = BuildLimits(),  # noqa: B008 - as above
    pace: RetryDelays = RetryDelays(),  # noqa: B008 - frozen
    prompts: Prompts | None = None,
    allowed_tools: tuple[str, ...] = ALLOWED_TOOLS,
    safety: Safety = Safety(),  # noqa: B008 - a NamedTuple does not change
    stop: asyncio.Event | None = None,
    started: Callable[[RunLog], Awaitable[None]] | None = None,
) -> BuildOutcome:
    """Build what `spec` describes (the text, or the path of its file) in the folder `project`, recorded in `runs_dir`.

    Goes on where the last build of the project stopped. Setting `stop` ends it after the tool call that is running;
    cancelling ends it at once. `started` is awaited once the run file is there.

    Returns how it ended. Raises RunLogError when the run cannot be recorded, ProjectLocked when another agent works in
    the project, LockUnavailable and AllowlistError when its `.agent/` cannot be used, OSError and UnicodeError when
    `spec` cannot be read.
    """
    text = spec if isinstance(spec, str) else await asyncio.to_thread(spec.read_text, "utf-8")
    project = await asyncio.to_thread(project.absolute)
    options = agent_options(project, runs_dir, model, safety, allowed_tools)
    with lock_project(project) as lock:
        guard = make_guard(safety, project)
        last = LastBuild.of(lock.directory)
        log = RunLog.open(
            runs_dir, command=command, about=about(text), model=model.name, project_dir=project,
            resumed_from=last.run if last else None, sandbox=safety.sandbox, unsafe=safety.unsafe,
        )  # fmt: skip
        async with log:
            lock.record_run(log.run, log.path)
            await remember(log, lock.directory, last.iteration if last else 0)
            for news in [*([last.told()] if last else []), *safety.warnings()]:
                await log.emit(news)
            if started:
                await started(log)
            loop = _Loop(log, project, lock.directory, text, limits, pace, prompts or Prompts.load(), last)
            try:
                async with process_reaper(project, model.home) as mark:
                    options.env |= mark | git_excludes(lock.directory)
                    ending = await loop.run(options, guard, stop or asyncio.Event())
            except asyncio.CancelledError:
                await run_to_completion(log.complete(Outcome.INTERRUPTED, "stopped at once", StopReason.SIGNAL))
                raise
            await log.complete(ending.outcome, ending.message, ending.reason)
            return loop.outcome(ending)


class _Loop:
    """The sessions of one run. `last` is where the run before stopped."""

    def __init__(
        self,
        log: RunLog,
        project: Path,
        agent_folder: Path,
        spec: str,
        limits: BuildLimits,
        pace: RetryDelays,
        prompts: Prompts,
        last: LastBuild | None,
    ) -> None:
        self._log = log
        self._project = project
        self._agent_folder = agent_folder
        self._spec = spec
        self._limits = limits
        self._pace = pace
        self._prompts = prompts
        self._last = last
        self._iteration = last.iteration if last else 0
        self._tally = LimitCounter(limits)
        self._watch = FeatureWatch(log, project, agent_folder)
        self._asked: BuildEnd | None = None
        self._ending = asyncio.Event()

    async def run(self, options: ClaudeAgentOptions, guard: ToolGuard | None, stop: asyncio.Event) -> BuildEnd:
        """Session after session, until there is a reason to end. Returns the reason."""
        async with self._listening(stop), self._watch.watching():
            await self._watch.begin(self._last)
            while True:
                if ending := self._over():
                    return ending
                await self._session(options, guard)

    def outcome(self, ending: BuildEnd) -> BuildOutcome:
        """The ending with the numbers of the run."""
        features = self._watch.features
        return BuildOutcome(
            outcome=ending.outcome,
            reason=ending.reason,
            message=ending.message,
            run=self._log.run,
            run_file=self._log.path,
            sessions=self._tally.sessions,
            cost_usd=self._log.cost_usd,
            passing=features.passing if features else 0,
            total=len(features.features) if features else 0,
        )

    def _over(self) -> BuildEnd | None:
        """Why to end now: the list itself says that all is built, somebody asked, or a limit is reached."""
        features = self._watch.features
        if features is not None and self._watch.fixed and features.all_pass:
            count = len(features.features)
            said = "the feature passes" if count == 1 else f"all {count} features pass"
            return BuildEnd(Outcome.SUCCESS, StopReason.ALL_PASS, said)
        return self._asked or self._tally.ending()

    async def _session(self, options: ClaudeAgentOptions, guard: ToolGuard | None) -> None:
        number = self._iteration + 1
        initializing = not self._watch.fixed
        before = await asyncio.to_thread(fingerprint, self._project, self._log.path.parent)

        async def on_start() -> None:
            self._iteration = number
            await remember(self._log, self._agent_folder, number)
            await self._watch.look(tell=True)

        session = Session(
            self._log,
            replace(options, max_budget_usd=self._tally.budget_left_usd),
            agent_type=AgentType.INITIALIZER if initializing else AgentType.CODING,
            iteration=number,
            guard=guard,
            silence_timeout_s=self._pace.silence_timeout_s,
            stop=self._ending,
            on_start=on_start,
        )
        prompt = self._prompt(number)
        _logger.info("session %d begins with a prompt of %d characters, %s", number, len(prompt), self._tally)
        turn = await session.run(prompt)
        await self._clear_away(options.env[MARK])
        if initializing:
            turn = await self._list_checked(turn)
        else:
            await self._watch.settle()
        self._tally.cost_usd = self._log.cost_usd
        changed = await asyncio.to_thread(fingerprint, self._project, self._log.path.parent) != before
        _logger.info("session %d: %s, the project %s", number, turn.outcome, "changed" if changed else "did not change")
        await self._count(number, turn, changed=changed)

    async def _clear_away(self, mark: str) -> None:
        """End what the session left running: the next one must find its ports free, and hours must not pile it up."""
        if left := await asyncio.to_thread(end_marked, MARK, mark):
            said = f"ended what the session left running: {', '.join(left)}"
            await self._log.emit(Info(message=said, kind="left_running"))
        await asyncio.to_thread(remove_placeholders, self._project)

    def _prompt(self, number: int) -> str:
        features = self._watch.features
        if features is None or not self._watch.fixed:
            return self._prompts.for_initializer(self._spec, number, self._watch.complaint)
        return self._prompts.for_coding(self._spec, number, features.passing, len(features.features))

    async def _list_checked(self, turn: TurnResult) -> TurnResult:
        """The initializer's turn, which has failed if there is no list after it."""
        if await self._watch.accept() or turn.outcome is not Outcome.SUCCESS:
            return turn
        said = f"the initializer left no usable {FEATURE_LIST}"
        if self._watch.complaint:
            said += f": {self._watch.complaint}"
        await self._log.emit(Error(message=said, kind="no_feature_list"))
        return TurnResult(Outcome.FAILED, said)

    async def _count(self, number: int, turn: TurnResult, *, changed: bool) -> None:
        """Take the session into account, and wait before the next: a pause, or as long as a failure needs."""
        match turn.outcome:
            case Outcome.SUCCESS:
                self._tally.worked(changed=changed)
                if not self._over():
                    await self._wait("pausing", datetime.now(UTC) + timedelta(seconds=self._pace.pause_s))
            case Outcome.BUDGET:
                self._tally.worked(changed=changed)
                self._asked = self._asked or BuildEnd(Outcome.BUDGET, StopReason.MAX_BUDGET, turn.message)
            case Outcome.FAILED:
                # A limit that resets was often reached by working; only one that leaves no room for work is a failure.
                self._tally.failed(turn.message, changed=changed and turn.resets_at is not None)
                if not self._over():
                    await self._recover(number, turn)
            case Outcome.INTERRUPTED:
                self._tally.sessions += 1

    async def _recover(self, number: int, turn: TurnResult) -> None:
        wait = wait_after(self._tally.errors, turn.resets_at, datetime.now(UTC), random.random())  # noqa: S311 - a pause
        until = f"{wait.until:%Y-%m-%dT%H:%M:%SZ}"
        if wait.state == "rate_limited":
            said, kind = f"the limit is used up; the next session begins at {until}", "rate_limited"
        else:
            of = f"failure {self._tally.errors} of {self._limits.max_errors} in a row"
            said, kind = f"session {number} failed ({of}); the next begins at {until}", "backoff"
        await self._log.emit(Info(message=said, kind=kind))
        await self._wait(wait.state, wait.until)

    async def _wait(self, state: HeartbeatState, until: datetime) -> None:
        """Wait until that time, told by heartbeats, or until there is a reason to end."""
        with self._log.waiting(state, until):
            while not self._ending.is_set() and (left := (until - datetime.now(UTC)).total_seconds()) > 0:
                try:
                    async with asyncio.timeout(min(left, _LONGEST_SLEEP_S)):
                        await self._ending.wait()
                except TimeoutError:
                    continue

    @asynccontextmanager
    async def _listening(self, stop: asyncio.Event) -> AsyncIterator[None]:
        """While inside, a request to stop and the end of the time set `_ending`, which sessions heed."""

        async def on_stop() -> None:
            await stop.wait()
            self._end(BuildEnd(Outcome.INTERRUPTED, StopReason.SIGNAL, "asked to stop"))

        async def on_time() -> None:
            if self._limits.max_hours is not None:
                await asyncio.sleep(self._limits.max_hours * _HOUR_S)
                said = f"{self._limits.max_hours:g} hours are over"
                self._end(BuildEnd(Outcome.BUDGET, StopReason.MAX_HOURS, said))

        listeners = [asyncio.create_task(on_stop()), asyncio.create_task(on_time())]
        try:
            yield
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)

    def _end(self, ending: BuildEnd) -> None:
        self._asked = self._asked or ending
        self._ending.set()
