"""Observes one session of a harness: each message is recorded as it arrives; those that it asked for are passed on."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import anyio
from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKError,
    Message,
)

from agent.errors import RunLogError
from agent.events import AgentType, Outcome
from agent.recorder.observing.harness_messages import HarnessMessages
from agent.recorder.sdk.readable_messages import is_unreadable
from agent.recorder.session_recorder import SessionRecorder
from agent.recorder.turns import TurnResult
from agent.runlog.runlog import RunLog
from agent.shield import run_to_completion

OnFailure = Literal["raise", "warn"]
"""What the harness gets when its session cannot be recorded any further: the error, once, or only a warning."""

_QUEUED_MESSAGES = 100
"""How many messages wait for the harness before the agent has to wait for it: as many as in the SDK itself."""


class ObservedSession:
    """Stands between a client of the SDK and its harness: a SessionRecorder gets each message, the harness its own.

    A task of its own receives the messages, so that a harness that is busy neither delays the record nor the agent.
    `options` are those of the harness plus what recording needs.
    """

    def __init__(
        self,
        harness_options: ClaudeAgentOptions,
        log: RunLog,
        *,
        agent_type: AgentType,
        iteration: int,
        on_failure: OnFailure,
    ) -> None:
        self._log = log
        self._warn_only = on_failure == "warn"
        self._recorder = SessionRecorder(log, agent_type=agent_type, iteration=iteration)
        self.options = self._recorder.add_to_options(harness_options)
        self._harness_messages = HarnessMessages(harness_options)
        self._passed = _PassedMessages()
        self._task: asyncio.Task[None] | None = None
        self._receiving = False
        self._progress = asyncio.Event()
        self._interruptible = True
        self._leaving = False
        self._failed = False
        self._failure: Exception | None = None
        self._end: TurnResult | None = None

    async def record_prompt(self, prompt: Any) -> Any:
        """Record a prompt that is about to be sent. Return what to send: an iterable records each one as it is read."""
        if isinstance(prompt, AsyncIterable):
            return self._record_prompts(prompt)
        if prompt is not None:
            await self._attempt(self._recorder.record_prompt, prompt)
            self._raise_failure()
        return prompt

    def start(self, messages: AsyncIterator[Message], more: Callable[[], AsyncIterator[Message]] | None = None) -> None:
        """Record `messages` from now on. `more` returns those behind one that the SDK cannot parse."""
        self._receiving = True
        self._task = asyncio.create_task(self._record(messages, more), name="runtail recording")

    async def received(self) -> AsyncIterator[Message]:
        """Yield the messages for the harness; raise what the SDK raised, and once that the log has failed."""
        while (item := await self._passed.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    def stop_passing(self) -> None:
        """Record what still comes without waiting for the harness, which is about to leave."""
        self._passed.stop_waiting()

    @property
    def in_turn(self) -> bool:
        """Whether a turn is running, whose result is still to come."""
        return self._recorder.in_turn

    async def wait_for_result(self) -> None:
        """Return when the running turn, which was interrupted, has its result, or when none can come any more."""
        while self._receiving and self._recorder.in_turn:
            self._progress.clear()
            await self._progress.wait()

    async def end(self, reason: str) -> None:
        """Stop recording and end the session; `reason` says why, in case that no turn has ended."""
        self.stop_passing()
        await run_to_completion(self._finish(reason))
        self._raise_failure()

    async def _finish(self, reason: str) -> None:
        self._leaving = True
        if self._task is not None:
            if self._interruptible:
                self._task.cancel()
            await asyncio.wait({self._task})
        self._passed.end()
        turn = self._end or self._recorder.turn or TurnResult(Outcome.INTERRUPTED, reason)
        await self._attempt(self._recorder.close, turn)

    async def _record_prompts(self, prompts: AsyncIterable[Any]) -> AsyncIterator[Any]:
        async for prompt in prompts:
            await self._attempt(self._recorder.record_prompt, prompt)
            yield prompt

    async def _record(
        self, messages: AsyncIterator[Message], more: Callable[[], AsyncIterator[Message]] | None
    ) -> None:
        try:
            while not await self._record_readable(messages, is_last=more is None) and more and not self._leaving:
                messages = more()
        finally:
            self._receiving = False
            self._progress.set()
            await self._pass_on_failure()
            self._passed.end()

    async def _record_readable(self, messages: AsyncIterator[Message], *, is_last: bool) -> bool:
        """Record messages until they end, or until this task is cancelled, which happens only while it receives one.

        The cancellation then reaches the innermost generator of the SDK, and all of them close at once. Closing the
        outermost would leave the others, and the CLI, to the garbage collector.

        Returns False when the SDK could not parse a message, behind which others may follow unless this `is_last`.
        """
        task = asyncio.current_task()
        try:
            async for message in messages:
                self._interruptible = False
                await self._attempt(self._recorder.record, message)
                self._progress.set()
                await self._pass_on_failure()
                if self._harness_messages.includes(message):
                    await self._passed.put(message)
                self._interruptible = True
                if self._leaving and task is not None:
                    task.cancel()
        except anyio.ClosedResourceError:
            pass  # the SDK has closed its queue
        except Exception as error:  # noqa: BLE001 - the harness receives it
            self._interruptible = False
            others_follow = is_unreadable(error)
            if others_follow or isinstance(error, ClaudeSDKError):
                await self._attempt(self._record_failure, error)
            if others_follow and not is_last:
                self._end = None  # the turn goes on
            await self._passed.put(error)
            self._interruptible = True
            return not others_follow
        return True

    async def _record_failure(self, error: Exception) -> None:
        self._end = await self._recorder.record_failure(error)

    async def _pass_on_failure(self) -> None:
        if failure := self._take_failure():
            await self._passed.put(failure)

    async def _attempt(self, write: Callable[[Any], Awaitable[None]], argument: Any) -> None:
        """Write to the log, unless that has failed before; the harness gets the error later, at a call of its own."""
        if self._failed:
            return
        try:
            await write(argument)
        except RunLogError as error:
            self._failed = True
            if self._warn_only:
                self._log.writer.warn_of_failure(error)
            else:
                self._failure = error

    def _take_failure(self) -> Exception | None:
        failure, self._failure = self._failure, None
        return failure

    def _raise_failure(self) -> None:
        if failure := self._take_failure():
            raise failure


class _PassedMessages:
    """The messages and errors that wait for the harness. Whoever puts one waits while there are too many."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Message | Exception | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_QUEUED_MESSAGES)
        self._left = False

    async def put(self, item: Message | Exception) -> None:
        await self._room.acquire()
        if self._left:
            self._room.release()
        else:
            self._queue.put_nowait(item)

    async def get(self) -> Message | Exception | None:
        """Return the next one, None after the last."""
        item = await self._queue.get()
        if item is None:
            self._queue.put_nowait(None)  # for the next call, too
        else:
            self._room.release()
        return item

    def end(self) -> None:
        """Let no other follow."""
        self._queue.put_nowait(None)

    def stop_waiting(self) -> None:
        """Drop what is put from now on."""
        self._left = True
        self._room.release()
