"""The list of runs on the screen, and the way to a run and back. Tests observer.terminal.ui.help_screen, too."""

from pathlib import Path

import pytest

from observer.runs.listing.listing import Listing
from observer.terminal.ui.help_screen import HelpScreen
from observer.terminal.ui.run_screen import RunScreen
from observer.terminal.ui.runs_screen import RunsScreen
from tests.helpers import append, line
from tests.observer.terminal.ui.showing import Shown, showing

GOOD, BAD, LIVE = (f"20261123T01123{digit}Z-00000{digit}" for digit in range(3))


def runs_in(folder: Path) -> Path:
    def write(name: str, about: str, *lines: bytes) -> None:
        start = line(1, "run_start", about=about, pid=1, host="elsewhere", format=1)
        (folder / f"{name}.ndjson").write_bytes(b"".join([start, *lines]))

    write(GOOD, "Add a parser", line(2, "complete", outcome="success", cost_usd=0.5))
    write(BAD, "Mend the door", line(2, "complete", outcome="failed"))
    write(LIVE, "Paint a wall", line(2, "heartbeat", elapsed_s=5.0, idle_s=1.0))
    return folder


async def is_listed(shown: Shown, *texts: str) -> None:
    await shown.until(lambda: isinstance(shown.app.screen, RunsScreen) and all(
        any(text in row for row in shown.lines("#runs")) for text in texts
    ))  # fmt: skip


async def test_runs_are_listed_with_what_needs_you_and_open_with_enter(tmp_path: Path) -> None:
    async with showing(runs_in(tmp_path)) as shown:
        await is_listed(shown, GOOD, BAD, LIVE)
        assert shown.top.startswith("3 runs")
        await shown.press("j")
        selected = next(row for row in shown.lines("#runs") if row.startswith("▌"))
        await shown.press("enter")
        await shown.is_open()
        assert any(about in row for row in shown.log for about in ("parser", "door", "wall"))
        await shown.press("q")
        await is_listed(shown, GOOD)
        assert next(row for row in shown.lines("#runs") if row.startswith("▌")).split()[0] == selected.split()[0]


async def test_a_text_selects_runs(tmp_path: Path) -> None:
    async with showing(runs_in(tmp_path)) as shown:
        await is_listed(shown, GOOD)
        await shown.press("slash", *"door", "enter")
        await shown.until(lambda: sum(bool(row.strip(" ┃│")) for row in shown.lines("#runs")) == 1)
        assert "1 with 'door'" in shown.bottom
        await shown.press("q")
        await is_listed(shown, GOOD)


async def test_a_new_run_appears(tmp_path: Path) -> None:
    async with showing(runs_in(tmp_path)) as shown:
        await is_listed(shown, GOOD)
        append(tmp_path / "20261124T000000Z-00000a.ndjson", line(1, "run_start", about="Another", format=1))
        await is_listed(shown, "Another")
        assert shown.top.startswith("4 runs")


async def test_the_next_and_the_previous_run_are_opened(tmp_path: Path) -> None:
    async with showing(runs_in(tmp_path) / f"{BAD}.ndjson") as shown:
        for side, about in (("left", "parser"), ("right", "door"), ("right", "wall")):
            await shown.press(f"{side}_square_bracket")
            await shown.is_open()
            assert any(about in row for row in shown.log)
        await shown.press("right_square_bracket")
        await shown.until(lambda: "no newer run" in shown.bottom)
        await shown.press("r")
        await is_listed(shown, GOOD, BAD, LIVE)


async def test_the_keys_are_shown_and_left_again(tmp_path: Path) -> None:
    async with showing(runs_in(tmp_path) / f"{BAD}.ndjson", size=(90, 60)) as shown:
        await shown.press("question_mark")
        assert isinstance(shown.app.screen, HelpScreen)
        assert any("Search for a regular expression" in row for row in shown.lines("#keys"))
        await shown.press("q")
        assert isinstance(shown.app.screen, RunScreen)


async def test_the_command_palette_has_the_keys_and_nothing_that_writes_a_file(tmp_path: Path) -> None:
    async with showing(runs_in(tmp_path) / f"{BAD}.ndjson") as shown:
        titles = {command.title for command in shown.app.get_system_commands(shown.app.screen)}
        assert "Next error" in titles
        assert not any("screenshot" in title.lower() for title in titles)


async def test_leaving_says_which_run_was_shown(tmp_path: Path) -> None:
    async with showing(runs_in(tmp_path) / f"{BAD}.ndjson") as shown:
        await shown.press("q")
    assert shown.app.observed is not None
    assert shown.app.observed.status.verdict == "failed"


@pytest.mark.parametrize("name", [".", "missing"])
async def test_without_runs_it_says_what_to_do_until_there_is_one(tmp_path: Path, name: str) -> None:
    async with showing(tmp_path, list_runs=Listing(tmp_path / name).read) as shown:
        await shown.until(lambda: "no runs yet" in shown.top and "agent demo" in shown.top)
        (tmp_path / name).mkdir(exist_ok=True)
        runs_in(tmp_path / name)
        await is_listed(shown, GOOD, BAD, LIVE)
