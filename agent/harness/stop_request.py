"""Ends a build from outside its sessions, and any wait with it: on a request to stop, or when its time is up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from agent.events import Outcome, StopReason
from agent.harness.limits import BuildEnd

_MAX_HOURS = 24 * 365 * 100
"""A longer time is no limit, and may end after the last year of the calendar."""
_MAX_SLEEP_S = 30.0
"""A longer wait checks the clock again: timers do not advance while a machine is suspended."""


class StopRequest:
    """The first reason to end the build. `event` is set when the session that is running must stop as well."""

    def __init__(self) -> None:
        self.end: BuildEnd | None = None
        self.event = asyncio.Event()

    def after_session(self, end: BuildEnd) -> None:
        """End the build when the present session is over."""
        self.end = self.end or end

    def now(self, end: BuildEnd) -> None:
        """End the build and the present session, after the tool call that is running."""
        self.after_session(end)
        self.event.set()

    @asynccontextmanager
    async def listening(self, stop: asyncio.Event, max_hours: float | None) -> AsyncIterator[None]:
        """Within the block, stop when `stop` is set, and after `max_hours`."""

        async def on_stop() -> None:
            await stop.wait()
            self.now(BuildEnd(Outcome.INTERRUPTED, StopReason.SIGNAL, "stopped on request"))

        async def on_timeout() -> None:
            if max_hours is not None:
                await self.sleep_until(datetime.now(UTC) + timedelta(hours=min(max_hours, _MAX_HOURS)))
                message = f"the time limit of {max_hours:g} hours is reached"
                self.now(BuildEnd(Outcome.BUDGET, StopReason.MAX_HOURS, message))

        listeners = [asyncio.create_task(on_stop()), asyncio.create_task(on_timeout())]
        try:
            yield
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)

    async def sleep_until(self, until: datetime) -> None:
        """Wait until that time, or until the build must stop now."""
        while not self.event.is_set() and (remaining := (until - datetime.now(UTC)).total_seconds()) > 0:
            try:
                async with asyncio.timeout(min(remaining, _MAX_SLEEP_S)):
                    await self.event.wait()
            except TimeoutError:
                continue
