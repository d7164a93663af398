"""Tracks the calls for which a person is waited for: a permission, a question or a plan is open. Heartbeats say so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from agent.errors import RunLogError
from agent.runlog.runlog import RunLog


class HumanWaits:
    """The requests for permission of one session that are open. A log that fails is left to its next event."""

    def __init__(self, log: RunLog) -> None:
        self._log = log
        self._requested: set[str] = set()
        self._waiting: set[str] = set()

    async def requested(self, tool_use_id: str, *, is_open: bool) -> None:
        """Process a request for permission, which the CLI itself may refuse at once unless it `is_open`."""
        self._requested.add(tool_use_id)
        if is_open:
            await self._begin(tool_use_id)

    async def still_open(self) -> None:
        """Process the news that somebody is still waited for."""
        for tool_use_id in sorted(self._requested):
            await self._begin(tool_use_id)

    async def answered(self, tool_use_id: str) -> None:
        """Process a sign that a call no longer waits for permission."""
        self._requested.discard(tool_use_id)
        await self._end(tool_use_id)

    @asynccontextmanager
    async def answering(self, tool_use_id: str | None) -> AsyncIterator[None]:
        """Wait for a person while a callback of the harness finds an answer."""
        key = tool_use_id or uuid4().hex
        await self._begin(key)
        try:
            yield
        finally:
            await self.answered(key)

    async def close(self) -> None:
        """End all waits, as the session ends."""
        for tool_use_id in sorted(self._waiting | self._requested):
            await self.answered(tool_use_id)

    async def _begin(self, key: str) -> None:
        if key not in self._waiting:
            self._waiting.add(key)
            with suppress(RunLogError):
                await self._log.begin_wait("waiting_on_human", key=key)

    async def _end(self, key: str) -> None:
        if key in self._waiting:
            self._waiting.discard(key)
            with suppress(RunLogError):
                await self._log.end_wait(key)
