"""Streams of a run: each line exactly once, whatever happens to the file, the client or the server."""

import os
from pathlib import Path

import pytest

from tests.helpers import append, line, wait_until_async
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)
END = line(99, "complete", outcome="success", duration_ms=1000)


async def test_each_line_is_sent_as_written_with_the_cursor_just_past_it(tmp_path: Path) -> None:
    lines = [START, line(2, text="grüße 🌍 \u2028"), line(3)]
    run_of(tmp_path, *lines)
    async with serving(tmp_path) as served:
        messages = await (await served.events()).until("caught-up")
        assert [message.data.encode() + b"\n" for message in messages] == lines
        assert {message.event for message in messages} == {"message"}
        generations = {message.id.partition(".")[0] for message in messages}
        assert len(generations) == 1
        assert len(generations.pop()) == 16
        assert [int(message.id.partition(".")[2]) for message in messages] == [
            len(b"".join(lines[: n + 1])) for n in range(3)
        ]


async def test_new_lines_are_sent_at_once_and_partial_ones_wait(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.until("caught-up")
        append(path, line(2)[:20])
        append(path, line(2)[20:] + line(3))
        assert [message.json["seq"] for message in await stream.messages(2)] == [2, 3]


@pytest.mark.parametrize(
    ("query", "first"), [("", 1), ("from=start", 1), ("from=-2", 49), ("from=end", 51), ("from=-999", 1)]
)
async def test_a_stream_begins_at_the_requested_position(tmp_path: Path, query: str, first: int) -> None:
    path = run_of(tmp_path, *(line(seq) for seq in range(1, 51)))
    async with serving(tmp_path) as served:
        stream = await served.events(query)
        messages = await stream.until("caught-up")
        append(path, line(51))
        assert [message.json["seq"] for message in [*messages, await stream.message()]] == list(range(first, 52))


@pytest.mark.parametrize("way", ["header", "last", "from"])
async def test_resuming_with_the_last_id_loses_and_repeats_nothing(tmp_path: Path, way: str) -> None:
    path = run_of(tmp_path, *(line(seq) for seq in range(1, 1001)))
    async with serving(tmp_path) as served:
        stream = await served.events()
        heard = await stream.messages(317)
        stream.close()
        append(path, line(1001))
        last = heard[-1].id
        headers, query = ({"Last-Event-ID": last}, "from=start") if way == "header" else ({}, f"{way}={last}")
        heard += await (await served.events(query, headers=headers)).until("caught-up")
        assert [message.json["seq"] for message in heard] == list(range(1, 1002))


async def test_resuming_after_a_restart_of_the_server_loses_and_repeats_nothing(tmp_path: Path) -> None:
    path = run_of(tmp_path, *(line(seq) for seq in range(1, 101)))
    async with serving(tmp_path) as served:
        port = served.port
        stream = await served.events()
        heard = await stream.until("caught-up")
    await stream.ended()
    append(path, line(101) + line(102))
    async with serving(tmp_path, port=port) as served:
        heard += await (await served.events(headers={"Last-Event-ID": heard[-1].id})).until("caught-up")
    assert [message.json["seq"] for message in heard] == list(range(1, 103))


@pytest.mark.parametrize("last", ["garbage", "0123456789abcdef.10", "0123456789abcdef.-1", "é", "9" * 400])
async def test_an_id_of_another_file_resets_the_stream(tmp_path: Path, last: str) -> None:
    run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events(headers={"Last-Event-ID": last})
        reset, *messages = await stream.until("caught-up")
        assert reset.event == "reset"
        assert reset.json["reason"]
        assert [message.json["seq"] for message in messages] == [1, 2]


async def test_an_id_inside_a_line_resets_the_stream(tmp_path: Path) -> None:
    run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        last = (await (await served.events()).message()).id
        stream = await served.events(headers={"Last-Event-ID": f"{last}"[:-1] + "1"})
        assert (await stream.message()).event == "reset"


async def test_an_id_of_a_file_that_was_replaced_meanwhile_resets_the_stream(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events()
        last = (await stream.until("caught-up"))[-1].id
        stream.close()
        await wait_until_async(lambda: served.server.hub.clients == 0)
        (tmp_path / "new").write_bytes(line(1, "run_start", host="new") + line(2) + line(3))
        os.replace(tmp_path / "new", path)
        reset, *messages = await (await served.events(headers={"Last-Event-ID": last})).until("caught-up")
        assert reset.event == "reset"
        assert [message.json["seq"] for message in messages] == [1, 2, 3]


async def test_a_replaced_file_is_sent_to_its_end_and_then_the_new_one(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events()
        old = (await stream.until("caught-up"))[-1].id
        (tmp_path / "new").write_bytes(line(1, "run_start", host="new"))
        append(path, line(3))
        os.replace(tmp_path / "new", path)
        assert [message.json["seq"] for message in await stream.until("reset")] == [3]
        first, caught_up = await stream.messages(2)
        assert first.json["data"] == {"host": "new"}
        assert first.id.partition(".")[0] != old.partition(".")[0]
        assert caught_up.event == "caught-up"
        append(path, line(2))
        assert (await stream.message()).json["seq"] == 2


@pytest.mark.parametrize("content", [b"", line(1, "run_start", host="anew") + line(2) * 200], ids=["empty", "longer"])
async def test_a_truncated_file_resets_the_stream(tmp_path: Path, content: bytes) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.until("caught-up")
        path.write_bytes(content)
        assert await stream.until("reset") == []
        append(path, line(7))
        numbers: list[int] = []
        while 7 not in numbers:
            message = await stream.message()
            numbers += [message.json["seq"]] if message.event == "message" else []
        assert len(numbers) == content.count(b"\n") + 1


async def test_truncation_resets_a_client_that_is_far_behind(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *(line(seq, text="x" * 1000) for seq in range(2, 30_000)))
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.message()
        path.write_bytes(line(1, "run_start", host="anew") + line(2))
        await stream.until("reset")
        messages = await stream.until("caught-up")
        assert [(message.event, message.json.get("seq")) for message in messages] == [("message", 1), ("message", 2)]


async def test_plain_lines_are_the_bytes_of_the_file_and_end_with_the_run(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, b"not json\n", line(2))
    async with serving(tmp_path) as served:
        stream = await served.events(headers={"Accept": "application/x-ndjson"})
        assert stream.headers["content-type"].startswith("application/x-ndjson")
        first = await stream.piece()
        append(path, END)
        assert first + await stream.rest() == path.read_bytes()


async def test_plain_lines_without_follow_end_at_the_end_of_the_file(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        assert await served.plain("follow=0") == path.read_bytes()
        assert await served.plain("follow=0&from=-1") == line(2)
