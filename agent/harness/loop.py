"""`build`: one session after another, each a fresh conversation, until all features pass or a limit is reached."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from claude_agent_sdk import ClaudeAgentOptions
from msgspec import Struct

from agent.events import AgentType, Error, Flip, Info, Outcome, StopReason
from agent.harness.claims import Author, Claims
from agent.harness.feature_watch import FeatureWatch
from agent.harness.features import FEATURE_LIST, Feature
from agent.harness.fingerprint import fingerprint
from agent.harness.limits import BuildEnd, BuildLimits, LimitCounter
from agent.harness.list_writers import ListWriters
from agent.harness.pauses import Pauses
from agent.harness.prompts import Prompts
from agent.harness.resume import LastBuild, save_progress
from agent.harness.session_models import SessionModels
from agent.harness.stop_request import StopRequest
from agent.recorder.turns import TurnResult
from agent.runlog.appender import Warn, warn_on_stderr
from agent.runlog.runlog import RunLog
from agent.safety.process_tree import end_marked
from agent.safety.project_lock import lock_project
from agent.safety.reaper import MARK, process_reaper
from agent.safety.sandbox import remove_placeholders
from agent.session.permissions import ToolGuard
from agent.session.sdk_options import ALLOWED_TOOLS, Model, Safety, about, agent_options, command_env, make_guard
from agent.session.session import SILENCE_TIMEOUT_S, Session
from agent.shield import run_to_completion

_logger = logging.getLogger(__name__)

PAUSE_S = 3.0


class BuildOutcome(Struct, frozen=True):
    """The result of a build: outcome, reason, run, and the number of passing features."""

    outcome: Outcome
    reason: StopReason
    message: str
    run: str
    run_file: Path
    sessions: int
    cost_usd: float
    passing: int
    total: int


class SessionTimes(Struct, frozen=True):
    """The pause between two sessions, and how long a model may be silent while no tool runs, in seconds."""

    pause_s: float = PAUSE_S
    silence_timeout_s: float = SILENCE_TIMEOUT_S


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

    Raises RunLogError when the run cannot be recorded, ProjectLocked when another agent works in the project,
    LockUnavailable and AllowlistError when its `.agent/` cannot be used, SandboxUnavailable when there is no place for
    package caches, OSError and UnicodeError when `spec` cannot be read.
    """
    text = spec if isinstance(spec, str) else await asyncio.to_thread(spec.read_text, "utf-8")
    project = await asyncio.to_thread(project.absolute)
    options = agent_options(project, runs_dir, model, safety, allowed_tools)
    with lock_project(project) as lock:
        guard = make_guard(safety, project, model.variables)
        options.env |= command_env(project, lock.directory, model, safety)
        last = LastBuild.load(lock.directory)
        log = RunLog.open(
            runs_dir, command=command, about=about(text), model=model.name, project_dir=project,
            resumed_from=last.run if last else None, sandbox=safety.sandbox, unsafe=safety.unsafe,
            warn=warn,
        )  # fmt: skip
        async with log:
            lock.record_run(log.run, log.path)
            iteration, unverified = (last.iteration, last.unverified) if last else (0, ())
            await save_progress(log, lock.directory, iteration, unverified)
            for event in [*([last.describe()] if last else []), *safety.warnings()]:
                await log.emit(event)
            if started:
                await started(log)
            sessions = _Sessions(
                log, project, lock.directory, text, limits, times, prompts or Prompts.load(), models, last
            )
            return await sessions.run_to_end(options, guard, model.home, stop or asyncio.Event())


