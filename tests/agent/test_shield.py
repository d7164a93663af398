"""Work that is completed although its task is cancelled."""

import asyncio

import pytest

from agent.shield import run_to_completion


async def test_a_cancellation_arrives_after_the_work_is_done() -> None:
    steps: list[int] = []

    async def work() -> None:
        for number in range(3):
            await asyncio.sleep(0.01)
            steps.append(number)

    task = asyncio.create_task(run_to_completion(work()))
    for _ in range(3):
        await asyncio.sleep(0.005)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == [0, 1, 2]


async def test_an_error_of_the_work_is_raised() -> None:
    async def work() -> None:
        raise ValueError("it failed")

    with pytest.raises(ValueError, match="it failed"):
        await run_to_completion(work())


async def test_work_is_told_at_once_that_it_is_waited_for() -> None:
    hurry = asyncio.Event()
    task = asyncio.create_task(run_to_completion(hurry.wait(), hurry.set))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
