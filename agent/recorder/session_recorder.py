"""Writes what one client of the Claude Agent SDK receives and does to a log, as the events of one session."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from claude_agent_sdk import (
    ClaudeAgentOptions,
    Message,
    ProcessError,
    SystemMessage,
    TaskStartedMessage,
)

from agent.errors import RunLogError
from agent.events import AgentType, Error, Event, Outcome, Phase, PromptSource, SessionStart, Tokens, ToolResult
from agent.recorder.calls.shortened import SavedResult
from agent.recorder.costs.spending import Total
from agent.recorder.effects.callbacks import Callbacks
from agent.recorder.effects.earlier_cost import ResumedConversation
from agent.recorder.effects.flush_timer import FlushTimer
from agent.recorder.effects.own_faults import Faults
from agent.recorder.effects.saved_outputs import complete_output
from agent.recorder.entry import Entry
from agent.recorder.findings.loop_detector import LoopDetector
from agent.recorder.findings.refusals import Refusals
from agent.recorder.findings.sandbox_errors import SandboxErrors
from agent.recorder.sdk.sent_prompts import sent_prompt
from agent.recorder.translator import SessionTranslator
from agent.recorder.turns import TurnResult
from agent.runlog.run_lines import Origin
from agent.runlog.runlog import RunLog
from agent.safety.commands.denial import Denial

_STDERR_LINES = 20
"""The number of last lines of the CLI's standard error that are kept for the error message if it dies."""


