"""One conversation with the Claude Agent SDK, from prompt to result, recorded as it happens."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from claude_agent_sdk import (
    CanUseToolShadowedWarning,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ClaudeSDKError,
    Message,
    ResultMessage,
    SystemMessage,
)

from agent.events import AgentType, Error, Info, Outcome
from agent.recorder import TurnResult
from agent.recorder.client import Recording, ToolGuard
from agent.runlog.runlog import RunLog
from agent.shield import run_to_completion

SILENCE_TIMEOUT_S = 600.0
BACKGROUND_S = 60.0
"""A command in the background may wake the agent when it ends. A server never does: so long is waited after a turn."""
_INTERRUPT_S = 2.0
_STOPPED = TurnResult(Outcome.INTERRUPTED, "interrupted before the agent was done")


class Session:
    """Runs one prompt to its end and writes everything that happens to `log`.

    `options` are the caller's; what recording needs (partial messages, subagents' text, hooks) is added to them.
    `silence_timeout_s` ends the session as failed when the model says nothing for that long while no tool runs.
    Setting `stop` ends it cleanly as interrupted: after the tool that is running, or at once when none is.
    `on_start` is awaited once the conversation has begun.
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
    ) -> None:
        self._log = log
        self._silence_timeout_s = silence_timeout_s
        self._stop = stop or asyncio.Event()
        self._on_start = on_start
        self._recording = Recording(log, agent_type=agent_type, iteration=iteration, guard=guard)
        self._client = ClaudeSDKClient(self._recording.observed(options))
        self._reachable = True
        self._waiting = True
        self._turn_over = False

    async def run(self, prompt: str) -> TurnResult:
        """Send `prompt` and record until the agent is done. Returns how the last turn ended.

        A CLI that dies, a refusing API and a silence are outcomes, with an `error` event each; only cancellation and
        a failing log raise.
        """
        turn = _STOPPED
        try:
            turn = await self._converse(prompt)
        except ClaudeSDKError as error:
            self._reachable = False
            turn = await self._recording.failed(error)
        finally:
            await run_to_completion(self._end(turn))
        return turn

    async def _converse(self, prompt: str) -> TurnResult:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CanUseToolShadowedWarning)  # the tools allowed outright are meant to be
            await self._client.connect()
        await self._client.query(prompt)
        try:
            async with asyncio.timeout_at(self._deadline()) as patience, self._heeding_stop(patience):
                async for message in self._client.receive_messages():
                    await self._take(message, patience)
                    if isinstance(message, ResultMessage) and not self._recording.work_pending:
                        break
        except TimeoutError:
            if self._stop.is_set():
                return _STOPPED
            if self._turn_over and self._recording.turn:
                said = "a command in the background goes on after the last turn; it is ended with the session"
                await self._log.emit(Info(message=said, kind="background"))
                return self._recording.turn
            return await self._failed("silence", f"nothing came from the model for {self._silence_timeout_s:g} s while "
                                      "no tool was running")  # fmt: skip
        return self._recording.turn or await self._failed("no_result", "the agent's process ended without a result")

    async def _take(self, message: Message, patience: asyncio.Timeout) -> None:
        """Record a message. Patience counts the waiting only: what has come is written to its end."""
        if patience.expired():
            return
        patience.reschedule(None)
        self._waiting = False
        self._turn_over = isinstance(message, ResultMessage) or (self._turn_over and isinstance(message, SystemMessage))
        had_begun = self._recording.begun
        await self._recording.message(message)
        if self._on_start and self._recording.begun and not had_begun:
            await self._on_start()
        self._waiting = True
        patience.reschedule(self._deadline())

    async def _failed(self, kind: str, said: str) -> TurnResult:
        await self._log.emit(Error(message=said, kind=kind))
        return TurnResult(Outcome.FAILED, said)

    @asynccontextmanager
    async def _heeding_stop(self, patience: asyncio.Timeout) -> AsyncIterator[None]:
        """While inside, patience ends when somebody asks to stop, or rather as soon as no tool is at work then."""

        async def heed() -> None:
            await self._stop.wait()
            self._recording.stopping = True
            if self._waiting and not patience.expired():
                patience.reschedule(self._deadline())

        heeding = asyncio.create_task(heed(), name="session stop")
        try:
            yield
        finally:
            heeding.cancel()

    def _deadline(self) -> float | None:
        now = asyncio.get_running_loop().time()
        if self._stop.is_set():
            return None if self._recording.tool_in_hand else now
        if self._recording.tool_running:
            return None
        return now + (min(BACKGROUND_S, self._silence_timeout_s) if self._turn_over else self._silence_timeout_s)

    async def _end(self, turn: TurnResult) -> None:
        if self._recording.turn is None and self._reachable:
            await self._stop_working()
        await self._client.disconnect()
        await self._recording.close(turn)

    async def _stop_working(self) -> None:
        """Ask the CLI to drop what it is doing, so that it ends its tools itself. It may be gone already."""
        try:
            async with asyncio.timeout(_INTERRUPT_S):
                await self._client.interrupt()
        except TimeoutError:
            said = f"the agent did not answer within {_INTERRUPT_S:g} s when asked to stop, and is ended"
            await self._log.emit(Info(message=said, kind="interrupt"))
        except ClaudeSDKError as error:
            await self._log.emit(Info(message=f"the agent could not be asked to stop: {error}", kind="interrupt"))
