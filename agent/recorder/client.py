"""Observes a client of the Claude Agent SDK: its messages and hook calls become events of a run file.

    async with RunLog.open("runs") as log, record(ClaudeSDKClient(options), log) as client:
        ...

Needs the extra `agent`.
"""

from collections.abc import AsyncIterator
from typing import Any

from claude_agent_sdk import (
    ClaudeSDKClient,
    ClaudeSDKError,
    Message,
)

from agent.events import AgentType, Info, Outcome
from agent.recorder.recording import Recording
from agent.recorder.turns import TurnResult
from agent.runlog.runlog import RunLog


def record(
    client: ClaudeSDKClient, log: RunLog, *, agent_type: AgentType = AgentType.SINGLE, iteration: int = 1
) -> ClaudeSDKClient:
    """Write everything that `client` receives and does to `log`. Returns the same client.

    Call it before `connect`: the hooks that report when tools start and end cannot be added later. Use the client as
    before; events are written as you receive its messages, and `session_end` at `disconnect`. `agent_type` and
    `iteration` are for harnesses that open one client after another.

    Raises RuntimeError when the client is already connected.
    """
    if getattr(client, "_transport", None) is not None:  # no public attribute shows it; without this one, skip it
        raise RuntimeError("the client is already connected; call record() before connect()")
    recording = Recording(log, agent_type=agent_type, iteration=iteration)
    client.options = recording.add_to_options(client.options)
    recorded = _RecordedMethods(client, log, recording)
    # Replaced on the client itself because its other methods call these; mypy does not allow such an assignment.
    for name in ("connect", "receive_messages", "query", "disconnect"):
        setattr(client, name, getattr(recorded, name))
    return client


class _RecordedMethods:
    """Methods of a client that also write what they send and receive to `log`."""

    def __init__(self, client: ClaudeSDKClient, log: RunLog, recording: Recording) -> None:
        self._connect, self._receive_messages = client.connect, client.receive_messages
        self._query, self._disconnect = client.query, client.disconnect
        self._log = log
        self._recording = recording

    async def connect(self, prompt: Any = None, *args: Any, **options: Any) -> None:
        await self._write_prompt(prompt)
        await self._connect(prompt, *args, **options)

    async def receive_messages(self) -> AsyncIterator[Message]:
        try:
            async for message in self._receive_messages():
                await self._recording.record(message)
                yield message
        except ClaudeSDKError as error:
            await self._recording.record_failure(error)
            raise

    async def query(self, prompt: Any, *args: Any, **options: Any) -> None:
        await self._write_prompt(prompt)
        await self._query(prompt, *args, **options)

    async def disconnect(self) -> None:
        try:
            await self._disconnect()
        finally:
            turn = self._recording.turn
            await self._recording.close(
                turn or TurnResult(Outcome.INTERRUPTED, "disconnected before the agent was done")
            )

    async def _write_prompt(self, prompt: Any) -> None:
        if isinstance(prompt, str):
            await self._log.emit(Info(message=prompt, kind="user_message"))
