"""The stream of the newest run, and of the next one when it begins."""

from pathlib import Path

import pytest

from observer.web import hub
from tests.helpers import line
from tests.observer.web.asking import run_of, serving

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
