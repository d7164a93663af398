"""Tests that lines are read from whatever standard input is, as soon as they are there, and whatever their length."""

import asyncio
import os
from pathlib import Path

import pytest

from agent.session import line_input
from agent.session.line_input import read_lines, split_lines


async def test_a_line_of_a_pipe_is_there_before_the_pipe_ends() -> None:
    reading, writing = os.pipe()
    lines = read_lines(reading)
    os.write(writing, b"one\ntw")
    assert await anext(lines) == b"one\n"
    os.write(writing, b"o\nlast")
    assert await anext(lines) == b"two\n"
    os.close(writing)
    assert [line async for line in lines] == [b"last"]
    os.close(reading)


async def test_a_file_is_read_like_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "saved"
    file.write_bytes(b"one\n\ntwo")
    with file.open("rb") as opened:
        assert [line async for line in read_lines(opened.fileno())] == [b"one\n", b"\n", b"two"]


async def test_an_empty_device_ends_at_once() -> None:
    with open(os.devnull, "rb") as device:
        assert [line async for line in read_lines(device.fileno())] == []


async def test_waiting_for_a_silent_pipe_can_be_cancelled() -> None:
    reading, writing = os.pipe()
    lines = read_lines(reading)
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    os.close(writing)
    os.close(reading)


@pytest.mark.parametrize("ending", [b"\n", b""])
async def test_of_a_line_that_is_too_long_only_the_beginning_is_kept(
    ending: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_input, "_REPORTED_BYTES", 4)
    reader = asyncio.StreamReader(limit=16)
    reader.feed_data(b"short\n" + b"abcdefgh" * 10 + ending)
    reader.feed_eof()
    lines = [line async for line in split_lines(reader)]
    assert lines == [b"short\n", b"abcd"]