class _Sessions:
    """The sessions of one run in `project`, whose `.agent/` is `agent_dir`. `last` is the build that is continued."""

    def __init__(
        self,
        log: RunLog,
        project: Path,
        agent_dir: Path,
        spec: str,
        limits: BuildLimits,
        times: SessionTimes,
        prompts: Prompts,
        models: SessionModels,
        last: LastBuild | None,
    ) -> None:
        self._log = log
        self._project = project
        self._agent_dir = agent_dir
        self._spec = spec
        self._limits = limits
        self._times = times
        self._prompts = prompts
        self._models = models
        self._last = last
        self._iteration = last.iteration if last else 0
        self._counter = LimitCounter(limits)
        self._writers = ListWriters()
        self._watch = FeatureWatch(log, project, agent_dir, self._writers.may_have_written, self._on_flips)
        self._claims = Claims(last.unverified if last else ())
        self._stop = StopRequest()
        self._pauses = Pauses(log, self._stop)
        self._credentials_work = False

    async def run_to_end(
        self, options: ClaudeAgentOptions, guard: ToolGuard | None, home: Path | None, stop: asyncio.Event
    ) -> BuildOutcome:
        """Run sessions until there is a reason to end, and write the `complete` event. Returns how the build ended."""
        try:
            async with process_reaper(self._project, home) as mark:
                options.env |= mark
                end = await self._run(options, guard, stop)
        except asyncio.CancelledError:
            await run_to_completion(self._log.complete(Outcome.INTERRUPTED, "stopped at once", StopReason.SIGNAL))
            raise
        await self._log.complete(end.outcome, end.message, end.reason)
        features = self._watch.features
        return BuildOutcome(
            outcome=end.outcome,
            reason=end.reason,
            message=end.message,
            run=self._log.run,
            run_file=self._log.path,
            sessions=self._counter.sessions,
            cost_usd=self._log.cost_usd,
            passing=features.passing if features else 0,
            total=len(features.features) if features else 0,
        )

    async def _run(self, options: ClaudeAgentOptions, guard: ToolGuard | None, stop: asyncio.Event) -> BuildEnd:
        async with self._stop.listening(stop, self._limits.max_hours), self._watch.watching():
            await self._watch.begin(self._last)
            while True:
                if end := self._end():
                    return end
                await self._run_session(options, guard)

    def _end(self) -> BuildEnd | None:
        """Return the reason to end now, if any: all features in the list pass, a request to stop, or a limit."""
        features = self._watch.features
        if features is not None and self._watch.fixed and features.all_pass and self._claimed() is None:
            count = len(features.features)
            message = "the feature passes" if count == 1 else f"all {count} features pass"
            return BuildEnd(Outcome.SUCCESS, StopReason.ALL_PASS, message)
        return self._stop.end or self._counter.reached()

    def _claimed(self) -> Feature | None:
        """Return the feature that a session is to verify next."""
        features = self._watch.features
        pending = self._claims.pending(features) if self._models.verify and features else []
        return pending[0] if pending else None

    async def _run_session(self, options: ClaudeAgentOptions, guard: ToolGuard | None) -> None:
        number = self._iteration + 1
        claimed = self._claimed() if self._watch.fixed else None
        kind = AgentType.VERIFYING if claimed else AgentType.CODING if self._watch.fixed else AgentType.INITIALIZER
        before = await asyncio.to_thread(fingerprint, self._project, self._log.path.parent)
        self._watch.may_pass = claimed is None
        turn = await self._converse(number, kind, options, guard, claimed)
        await self._end_leftovers(options.env[MARK])
        self._writers.session_ended()
        if kind is AgentType.INITIALIZER:
            turn = await self._require_list(turn)
        else:
            await self._watch.settle()
        if claimed and turn.outcome is Outcome.SUCCESS:
            await self._settle_claim(claimed.name)
        await save_progress(self._log, self._agent_dir, self._iteration, self._claims.names)
        self._counter.cost_usd = self._log.cost_usd
        changed = await asyncio.to_thread(fingerprint, self._project, self._log.path.parent) != before
        _logger.info("session %d: %s, the project %s", number, turn.outcome, "changed" if changed else "did not change")
        await self._count(number, turn, changed=changed or claimed is not None)  # to verify is not to idle

    async def _converse(
        self,
        number: int,
        kind: AgentType,
        options: ClaudeAgentOptions,
        guard: ToolGuard | None,
        claimed: Feature | None,
    ) -> TurnResult:
        """Run a session of this kind, with its model and its prompt, and return how it ended."""
        options = replace(
            options, max_budget_usd=self._counter.budget_left_usd, model=self._models.of(kind) or options.model
        )
        session = Session(
            self._log,
            self._writers.add_to(options),
            agent_type=kind,
            iteration=number,
            guard=guard,
            silence_timeout_s=self._times.silence_timeout_s,
            stop=self._stop.event,
            on_start=self._on_session_start,
            on_result=self._writers.ended,
            credentials_work=self._credentials_work,
        )
        prompt = self._prompt(number, claimed)
        _logger.info("session %d begins with a prompt of %d characters, %s", number, len(prompt), self._counter)
        turn = await session.run(prompt, "harness")
        self._credentials_work = session.credentials_work
        return turn

    async def _on_session_start(self) -> None:
        self._iteration += 1
        await save_progress(self._log, self._agent_dir, self._iteration, self._claims.names)
        await self._watch.read(report=True)

    async def _on_flips(self, flips: Sequence[Flip], author: Author) -> None:
        """Remember what is to be verified, also for the run that continues this one if it is killed."""
        if self._claims.note(flips, author):
            await save_progress(self._log, self._agent_dir, self._iteration, self._claims.names)

    async def _settle_claim(self, name: str) -> None:
        """Record what the session found out that verified a feature."""
        self._claims.settle(name)
        features = self._watch.features
        passes = features is not None and any(feature.name == name and feature.passes for feature in features.features)
        message = f'feature "{name}" {"passed" if passes else "failed"} its verification'
        await self._log.emit(Info(message=message, kind="verified" if passes else "refuted"))

    async def _end_leftovers(self, mark: str) -> None:
        """End processes the session left running: the next one needs their ports, and over hours they would add up."""
        if names := await asyncio.to_thread(end_marked, MARK, mark):
            message = f"ended processes that the session had left running: {', '.join(names)}"
            await self._log.emit(Info(message=message, kind="left_running"))
        await asyncio.to_thread(remove_placeholders, self._project)

    def _prompt(self, number: int, claimed: Feature | None) -> str:
        features = self._watch.features
        if features is None or not self._watch.fixed:
            return self._prompts.initializer_prompt(self._spec, number, self._watch.problem)
        passing, total = features.passing, len(features.features)
        if claimed is None:
            return self._prompts.coding_prompt(self._spec, number, passing, total)
        return self._prompts.verifying_prompt(self._spec, number, passing, total, claimed.text)

    async def _require_list(self, turn: TurnResult) -> TurnResult:
        """Return the result of an initializer, which has failed if it left no usable list."""
        if await self._watch.accept() or turn.outcome is not Outcome.SUCCESS:
            return turn
        message = f"the initializer left no usable {FEATURE_LIST}"
        if self._watch.problem:
            message += f": {self._watch.problem}"
        await self._log.emit(Error(message=message, kind="no_feature_list"))
        return TurnResult(Outcome.FAILED, message)

    async def _count(self, number: int, turn: TurnResult, *, changed: bool) -> None:
        """Count the session against the limits, and wait before the next one: a pause, or a backoff after a failure."""
        match turn.outcome:
            case Outcome.SUCCESS:
                self._counter.add_completed(changed=changed)
                if not self._end():
                    await self._pauses.pause(self._times.pause_s)
            case Outcome.BUDGET:
                self._counter.add_completed(changed=changed)
                self._stop.after_session(BuildEnd(Outcome.BUDGET, StopReason.MAX_BUDGET, turn.message))
            case Outcome.INTERRUPTED if self._stop.event.is_set():
                self._counter.add_interrupted()
            case Outcome.FAILED | Outcome.INTERRUPTED:  # the agent's process was interrupted, and nobody asked for it
                if turn.refused:
                    self._stop.after_session(BuildEnd(Outcome.FAILED, StopReason.REFUSED, turn.message))
                # A rate limit is often reached by working; it adds to the failures only if it left no room for work.
                self._counter.add_failed(turn.message, changed=changed and turn.resets_at is not None)
                if not self._end():
                    await self._pauses.back_off(number, turn, self._counter.errors, self._limits.max_errors)