class SessionRecorder:
    """Writes what one client receives and does to `log`: a SessionTranslator says what, and this does it.

    `credentials_work` says whether the API has accepted the credentials before. `started` is true once the conversation
    has started. `on_result` is called with the model's ID of each tool call that has ended. `clock` returns seconds;
    durations are its differences. A fault of the recorder itself is recorded, and raised to nobody: only a log that
    fails is.
    """

    def __init__(
        self,
        log: RunLog,
        *,
        agent_type: AgentType,
        iteration: int,
        credentials_work: bool = False,
        on_result: Callable[[str], None] = lambda _tool_use_id: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._session = Origin(None, Phase(agent_type.lower()), iteration)
        self._clock = clock
        self._translator = SessionTranslator(
            agent_type, iteration, log.redact_piece, self._clock(), log.writer.call_uses
        )
        self._faults = Faults(log, self._emit)
        self._callbacks = Callbacks(self._translator.calls, log, self._emit, self._set_timer, self._faults, clock)
        self._loop_detector = LoopDetector()
        self._sandbox_errors = SandboxErrors()
        self._refusals = Refusals(credentials_work=credentials_work)
        self._on_result = on_result
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._timer = FlushTimer(self._flush)
        self._writing = asyncio.Lock()
        self._closed = False
        self._run_ended = False
        self._resumed: ResumedConversation | None = None
        self._reported: tuple[float | None, Tokens] | None = None
        self.started = False
        log.writer.session_began(self._last_events)

    @property
    def turn(self) -> TurnResult | None:
        """The result of the last turn; None while one is running, and before the first.

        A turn whose commands could not run has failed.
        """
        turn = self._translator.turn
        if turn and turn.outcome is Outcome.SUCCESS and self._sandbox_errors.last_error:
            return TurnResult(Outcome.FAILED, self._sandbox_errors.last_error)
        if turn and turn.outcome is Outcome.FAILED and self._refusals.refusal:
            return TurnResult(Outcome.FAILED, self._refusals.refusal, refused=True)
        return turn

    @property
    def in_turn(self) -> bool:
        """Whether a turn is running, whose result is still to come."""
        return self.started and self._translator.turn is None

    @property
    def credentials_work(self) -> bool:
        """Whether the API has accepted the credentials."""
        return self._refusals.credentials_work

    @property
    def vain_retries(self) -> str | None:
        """Why it is useless that the CLI tries again, and what to do; None while it is not."""
        return self._refusals.refusal if self._refusals.retries_are_useless else None

    @property
    def work_running(self) -> bool:
        """Whether a tool or a subagent is running, so that silence is normal."""
        return self._translator.work_running

    @property
    def tool_running(self) -> bool:
        """Whether a tool itself is running; a clean stop waits for it."""
        return self._translator.tool_running

    @property
    def work_pending(self) -> bool:
        """Whether something in the background will, or may, wake the agent for another turn."""
        return self._translator.work_pending

    @property
    def command_running(self) -> bool:
        """Whether a background command is running."""
        return self._translator.command_running

    async def record(self, message: Message) -> None:
        """Write the events of one message of the client; text may wait for `PIECE_S` seconds for more. Does nothing
        once the session is closed, as by the end of its run."""
        if not self._closed:
            async with self._reporting_faults():
                await self._record(message)

    async def _record(self, message: Message) -> None:
        if self._resumed and isinstance(message, SystemMessage) and message.subtype == "init":
            resumed, self._resumed = self._resumed, None
            session_id = str(message.data.get("session_id"))
            self._translator.spending.resumed(await asyncio.to_thread(resumed.cost_before, session_id))
        self._timer.check()
        await self._write(self._translator.message(message, self._clock()))
        if isinstance(message, TaskStartedMessage) and message.tool_use_id:  # a command that has run for some seconds
            await self._callbacks.waits.answered(self._translator.calls.ids.newest(message.tool_use_id))
        self._report_spending()
        self._log.touch()

    async def record_prompt(self, prompt: Any, source: PromptSource = "harness") -> None:
        """Write a prompt that is about to be sent: its text, or a message in the format of the CLI."""
        async with self._reporting_faults():
            if event := sent_prompt(prompt, source):
                await self._write(self._translator.prompt(event))

    async def record_failure(self, error: Exception) -> TurnResult:
        """Write an error that the client raised, with the last output of its process. Returns how the session ended."""
        message = str(error)
        if isinstance(error, ProcessError):
            message = f"the agent's process ended with exit code {error.exit_code}"
        turn = TurnResult(Outcome.FAILED, "\n".join([message, *self._stderr]))
        await self._emit(Error(message=turn.message, kind=type(error).__name__))
        return turn

    async def close(self, turn: TurnResult) -> None:
        """End the session and everything that is still open in it. A second call does nothing."""
        if not self._closed:
            self._closed = True
            self._log.writer.session_ended(self._last_events)
            try:
                async with self._reporting_faults():
                    await self._timer.close()
            finally:
                async with self._reporting_faults():
                    await self._callbacks.waits.close()
                    await self._write(self._translator.close(turn.outcome, turn.message, self._clock()))

    def add_to_options(self, options: ClaudeAgentOptions) -> ClaudeAgentOptions:
        """Return the caller's options plus what recording needs, which changes no request to the model."""
        self._resumed = ResumedConversation(options)
        added = self._callbacks.add_to(options, self._stderr.append)
        self._translator.calls.expect_hooks(forwarded=added.forward_subagent_text)
        return added

    def resumed(self, before: Total) -> None:
        """Note what the conversation had cost before this session, if it was resumed."""
        self._translator.spending.resumed(before)

    async def denied(self, tool_use_id: str | None, denial: Denial) -> None:
        """Note that the caller denies a call. Raises nothing: the denial stands, whatever becomes of its record."""
        await self._callbacks.denied(tool_use_id, denial)

    def _report_spending(self) -> None:
        spending, id_ = self._translator.spending, self._translator.session_id
        if id_ and (spent := (spending.cost_usd, spending.tokens)) != self._reported:
            self._reported = spent
            self._log.writer.spent(id_, *spent)

    def _last_events(self) -> Iterator[tuple[Event, Origin]]:
        """Close the session as its run ends. Yields its last events."""
        self._closed = self._run_ended = True
        turn = self.turn or TurnResult(Outcome.INTERRUPTED, "the run ended before the agent was done")
        try:
            for event, parent in self._translator.close(turn.outcome, turn.message, self._clock()):
                yield event, self._session._replace(parent=parent)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not keep the run from its end
            if fault := self._faults.event(error):
                yield fault, self._session

    @asynccontextmanager
    async def _reporting_faults(self) -> AsyncIterator[None]:
        """Report a fault of the recorder in the block, so that it ends neither a harness nor a run of our own."""
        try:
            yield
        except RunLogError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, what follows must be recorded
            await self._faults.report(error)

    async def _flush(self) -> None:
        await self._write(self._translator.flush(self._clock()))

    async def _emit(self, event: Event, parent: str | None = None) -> None:
        if not self._run_ended:
            await self._log.emit(event, parent=parent, phase=self._session.phase, iteration=self._session.iteration)

    async def _write(self, entries: Iterable[Entry]) -> None:
        async with self._writing:  # the events of a message stay together, whenever the timer ends
            for entry, parent in entries:
                event = await asyncio.to_thread(complete_output, entry) if isinstance(entry, SavedResult) else entry
                await self._emit(event, parent)
                self.started |= isinstance(event, SessionStart)
                self._refusals.check(event, parent)
                if isinstance(event, ToolResult):
                    self._on_result(self._translator.calls.ids.given_by_model(event.tool_use_id))
                    await self._callbacks.waits.answered(event.tool_use_id)
                for finding in (self._sandbox_errors.check(event), self._loop_detector.check(event, parent)):
                    if finding:
                        await self._emit(finding, parent)
        self._set_timer()

    def _set_timer(self) -> None:
        self._timer.set(None if self._closed else self._translator.waiting_since)
