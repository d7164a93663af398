"""The waits between two sessions: a pause after one that worked, a backoff after one that failed."""

import random
from datetime import UTC, datetime, timedelta

from agent.events import HeartbeatState, Info
from agent.harness.backoff import wait_after
from agent.harness.stop_request import StopRequest
from agent.recorder.turns import TurnResult
from agent.runlog.runlog import RunLog


class Pauses:
    """Waits, which heartbeats report and a request to stop ends."""

    def __init__(self, log: RunLog, stop: StopRequest) -> None:
        self._log = log
        self._stop = stop

    async def pause(self, pause_s: float) -> None:
        """Wait that many seconds."""
        await self._wait("pausing", datetime.now(UTC) + timedelta(seconds=pause_s))

    async def back_off(self, number: int, turn: TurnResult, failures: int, max_errors: int) -> None:
        """Record why and how long to wait after session `number`, the last of `failures` in a row, and wait."""
        wait = wait_after(failures, turn.resets_at, datetime.now(UTC), random.random())  # noqa: S311 - jitter only
        until = f"{wait.until:%Y-%m-%dT%H:%M:%SZ}"
        if wait.state == "rate_limited":
            message, kind = f"the rate limit is reached; the next session starts at {until}", "rate_limited"
        else:
            count = f"failure {failures} of {max_errors} in a row"
            message, kind = f"session {number} failed ({count}); the next session starts at {until}", "backoff"
        await self._log.emit(Info(message=message, kind=kind))
        await self._wait(wait.state, wait.until)

    async def _wait(self, state: HeartbeatState, until: datetime) -> None:
        async with self._log.waiting(state, until):
            await self._stop.sleep_until(until)
