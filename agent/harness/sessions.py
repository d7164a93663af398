"""The sessions of a build: which one is next, how it is run, and what follows from its result."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from claude_agent_sdk import ClaudeAgentOptions
from msgspec import Struct

from agent.events import AgentType, Error, Flip, Info, Outcome, PromptSource, StopReason
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
from agent.harness.session_times import SessionTimes
from agent.harness.stop_request import StopRequest
from agent.recorder.turns import TurnResult
from agent.runlog.runlog import RunLog
from agent.safety.process_tree import end_marked
from agent.safety.reaper import MARK, process_reaper
from agent.safety.sandbox import remove_placeholders
from agent.session.session import Session
from agent.session.workplace import Workplace
from agent.shield import run_to_completion

_logger = logging.getLogger(__name__)


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


class BuildPlan(Struct, frozen=True):
    """What a build is to do: the text of its specification, and with which limits, times, prompts and models."""

    spec: str
    limits: BuildLimits
    times: SessionTimes
    prompts: Prompts
    models: SessionModels


class NextSession(Struct, frozen=True):
    """The session that is next: its number, its kind, and the feature that it verifies, if that is its kind."""

    number: int
    kind: AgentType
    claimed: Feature | None = None


class Conversation(Protocol):
    """What a build asks of the conversation of a session; `Session` has it."""

    @property
    def credentials_work(self) -> bool: ...

    async def run(self, prompt: str, source: PromptSource) -> TurnResult: ...


class BuildSessions:
    """The sessions of one run in `place`, recorded in `log`. `last` is the build that is continued.

    `converse` makes the conversation of a session; its arguments are those of `Session`.
    """

    def __init__(
        self,
        log: RunLog,
        place: Workplace,
        plan: BuildPlan,
        last: LastBuild | None,
        converse: Callable[..., Conversation] = Session,
    ) -> None:
        self._log = log
        self._place = place
        self._plan = plan
        self._last = last
        self._new_conversation = converse
        self._iteration = last.iteration if last else 0
        self._counter = LimitCounter(plan.limits)
        self._writers = ListWriters()
        self._watch = FeatureWatch(log, place.project, place.agent_dir, self._writers.may_have_written, self._on_flips)
        self._claims = Claims(last.unverified if last else ())
        self._stop = StopRequest()
        self._pauses = Pauses(log, self._stop)
        self._credentials_work = False

    async def run_to_end(self, stop: asyncio.Event) -> BuildOutcome:
        """Run sessions until there is a reason to end, and write the `complete` event. Returns how the build ended."""
        try:
            await self._save_progress()
            async with process_reaper(self._place.project, self._place.settings.model.home) as mark:
                end = await self._run(replace(self._place.options, env=self._place.options.env | mark), stop)
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

    async def _run(self, options: ClaudeAgentOptions, stop: asyncio.Event) -> BuildEnd:
        async with self._stop.listening(stop, self._plan.limits.max_hours), self._watch.watching():
            await self._watch.begin(self._last)
            while True:
                if end := self._end():
                    return end
                await self._run_session(self._next_session(), options)

    def _end(self) -> BuildEnd | None:
        """Return the reason to end now, if any: all features in the list pass, a request to stop, or a limit."""
        features = self._watch.features
        if features is not None and self._watch.fixed and features.all_pass and self._claimed() is None:
            count = len(features.features)
            message = "the feature passes" if count == 1 else f"all {count} features pass"
            return BuildEnd(Outcome.SUCCESS, StopReason.ALL_PASS, message)
        return self._stop.end or self._counter.reached()

    def _next_session(self) -> NextSession:
        """Return the session to run now: one that makes the list, verifies a feature, or builds one."""
        number = self._iteration + 1
        if not self._watch.fixed:
            return NextSession(number, AgentType.INITIALIZER)
        if claimed := self._claimed():
            return NextSession(number, AgentType.VERIFYING, claimed)
        return NextSession(number, AgentType.CODING)

    def _claimed(self) -> Feature | None:
        """Return the feature that a session is to verify next."""
        features = self._watch.features
        pending = self._claims.pending(features) if self._plan.models.verify and features else []
        return pending[0] if pending else None

    async def _run_session(self, session: NextSession, options: ClaudeAgentOptions) -> None:
        """Run a session, process what it left behind, and count it."""
        before = await self._fingerprint()
        self._watch.may_pass = session.claimed is None
        turn = await self._converse(session, options)
        await self._end_leftovers(options.env[MARK])
        self._writers.session_ended()
        if session.kind is AgentType.INITIALIZER:
            turn = await self._require_list(turn)
        else:
            await self._watch.settle()
        if session.claimed and turn.outcome is Outcome.SUCCESS:
            await self._settle_claim(session.claimed.name)
        await self._save_progress()
        self._counter.cost_usd = self._log.cost_usd
        changed = await self._fingerprint() != before
        result = "changed" if changed else "did not change"
        _logger.info("session %d: %s, the project %s", session.number, turn.outcome, result)
        await self._count(
            session.number, turn, changed=changed or session.claimed is not None
        )  # to verify is not to idle

    async def _converse(self, session: NextSession, options: ClaudeAgentOptions) -> TurnResult:
        """Have the conversation of a session, with its model and its prompt, and return how it ended."""
        model = self._plan.models.of(session.kind) or options.model
        options = replace(options, max_budget_usd=self._counter.budget_left_usd, model=model)
        conversation = self._new_conversation(
            self._log,
            self._writers.add_to(options),
            agent_type=session.kind,
            iteration=session.number,
            guard=self._place.guard,
            silence_timeout_s=self._plan.times.silence_timeout_s,
            stop=self._stop.event,
            on_start=self._on_session_start,
            on_result=self._writers.ended,
            credentials_work=self._credentials_work,
        )
        prompt = self._prompt(session)
        _logger.info("session %d begins, its prompt has %d characters; %s", session.number, len(prompt), self._counter)
        turn = await conversation.run(prompt, "harness")
        self._credentials_work = conversation.credentials_work
        return turn

    async def _on_session_start(self) -> None:
        self._iteration += 1
        await self._save_progress()
        await self._watch.read(report=True)

    async def _on_flips(self, flips: Sequence[Flip], author: Author) -> None:
        """Remember what is to be verified, also for the run that continues this one if it is killed."""
        if self._claims.note(flips, author):
            await self._save_progress()

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
        await asyncio.to_thread(remove_placeholders, self._place.project)

    def _prompt(self, session: NextSession) -> str:
        features, prompts, spec = self._watch.features, self._plan.prompts, self._plan.spec
        if features is None or session.kind is AgentType.INITIALIZER:
            return prompts.initializer_prompt(spec, session.number, self._watch.problem)
        passing, total = features.passing, len(features.features)
        if session.claimed is None:
            return prompts.coding_prompt(spec, session.number, passing, total)
        return prompts.verifying_prompt(spec, session.number, passing, total, session.claimed.text)

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
                    await self._pauses.pause(self._plan.times.pause_s)
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
                    await self._pauses.back_off(number, turn, self._counter.errors, self._plan.limits.max_errors)

    async def _save_progress(self) -> None:
        await save_progress(self._log, self._place.agent_dir, self._iteration, self._claims.names)

    async def _fingerprint(self) -> str:
        return await asyncio.to_thread(fingerprint, self._place.project, self._log.path.parent)
