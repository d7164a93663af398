"""Two runs beside each other, over HTTP. Tests observer.web.summaries.comparison_stream."""

import threading
from pathlib import Path
from typing import Any

import pytest

from observer.runs import compare_runs
from tests.helpers import LIMIT_S, line, wait_until_async
from tests.observer.web.asking import Served, run_of, serving

ONE, OTHER = "20261123T011230Z-000000", "20261124T011230Z-000000"
START = line(1, "run_start", project_dir="/p", host="elsewhere", pid=1)


def use(command: str) -> bytes:
    return line(2, "tool_use", id="t", name="Bash", input={"command": command})


async def compared(served: Served, query: str = f"first={ONE}&second={OTHER}") -> list[tuple[str, Any]]:
    stream = await served.stream(f"/api/compare?{query}")
    assert stream.status == 200
    return [(message.event, message.json) for message in await stream.until("done")]


async def test_two_runs_are_compared_as_a_table_with_the_places_of_both(tmp_path: Path) -> None:
    run_of(tmp_path, START, use("ls"), name=ONE)
    run_of(tmp_path, START, line(2, "info", message="hm"), use("pwd"), name=OTHER)
    async with serving(tmp_path) as served:
        messages = await compared(served)
    (_, progress), (kind, comparison) = messages[0], messages[-1]
    assert kind == "comparison"
    assert progress["bytes"] == sum((tmp_path / f"{name}.ndjson").stat().st_size for name in (ONE, OTHER))
    assert comparison["names"] == [ONE, OTHER]
    (row,) = next(section["rows"] for section in comparison["sections"] if section["name"] == "parting")
    assert [cell[1][0] for cell in row["cells"]] == ["ls", "pwd"]
    assert row["at"] == [len(START), len(START + line(2, "info", message="hm"))]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), (f"first={ONE}", 400), (f"first={ONE}&second=", 400), (f"first={ONE}&second=none", 404), ("a=1", 400)],
)
async def test_both_runs_must_be_named_and_exist(tmp_path: Path, query: str, status: int) -> None:
    run_of(tmp_path, START, name=ONE)
    async with serving(tmp_path) as served:
        assert (await served.get(f"/api/compare?{query}")).status == status


async def test_a_comparison_ends_with_its_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (ONE, OTHER):
        run_of(tmp_path, START, name=name)
    reading, go_on = threading.Event(), threading.Event()

    def read_on(_: object) -> bool:
        reading.set()
        assert go_on.wait(LIMIT_S)
        return True

    monkeypatch.setattr(compare_runs.RunComparer, "read_on", read_on)
    async with serving(tmp_path) as served:
        stream = await served.stream(f"/api/compare?first={ONE}&second={OTHER}")
        await wait_until_async(reading.is_set)
        stream.close()
        go_on.set()
        await wait_until_async(lambda: served.server.pools.summaries.pending == 0)
