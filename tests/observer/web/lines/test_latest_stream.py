"""The stream of the newest run, and of the next one when it begins."""

from pathlib import Path

import pytest

from observer.web.broadcasts import hub
from tests.helpers import RUN, append, line
from tests.observer.observing import lock
from tests.observer.web.asking import Stream, run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1)
END = line(99, "complete", outcome="success", duration_ms=1000)


async def test_the_newest_run_is_followed_and_then_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "KEEPALIVE_S", 600.0)  # a new run itself has to wake the stream
    run_of(tmp_path, START, END)
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/events")
        assert [message.json["type"] for message in await stream.until("caught-up")] == ["run_start", "complete"]
        run_of(tmp_path, line(1, "run_start", host="next"), name="20261124T000000Z-000000")
        await stream.until("reset")
        assert (await stream.message()).json["data"] == {"host": "next"}


async def test_the_stream_of_the_newest_run_waits_for_the_first_run(tmp_path: Path) -> None:
    async with serving(tmp_path / "runs") as served:
        stream = await served.stream("/api/events")
        (tmp_path / "runs").mkdir()
        run_of(tmp_path / "runs", START)
        assert {"type", "data", "timestamp"} <= (await stream.message()).json.keys()


LATER = [f"20261124T00000{number}Z-000000" for number in range(4)]


def started(folder: Path, name: str, *lines: bytes) -> Path:
    return run_of(folder, line(1, "run_start", host=name), *lines, name=name)


async def heard(stream: Stream, resets: int) -> list[str]:
    """Return what a client hears up to the end of what there is: the host or the number of each line, and resets."""
    events: list[str] = []
    while events.count("reset") < resets or events[-1:] != ["caught-up"]:
        message = await stream.message()
        is_line = message.event == "message"
        events.append(str(message.json["data"].get("host", message.json["seq"])) if is_line else message.event)
    return events


async def test_a_client_that_resumes_hears_the_end_of_its_run_and_then_each_later_one(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, line(2))
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/events")
        cursor = (await stream.until("caught-up"))[0].id
        stream.close()
        append(path, line(3) + END)
        for name in LATER[:3]:
            started(tmp_path, name, END)
        stream = await served.stream("/api/events", {"Last-Event-ID": cursor})
        rest = [event for event in await heard(stream, 3) if event != "caught-up"]
        assert rest == ["2", "3", "99", "reset", LATER[0], "99", "reset", LATER[1], "99", "reset", LATER[2], "99"]


async def test_a_client_that_resumes_hears_the_end_of_its_run_after_a_restart_as_well(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/events")
        cursor = (await stream.until("caught-up"))[0].id
    append(path, END)
    started(tmp_path, LATER[0])
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/events", {"Last-Event-ID": cursor})
        assert await heard(stream, 1) == ["99", "caught-up", "reset", LATER[0], "caught-up"]


async def test_runs_that_begin_between_two_looks_are_heard_in_order(tmp_path: Path) -> None:
    run_of(tmp_path, START, END)
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/events")
        await stream.until("caught-up")
        (tmp_path / "latest.ndjson").symlink_to(f"{RUN}.ndjson")
        for name in LATER:
            started(tmp_path, name)
        (tmp_path / "new").symlink_to(f"{LATER[2]}.ndjson")
        (tmp_path / "new").replace(tmp_path / "latest.ndjson")
        names = [event for event in await heard(stream, 3) if event not in {"reset", "caught-up"}]
        assert names == LATER[:3]  # the last one is not the latest yet


async def test_a_run_that_is_still_written_is_heard_to_its_end_although_a_newer_one_began(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    with path.open("ab") as writer:
        lock(writer.fileno())
        async with serving(tmp_path) as served:
            stream = await served.stream("/api/events")
            cursor = (await stream.until("caught-up"))[0].id
            started(tmp_path, LATER[0])
            resumed = await served.stream("/api/events", {"Last-Event-ID": cursor})
            await resumed.until("caught-up")
            append(path, line(2))
            assert [(await each.message()).json["seq"] for each in (stream, resumed)] == [2, 2]
            writer.close()
            await resumed.until("reset")
            assert (await resumed.message()).json["data"] == {"host": LATER[0]}
