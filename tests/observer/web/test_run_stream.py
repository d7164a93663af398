"""Streams of a run: every line exactly once, whatever happens to the file, the client or the server."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.helpers import RUN, append, line
from tests.observer.web.asking import eventually, run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)
END = line(99, "complete", outcome="success", duration_ms=1000)


async def test_a_stream_tells_each_line_as_written_with_the_cursor_just_past_it(tmp_path: Path) -> None:
    lines = [START, line(2, text="grüße 🌍 \u2028"), line(3)]
    run_of(tmp_path, *lines)
    async with serving(tmp_path) as served:
        found = await (await served.events()).until("caught-up")
        assert [message.data.encode() + b"\n" for message in found] == lines
        assert {message.event for message in found} == {"message"}
        generations = {message.id.partition(".")[0] for message in found}
        assert len(generations) == 1
        assert len(generations.pop()) == 16
        assert [int(message.id.partition(".")[2]) for message in found] == [
            len(b"".join(lines[: n + 1])) for n in range(3)
        ]


async def test_lines_come_as_they_are_written_and_half_ones_wait(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.until("caught-up")
        append(path, line(2)[:20])
        append(path, line(2)[20:] + line(3))
        assert [message.json["seq"] for message in await stream.messages(2)] == [2, 3]


@pytest.mark.parametrize(
    ("asked", "first"), [("", 1), ("from=start", 1), ("from=-2", 49), ("from=end", 51), ("from=-999", 1)]
)
async def test_a_stream_begins_where_it_is_asked_to(tmp_path: Path, asked: str, first: int) -> None:
    path = run_of(tmp_path, *(line(seq) for seq in range(1, 51)))
    async with serving(tmp_path) as served:
        stream = await served.events(asked)
        found = await stream.until("caught-up")
        append(path, line(51))
        assert [message.json["seq"] for message in [*found, await stream.message()]] == list(range(first, 52))


@pytest.mark.parametrize("way", ["header", "last", "from"])
async def test_coming_back_with_the_last_id_loses_nothing_and_repeats_nothing(tmp_path: Path, way: str) -> None:
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


async def test_coming_back_after_the_server_was_restarted_goes_on_exactly(tmp_path: Path) -> None:
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
async def test_an_id_that_is_none_of_this_file_starts_over_and_says_so(tmp_path: Path, last: str) -> None:
    run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events(headers={"Last-Event-ID": last})
        reset, *found = await stream.until("caught-up")
        assert reset.event == "reset"
        assert reset.json["reason"]
        assert [message.json["seq"] for message in found] == [1, 2]


async def test_an_offset_that_no_line_ends_at_starts_over(tmp_path: Path) -> None:
    run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        last = (await (await served.events()).message()).id
        stream = await served.events(headers={"Last-Event-ID": f"{last}"[:-1] + "1"})
        assert (await stream.message()).event == "reset"


async def test_an_id_of_a_file_that_was_replaced_while_away_starts_over(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events()
        last = (await stream.until("caught-up"))[-1].id
        stream.close()
        await eventually(lambda: served.server.hub.clients == 0)
        (tmp_path / "new").write_bytes(line(1, "run_start", host="new") + line(2) + line(3))
        os.replace(tmp_path / "new", path)
        reset, *found = await (await served.events(headers={"Last-Event-ID": last})).until("caught-up")
        assert reset.event == "reset"
        assert [message.json["seq"] for message in found] == [1, 2, 3]


async def test_a_file_replaced_while_it_is_streamed_is_told_to_its_end_and_then_the_new_one(tmp_path: Path) -> None:
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
async def test_a_file_truncated_while_it_is_streamed_starts_over(tmp_path: Path, content: bytes) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.until("caught-up")
        path.write_bytes(content)
        assert await stream.until("reset") == []
        append(path, line(7))
        found: list[int] = []
        while 7 not in found:
            message = await stream.message()
            found += [message.json["seq"]] if message.event == "message" else []
        assert len(found) == content.count(b"\n") + 1


async def test_a_client_far_behind_whose_file_is_cut_short_starts_over(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *(line(seq, text="x" * 1000) for seq in range(2, 30_000)))
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.message()
        path.write_bytes(line(1, "run_start", host="anew") + line(2))
        await stream.until("reset")
        found = await stream.until("caught-up")
        assert [(message.event, message.json.get("seq")) for message in found] == [("message", 1), ("message", 2)]


async def test_a_line_that_is_no_event_is_told_as_such(tmp_path: Path) -> None:
    run_of(tmp_path, START, b"not json\n", b"\n", b"[1]\n", b'{"type":"x","data":{"a":"\xff"}}\n', line(3))
    async with serving(tmp_path) as served:
        found = await (await served.events()).until("caught-up")
        assert [message.event for message in found] == ["message", "malformed", "malformed", "malformed", "message"]
        assert found[1].json["bytes"] == 8
        assert found[1].json["preview"] == "not json"
        assert found[-1].id.endswith(f".{(tmp_path / f'{RUN}.ndjson').stat().st_size}")


async def test_a_line_of_megabytes_is_announced_and_fetched_only_on_demand(tmp_path: Path) -> None:
    big = line(2, "tool_result", output="y" * 3_000_000)
    path = run_of(tmp_path, START, big, line(3))
    async with serving(tmp_path) as served:
        stream = await served.events()
        found = await stream.until("caught-up")
        assert [message.event for message in found] == ["message", "long", "message"]
        assert found[1].json == {"bytes": len(big) - 1, "type": "tool_result", "seq": 2}
        assert (await served.get(f"/api/runs/{RUN}/line?at={found[1].id}")).body == big.rstrip()
        append(path, big)
        assert (await stream.message()).json["bytes"] == len(big) - 1


async def test_a_carriage_return_in_a_line_forges_no_event(tmp_path: Path) -> None:
    forged = b'\r\rid: 0123456789abcdef.1\revent: reset\rdata: {"reason":"x"}\r\r'
    spaced = b'{"seq":2,"type":"info",\r"data":{}}\r\n'
    nul = b'{"seq":3,"type":"info","data":{"text":"\\u0000\\u2028</script>"}}\n'
    run_of(tmp_path, START, forged + b"\n", spaced, b'{"type":"info","data":{"a":"' + forged + b'"}}\n', nul)
    async with serving(tmp_path) as served:
        found = await (await served.events()).until("caught-up")
        assert [message.event for message in found] == ["message", "malformed", "message", "malformed", "message"]
        assert found[2].json == {"seq": 2, "type": "info", "data": {}}
        assert found[4].json["data"]["text"] == "\0\u2028</script>"


async def test_lines_for_programs_are_the_bytes_of_the_file_and_end_with_the_run(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, b"not json\n", line(2))
    async with serving(tmp_path) as served:
        stream = await served.events(headers={"Accept": "application/x-ndjson"})
        assert stream.headers["content-type"].startswith("application/x-ndjson")
        first = await stream.piece()
        append(path, END)
        assert first + await stream.rest() == path.read_bytes()


async def test_lines_without_following_end_at_the_end_of_the_file(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        assert await served.plain("follow=0") == path.read_bytes()
        assert await served.plain("follow=0&from=-1") == line(2)


async def test_the_newest_run_is_followed_and_then_the_next(tmp_path: Path) -> None:
    run_of(tmp_path, START, END)
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/events")
        assert [message.json["type"] for message in await stream.until("caught-up")] == ["run_start", "complete"]
        run_of(tmp_path, line(1, "run_start", host="next"), name="20261124T000000Z-000000")
        await stream.until("reset")
        assert (await stream.message()).json["data"] == {"host": "next"}


async def test_a_plain_page_of_the_older_kind_waits_for_the_first_run(tmp_path: Path) -> None:
    async with serving(tmp_path / "runs") as served:
        stream = await served.stream("/api/events")
        (tmp_path / "runs").mkdir()
        run_of(tmp_path / "runs", START)
        assert {"type", "data", "timestamp"} <= (await stream.message()).json.keys()


async def test_a_client_that_went_away_is_gone_within_a_second_and_its_file_is_closed(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        streams = [await served.events() for _ in range(5)]
        for stream in streams:
            await stream.until("caught-up")
        assert served.server.hub.clients == 5
        for stream in streams:
            stream.close()
        async with asyncio.timeout(1):
            await eventually(lambda: served.server.hub.clients == 0)
        await eventually(lambda: str(path) not in _open_files())


async def test_two_hundred_clients_hear_the_same_from_one_reader(tmp_path: Path) -> None:
    path = run_of(tmp_path, *(line(seq) for seq in range(1, 101)))
    async with serving(tmp_path) as served:
        streams = [await served.events() for _ in range(200)]
        for stream in streams:
            await stream.until("caught-up")
        assert _open_files().count(str(path)) == 1
        for seq in range(101, 151):
            append(path, line(seq))
        for stream in streams:
            assert [message.json["seq"] for message in await stream.messages(50)] == list(range(101, 151))


def _open_files() -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        try:
            found.append(os.readlink(f"/proc/self/fd/{name}"))
        except FileNotFoundError:
            continue
    return found
