"""A text that is written in pieces: no secret is cut between two of them, and nothing is lost."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agent import RunLog
from agent.events import Info, Thinking, Thought
from tests.agent.runlog.writing import events_of, quiet_log

SECRET = "ghp_" + "Ab1c" * 9
CUTS = [1, 4, 10, 30]


def thoughts(path: Path) -> list[dict[str, Any]]:
    return [event["data"] for event in events_of(path) if event["type"] in {"thought", "thinking"}]


@pytest.mark.parametrize("cut", CUTS)
async def test_a_secret_that_is_cut_between_two_pieces_is_redacted(cut: int, tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log, log.stream("m") as text:
        await text.write("The token is " + SECRET[:cut])
        await text.write(SECRET[cut:] + ", as promised.")
    assert (
        "".join(piece["text"] for piece in thoughts(log.path)) == "The token is [redacted:github_token], as promised."
    )
    assert SECRET[-20:] not in log.path.read_text()


@pytest.mark.parametrize("cut", CUTS)
def test_so_it_is_in_synchronous_code(cut: int, tmp_path: Path) -> None:
    with quiet_log(tmp_path) as log, log.stream("m") as text:
        text.write("The token is " + SECRET[:cut])
        text.write(SECRET[cut:] + ", as promised.")
    assert (
        "".join(piece["text"] for piece in thoughts(log.path)) == "The token is [redacted:github_token], as promised."
    )
    assert SECRET[-20:] not in log.path.read_text()


async def test_a_piece_that_is_no_secret_is_the_kernels_when_write_returns(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log, log.stream("m") as text:
        await text.write("I will look at it first. ")
        assert [piece["text"] for piece in thoughts(log.path)] == ["I will look at it first. "]


async def test_the_held_back_end_is_written_when_the_block_ends(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        async with log.stream("m") as text:
            await text.write("see the password")
        await log.emit(Info(message="next"))
    assert "".join(piece["text"] for piece in thoughts(log.path)) == "see the password"


async def test_most_of_a_secret_is_left_out_when_the_block_is_cancelled(tmp_path: Path) -> None:
    async def speak(log: RunLog) -> None:
        async with log.stream("m") as text:
            await text.write("It begins with " + SECRET[:20])
            await asyncio.Event().wait()

    async with quiet_log(tmp_path) as log:
        task = asyncio.create_task(speak(log))
        while not thoughts(log.path):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert SECRET[:20] not in log.path.read_text()
    assert [piece["text"] for piece in thoughts(log.path)] == ["It begins with "]


def test_most_of_a_secret_is_left_out_when_an_exception_ends_the_block(tmp_path: Path) -> None:
    with quiet_log(tmp_path) as log, suppress(ZeroDivisionError), log.stream("m") as text:
        text.write("It begins with " + SECRET[:20])
        raise ZeroDivisionError
    assert [piece["text"] for piece in thoughts(log.path)] == ["It begins with "]


async def test_each_stream_is_a_message_of_its_own_unless_it_is_named(tmp_path: Path) -> None:
    async with quiet_log(tmp_path) as log:
        for kind in (Thought, Thinking):
            async with log.stream(kind=kind, block=2, parent="t") as text:
                await text.write("one. ")
    lines = [line for line in events_of(log.path) if line["parent"] == "t"]
    assert [line["type"] for line in lines] == ["thought", "thinking"]
    assert [line["data"]["block"] for line in lines] == [2, 2]
    assert len({line["data"]["message"] for line in lines}) == 2


async def test_two_events_of_emit_are_written_as_they_are(tmp_path: Path) -> None:
    """`emit` promises that the line is the kernel's when it returns, so it cannot wait for the rest of a secret."""
    async with quiet_log(tmp_path) as log:
        await log.emit(Thought(text=SECRET[:10], message="m", block=0))
        assert [piece["text"] for piece in thoughts(log.path)] == [SECRET[:10]]
