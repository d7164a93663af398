"""The panel of a run over HTTP, and the steps from one of its problems to the next."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from observer.runs.summary import panel
from observer.web.summaries import panel_cache
from tests.helpers import RUN as NAME
from tests.helpers import event_at
from tests.observer.report.runs import RUN
from tests.observer.web.asking import Served, run_of, serving

ERROR = event_at(30, "error", message="later trouble", kind="silence")


async def get_panel(served: Served) -> Any:
    answer = await served.get(f"/api/runs/{NAME}/panel")
    assert answer.status == 200, answer
    return answer.json


async def get_step(served: Served, query: str) -> Any:
    answer = await served.get(f"/api/runs/{NAME}/problem?{query}")
    assert answer.status == 200, answer
    return answer.json


def titles(found: Any) -> list[str]:
    return [section["title"] for section in found["panel"]["sections"]]


async def test_a_panel_has_sections_of_words_with_tones_and_links(tmp_path: Path) -> None:
    path = run_of(tmp_path, *RUN)
    async with serving(tmp_path) as served:
        found = await get_panel(served)
    assert found["size"] == found["read_to"] == path.stat().st_size
    assert titles(found)[:3] == ["How it ended", "Features: 2 of 5 pass", "What went wrong: 4"]
    problem = found["panel"]["sections"][2]["rows"][0]
    assert problem["words"][1] == ["Bash", "bad"]
    data = path.read_bytes()
    assert b'"tool_result"' in data[problem["at"] : data.index(b"\n", problem["at"])]
    assert found["panel"]["closing"]["words"][1] == ["failed", "bad"]
    assert found["panel"]["problems"] == 4


async def test_the_panel_of_a_live_run_follows_it_and_has_no_closing_row(tmp_path: Path) -> None:
    path = run_of(tmp_path, *RUN[:2])
    async with serving(tmp_path) as served:
        assert (await get_panel(served))["panel"]["closing"] is None
        with path.open("ab") as file:
            file.write(ERROR)
        found = await get_panel(served)
    assert found["read_to"] == path.stat().st_size
    assert found["panel"]["problems"] == 1


async def test_a_panel_is_made_once_a_second_for_all_clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, made = run_of(tmp_path, *RUN[:2]), []

    def counting(*arguments: Any) -> panel.Panel:
        made.append(1)
        return panel.make_panel(*arguments)

    monkeypatch.setattr(panel_cache, "make_panel", counting)
    monkeypatch.setattr(panel_cache, "REFRESH_S", 3600.0)
    async with serving(tmp_path) as served:
        await asyncio.gather(*(get_panel(served) for _ in range(5)))
        assert len(made) == 1
        with path.open("ab") as file:
            file.write(ERROR)
        monkeypatch.setattr(panel_cache, "REFRESH_S", 0.3)
        answers = await asyncio.gather(*(get_panel(served) for _ in range(5)))
    assert [answer["panel"]["problems"] for answer in answers] == [1] * 5
    assert len(made) == 2


async def test_before_the_last_step_a_panel_has_what_the_beginning_and_the_end_of_the_file_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panel_cache, "MAX_READ_S", 0.0)
    monkeypatch.setattr(panel_cache, "_FIRST_READ_S", 0.0)
    monkeypatch.setattr(panel_cache, "_BLOCK_BYTES", 2000)
    run_of(tmp_path, *RUN)
    async with serving(tmp_path) as served:
        first = await get_panel(served)
        assert 0 < first["read_to"] < first["size"]
        assert [section["name"] for section in first["panel"]["sections"]] == ["verdict", "spending"]
        assert first["panel"]["sections"][0]["rows"][0]["words"][0] == ["failed", "bad"]
        seen: list[Any] = []

        async def is_read() -> bool:
            seen.append(await get_panel(served))
            return bool(seen[-1]["read_to"] == seen[-1]["size"])

        for _ in range(20):
            if await is_read():
                break
    assert seen[-1]["panel"]["problems"] == 4


async def test_steps_go_from_problem_to_problem_and_begin_again(tmp_path: Path) -> None:
    path = run_of(tmp_path, *RUN)
    size = path.stat().st_size
    async with serving(tmp_path) as served:
        found = await get_panel(served)
        rows = [row["at"] for row in found["panel"]["sections"][2]["rows"]]
        at = f"{found['generation']}."
        step = await get_step(served, f"after={at}0")
        assert (step["at"], step["words"]) == (rows[0], "error 1 of 4")
        step = await get_step(served, f"after={at}{rows[0] + 1}")
        assert (step["at"], step["words"]) == (rows[1], "error 2 of 4")
        step = await get_step(served, f"after={at}{size}")
        assert (step["at"], step["words"]) == (rows[0], "error 1 of 4, again from the start")
        step = await get_step(served, f"before={at}{rows[0]}")
        assert (step["at"], step["words"]) == (rows[3], "error 4 of 4, again from the end")


@pytest.mark.parametrize(
    ("query", "status"),
    [("after=0123456789abcdef.0", 409), ("after=start", 400), ("", 400), ("after=0123456789abcdef.0&before=x", 400)],
)
async def test_a_step_from_elsewhere_is_refused(tmp_path: Path, query: str, status: int) -> None:
    run_of(tmp_path, *RUN)
    async with serving(tmp_path) as served:
        assert (await served.get(f"/api/runs/{NAME}/problem?{query}")).status == status


async def test_a_file_that_was_replaced_has_a_panel_of_its_own(tmp_path: Path) -> None:
    run_of(tmp_path, *RUN)
    async with serving(tmp_path) as served:
        assert (await get_panel(served))["panel"]["problems"] == 4
        (tmp_path / "other").write_bytes(b"".join(RUN[:2]))
        (tmp_path / "other").replace(tmp_path / f"{NAME}.ndjson")
        assert (await get_panel(served))["panel"]["problems"] == 0


async def test_an_empty_file_has_a_panel(tmp_path: Path) -> None:
    run_of(tmp_path)
    async with serving(tmp_path) as served:
        assert titles(await get_panel(served)) == ["When it was last seen"]
