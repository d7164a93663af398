"""The waits between sessions, which a request to stop ends; what they report is tested in tests/end_to_end."""

import asyncio
from pathlib import Path

from agent.events import Outcome, StopReason
from agent.harness.limits import BuildEnd
from agent.harness.pauses import Pauses
from agent.harness.stop_request import StopRequest
from agent.recorder.turns import TurnResult
from tests.agent.runlog.writing import events_of, quiet_log
from tests.helpers import LIMIT_S


async def test_a_request_to_stop_ends_a_backoff(tmp_path: Path) -> None:
    stop = StopRequest()
    async with quiet_log(tmp_path) as log, asyncio.timeout(LIMIT_S):
        failed = TurnResult(Outcome.FAILED, "broken")
        wait = asyncio.create_task(Pauses(log, stop).back_off(7, failed, 10, 12))
        while not [event for event in events_of(log.path) if event["type"] == "info"]:
            await asyncio.sleep(0.01)
        stop.now(BuildEnd(Outcome.INTERRUPTED, StopReason.SIGNAL, "stopped on request"))
        await wait
    (said,) = [event["data"] for event in events_of(log.path) if event["type"] == "info"]
    assert said["kind"] == "backoff"
    assert said["message"].startswith("session 7 failed (failure 10 of 12 in a row); the next session starts at ")
