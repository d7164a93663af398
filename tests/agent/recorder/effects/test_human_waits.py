"""Tests that heartbeats say for how long a person is waited for, and that one is written when that changes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.recorder.effects.human_waits import HumanWaits
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log


class Waits(HumanWaits):
    """The waits of a run, which is closed."""

    def __init__(self, log: QuietLog) -> None:
        super().__init__(log)
        self.path = log.path

    @property
    def states(self) -> list[bool]:
        """Whether a person is waited for, in each heartbeat."""
        heartbeats = [event["data"] for event in events_of(self.path) if event["type"] == "heartbeat"]
        return [heartbeat["state"] == "waiting_on_human" for heartbeat in heartbeats]


@asynccontextmanager
async def waits_of_a_run(folder: Path) -> AsyncIterator[Waits]:
    async with quiet_log(folder) as log:
        yield Waits(log)


async def test_a_callback_that_looks_for_an_answer_is_a_wait(tmp_path: Path) -> None:
    async with waits_of_a_run(tmp_path) as waits:
        async with waits.answering("t1"):
            assert waits.states == [True]
        assert waits.states == [True, False]


async def test_a_callback_that_fails_ends_its_wait(tmp_path: Path) -> None:
    async with waits_of_a_run(tmp_path) as waits:
        with pytest.raises(ZeroDivisionError):
            async with waits.answering(None):
                raise ZeroDivisionError
        assert waits.states == [True, False]


async def test_a_request_that_the_cli_refuses_itself_is_no_wait(tmp_path: Path) -> None:
    async with waits_of_a_run(tmp_path) as waits:
        await waits.requested("t1", is_open=False)
        await waits.answered("t1")
        await waits.still_open()
        assert waits.states == []


async def test_a_request_that_is_still_open_after_a_while_is_a_wait_until_the_call_goes_on(tmp_path: Path) -> None:
    async with waits_of_a_run(tmp_path) as waits:
        await waits.requested("t1", is_open=False)
        await waits.still_open()
        await waits.still_open()
        await waits.answered("t1")
        assert waits.states == [True, False]


async def test_a_person_is_waited_for_until_the_last_request_is_answered(tmp_path: Path) -> None:
    async with waits_of_a_run(tmp_path) as waits:
        await waits.requested("t1", is_open=True)
        async with waits.answering("t2"):
            pass
        assert waits.states[-1]
        await waits.answered("t1")
        assert not waits.states[-1]


async def test_no_wait_outlasts_its_session(tmp_path: Path) -> None:
    async with waits_of_a_run(tmp_path) as waits:
        await waits.requested("t1", is_open=True)
        await waits.close()
        assert waits.states == [True, False]


async def test_a_log_that_fails_does_not_fail_the_callback(tmp_path: Path) -> None:
    async with waits_of_a_run(tmp_path) as waits:
        pass
    async with waits.answering("t1"):
        pass
    assert waits.states == []
