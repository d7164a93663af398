"""One conversation with the Claude Agent SDK, from the prompt to the result, recorded as it happens."""

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from claude_agent_sdk import (
    CanUseToolShadowedWarning,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ClaudeSDKError,
    Message,
    ResultMessage,
    SystemMessage,
)
from claude_agent_sdk.types import ThinkingConfigAdaptive

from agent.events import AgentType, Error, Info, Outcome, PromptSource
from agent.recorder.sdk.readable_messages import readable_messages
from agent.recorder.session_recorder import SessionRecorder
from agent.recorder.turns import TurnResult
from agent.runlog.runlog import RunLog
from agent.session.permissions import Permissions, ToolGuard
from agent.session.timeouts import BACKGROUND_TIMEOUT_S, INTERRUPT_TIMEOUT_S, SILENCE_TIMEOUT_S, WAKE_TIMEOUT_S
from agent.shield import run_to_completion

_VISIBLE_THINKING: ThinkingConfigAdaptive = {"type": "adaptive", "display": "summarized"}
"""The CLI's default amount of thinking; without `display` it arrives empty."""
_STOPPED = TurnResult(Outcome.INTERRUPTED, "interrupted before the agent was done")

_logger = logging.getLogger(__name__)


class Session:
    """Runs one prompt to its end and writes everything that happens to `log`.

    `options` are the caller's; what recording needs, and the check of each tool call by `guard`, is added to them.
    The session fails when the model is silent for `silence_timeout_s` while no tool is running. Setting `stop` ends it
    cleanly as interrupted: after the tool that is running, or at once when there is none. `on_start` is awaited once
    the conversation has started, `on_result` called with the ID of each tool call that has ended. Unless
    `credentials_work`, as in a later session of a run, it fails early when the API refuses the credentials.
    """

    def __init__(
        self,
        log: RunLog,
        options: ClaudeAgentOptions,
        *,
        agent_type: AgentType = AgentType.SINGLE,
        iteration: int = 1,
        guard: ToolGuard | None = None,
        silence_timeout_s: float = SILENCE_TIMEOUT_S,
        stop: asyncio.Event | None = None,
        on_start: Callable[[], Awaitable[None]] | None = None,
        on_result: Callable[[str], None] = lambda _tool_use_id: None,
        credentials_work: bool = False,
    ) -> None:
        self._log = log
        self._silence_timeout_s = silence_timeout_s
        self._stop = stop or asyncio.Event()
        self._on_start = on_start
        self._recorder = SessionRecorder(
            log, agent_type=agent_type, iteration=iteration, credentials_work=credentials_work, on_result=on_result
        )
        self._permissions = Permissions(guard, self._recorder, log)
        self._client = ClaudeSDKClient(
            self._permissions.add_to(self._recorder.add_to_options(_with_everything_visible(options)))
        )
        self._reachable = True
        self._waiting = True
        self._turn_over = False

    @property
    def credentials_work(self) -> bool:
        """Whether the API has accepted the credentials, in this session or before."""
        return self._recorder.credentials_work

    async def run(self, prompt: str, source: PromptSource = "user") -> TurnResult:
        """Send `prompt`, which `source` wrote, and record until the agent is done. Returns how the last turn ended.

        A CLI that dies, an API that refuses and a silent model are outcomes, with an `error` event each; only
        cancellation and a failing log raise.
        """
        turn = _STOPPED
        try:
            turn = await self._converse(prompt, source)
        except ClaudeSDKError as error:
            self._reachable = False
            turn = await self._recorder.record_failure(error)
        finally:
            await run_to_completion(self._end(turn))
        return turn

    async def _converse(self, prompt: str, source: PromptSource) -> TurnResult:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CanUseToolShadowedWarning)  # the tools in `allowed_tools` need no check
            await self._client.connect()
        await self._recorder.record_prompt(prompt, source)
        await self._client.query(prompt)
        try:
            async with asyncio.timeout_at(self._deadline()) as timeout, self._watching_stop(timeout):
                async for message in readable_messages(self._client, self._report_unreadable):
                    await self._record(message, timeout)
                    if isinstance(message, ResultMessage) and not self._recorder.work_pending:
                        break
                    if refusal := self._recorder.vain_retries:
                        await self._log.emit(Error(message=refusal, kind="api:authentication_failed"))
                        return TurnResult(Outcome.FAILED, refusal, refused=True)
        except TimeoutError:
            if self._stop.is_set():
                return _STOPPED
            if self._turn_over and self._recorder.turn:
                if self._recorder.command_running:
                    warning = "a background command is still running after the last turn; it ends with the session"
                    await self._log.emit(Info(message=warning, kind="background"))
                return self._recorder.turn
            silence = f"the model was silent for {self._silence_timeout_s:g} s while no tool was running"
            return await self._fail("silence", silence)
        return self._recorder.turn or await self._fail("no_result", "the agent's process ended without a result")

    async def _record(self, message: Message, timeout: asyncio.Timeout) -> None:
        """Record a message. The timeout does not run meanwhile, so that a received message is written completely."""
        if timeout.expired():
            return
        timeout.reschedule(None)
        self._waiting = False
        self._turn_over = isinstance(message, ResultMessage) or (self._turn_over and _is_notice(message))
        had_started = self._recorder.started
        await run_to_completion(self._recorder.record(message), self._log.writer.hurry)
        if self._on_start and self._recorder.started and not had_started:
            await self._on_start()
        self._waiting = True
        timeout.reschedule(self._deadline())

    async def _report_unreadable(self, error: Exception) -> None:
        message = f"the SDK cannot read a message of the agent: {error}"
        await self._log.emit(Error(message=message, kind=type(error).__name__))

    async def _fail(self, kind: str, message: str) -> TurnResult:
        await self._log.emit(Error(message=message, kind=kind))
        return TurnResult(Outcome.FAILED, message)

    @asynccontextmanager
    async def _watching_stop(self, timeout: asyncio.Timeout) -> AsyncIterator[None]:
        """While inside, the timeout expires after a request to stop, as soon as no tool is running."""

        async def expire_on_stop() -> None:
            await self._stop.wait()
            self._permissions.stopping = True
            if self._waiting and not timeout.expired():
                timeout.reschedule(self._deadline())

        task = asyncio.create_task(expire_on_stop(), name="session stop")
        try:
            yield
        finally:
            task.cancel()

    def _deadline(self) -> float | None:
        now = asyncio.get_running_loop().time()
        if self._stop.is_set():
            return None if self._recorder.tool_running else now
        if self._recorder.work_running:
            return None
        if not self._turn_over:
            return now + self._silence_timeout_s
        after_turn_s = BACKGROUND_TIMEOUT_S if self._recorder.command_running else WAKE_TIMEOUT_S
        return now + min(after_turn_s, self._silence_timeout_s)

    async def _end(self, turn: TurnResult) -> None:
        if self._recorder.turn is None and self._reachable and await self._interrupt():
            await self._record_result()
        try:
            await self._client.disconnect()
        finally:
            await self._recorder.close(turn)

    async def _interrupt(self) -> bool:
        """Ask the CLI to interrupt its work, so that it ends its tools itself. Returns whether it does."""
        try:
            async with asyncio.timeout(INTERRUPT_TIMEOUT_S):
                await self._client.interrupt()
        except TimeoutError:
            message = f"the agent did not respond to the interrupt within {INTERRUPT_TIMEOUT_S:g} s and is terminated"
            await self._log.emit(Info(message=message, kind="interrupt"))
        except ClaudeSDKError as error:
            await self._log.emit(Info(message=f"the agent could not be interrupted: {error}", kind="interrupt"))
        else:
            return True
        return False

    async def _record_result(self) -> None:
        """Record what the CLI still says about the turn that was interrupted: the result has its cost."""
        with suppress(TimeoutError, ClaudeSDKError):
            async with asyncio.timeout(INTERRUPT_TIMEOUT_S):
                async for message in readable_messages(self._client, self._report_unreadable):
                    await run_to_completion(self._recorder.record(message))
                    if not self._recorder.in_turn:
                        return


def _is_notice(message: Message) -> bool:
    """Return whether a message after a turn does not begin another one."""
    return isinstance(message, SystemMessage) and message.subtype != "init"


def _with_everything_visible(options: ClaudeAgentOptions) -> ClaudeAgentOptions:
    """Return options with which the model's thinking and the text of subagents arrive, and the CLI writes to our log.

    The first two change the requests to the model, so they are for our own agents only.
    """
    return replace(
        options,
        thinking=options.thinking or _VISIBLE_THINKING,
        forward_subagent_text=True,
        stderr=options.stderr or _log_stderr,
    )


def _log_stderr(line: str) -> None:
    _logger.info("CLI: %s", line)
