"""Observes a client of the Claude Agent SDK, or one query: what happens becomes events of a run file.

    async with RunLog.open("runs") as log, record(ClaudeSDKClient(options), log) as client:
        ...

    async for message in record_query(log, prompt="What is in this directory?"):
        ...

The agent is not changed by it: the model is asked the same, and the harness receives the same messages. Needs the
extra `agent`, and asyncio.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient, ClaudeSDKError, Message, Transport, query

from agent.errors import RunLogUnusable
from agent.events import AgentType
from agent.recorder.observing.observed_session import ObservedSession, OnFailure
from agent.runlog.loop_futures import running_loop
from agent.runlog.runlog import RunLog

_RESULT_TIMEOUT_S = 2.0
"""Seconds by which the result of an interrupted turn may delay the end of a session."""


def record(
    client: ClaudeSDKClient,
    log: RunLog,
    *,
    agent_type: AgentType = AgentType.SINGLE,
    iteration: int = 1,
    on_failure: OnFailure = "raise",
) -> ClaudeSDKClient:
    """Write everything that `client` receives and does to `log`. Returns the same client.

    Call it before `connect`, and use the client as before. From each `connect` on, one session is recorded, as things
    happen, until `disconnect`, the next `connect` or the end of `log`. `agent_type` and `iteration` are for harnesses
    that open one client after another, or several. When the log fails, as on a full disk, the harness receives the
    RunLogError once, at its next call; with `on_failure="warn"` it goes on after a warning, without a record.

    Raises RuntimeError when the client is already connected, and RunLogUnusable for a SyncRunLog and, at `connect`,
    without asyncio.
    """
    _check_log(log)
    if getattr(client, "_transport", None) is not None:  # no public attribute shows it; without this one, skip it
        raise RuntimeError("the client is already connected; call record() before connect()")
    recorded = _RecordedClient(
        client, partial(ObservedSession, log=log, agent_type=agent_type, iteration=iteration, on_failure=on_failure)
    )
    # Replaced on the client itself because its other methods call these; mypy does not allow such an assignment.
    for name in ("connect", "receive_messages", "query", "interrupt", "disconnect"):
        setattr(client, name, getattr(recorded, name))
    return client


async def record_query(
    log: RunLog,
    *,
    prompt: str | AsyncIterable[dict[str, Any]],
    options: ClaudeAgentOptions | None = None,
    transport: Transport | None = None,
    agent_type: AgentType = AgentType.SINGLE,
    iteration: int = 1,
    on_failure: OnFailure = "raise",
) -> AsyncIterator[Message]:
    """Do what `query` of the SDK does, and write it to `log` as one session, as `record` does for a client.

    Raises RunLogUnusable without asyncio and for a SyncRunLog, and what `query` raises.
    """
    running_loop()
    _check_log(log)
    session = ObservedSession(
        options or ClaudeAgentOptions(), log, agent_type=agent_type, iteration=iteration, on_failure=on_failure
    )
    try:
        sent = await session.record_prompt(prompt)
        session.start(query(prompt=sent, options=session.options, transport=transport))
        async for message in session.received():
            yield message
    finally:
        await session.end("the harness left before the agent was done")


def _check_log(log: object) -> None:
    if not isinstance(log, RunLog):
        raise RunLogUnusable(
            f"a client is recorded in a RunLog, not in a {type(log).__name__}, whose calls would block the event loop; "
            "pass the log that `async with RunLog.open(...) as log` returns"
        )


class _RecordedClient:
    """Methods of a client that also record what they send and receive. Each connection has a session."""

    def __init__(self, client: ClaudeSDKClient, observe: Callable[[ClaudeAgentOptions], ObservedSession]) -> None:
        self._client = client
        self._connect, self._receive_messages = client.connect, client.receive_messages
        self._query, self._interrupt, self._disconnect = client.query, client.interrupt, client.disconnect
        self._observe = observe
        self._session: ObservedSession | None = None
        self._interrupted = False

    async def connect(self, prompt: Any = None, *args: Any, **options: Any) -> None:
        running_loop()
        await self._end("connected again before the agent was done")
        harness_options = self._client.options
        self._session = session = self._observe(harness_options)
        sent = await session.record_prompt(prompt)
        self._client.options = session.options
        try:
            await self._connect(sent, *args, **options)
        finally:
            self._client.options = harness_options
        session.start(self._receive_messages(), self._receive_messages)

    async def receive_messages(self) -> AsyncIterator[Message]:
        messages = self._session.received() if self._session else self._receive_messages()
        async for message in messages:
            yield message

    async def query(self, prompt: Any, *args: Any, **options: Any) -> None:
        sent = await self._session.record_prompt(prompt) if self._session else prompt
        self._interrupted = False
        await self._query(sent, *args, **options)

    async def interrupt(self) -> None:
        self._interrupted = True
        await self._interrupt()

    async def disconnect(self) -> None:
        try:
            if self._session:
                self._session.stop_passing()
                await self._wait_for_result(self._session)
        finally:
            try:
                await self._disconnect()
            finally:
                await self._end("disconnected before the agent was done")

    async def _wait_for_result(self, session: ObservedSession) -> None:
        """Wait for the result of a turn that was interrupted, which has its cost.

        A turn is interrupted here if the task is cancelled, as by SIGTERM: the CLI is about to be ended anyway.
        """
        task = asyncio.current_task()
        with suppress(TimeoutError, ClaudeSDKError):
            async with asyncio.timeout(_RESULT_TIMEOUT_S):
                if session.in_turn and not self._interrupted and task and task.cancelling():
                    await self.interrupt()
                if self._interrupted:
                    await session.wait_for_result()

    async def _end(self, reason: str) -> None:
        session, self._session = self._session, None
        if session:
            await session.end(reason)
