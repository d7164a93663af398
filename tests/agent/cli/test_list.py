"""`agent list`: a table for people that hides nothing, and lines of JSON for programs."""

import json
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.cli.list import agent_json, table_lines
from agent.safety.register import Entry, RunningAgent
from tests.helpers import RUN

NOW = datetime(2026, 11, 23, 2, 14, 30, tzinfo=UTC)
BERLIN = timezone(timedelta(hours=1), "CET")


def agent(
    project: str = "/home/anna/src/notes", run: str = RUN, *, stopping: bool = False, since: str = ""
) -> RunningAgent:
    entry = Entry(
        pid=4711,
        identity="x",
        machine="here",
        kind="build",
        run=run,
        run_file=f"/home/anna/runs/{run}.ndjson",
        project=project,
        since=since or "2026-11-23T01:12:30Z",
    )
    return RunningAgent(entry, Path("x"), stopping)


@pytest.mark.parametrize("width", [100, 200, None])
def test_a_row_has_everything_that_is_asked_about_an_agent(width: int | None) -> None:
    header, row = table_lines([agent()], NOW.astimezone(BERLIN), width)
    assert header.split() == ["PID", "AGENT", "RUN", "SINCE", "PROJECT"]
    assert re.split("  +", row) == ["4711", "build", RUN, "02:12 CET (1h 02m)", "/home/anna/src/notes"]


LONG = "/home/anna/" + "a-long-name/" * 12 + "漢字漢字"


def test_a_long_path_continues_on_the_next_line_of_its_column() -> None:
    header, *lines = table_lines([agent(LONG)], NOW, 100)
    column = header.index("PROJECT")
    assert "".join(line[column:] for line in lines) == LONG
    assert max(map(len, lines)) <= 100


def test_no_width_breaks_an_id_a_time_or_a_unit() -> None:
    for width in range(30, 221):
        lines = table_lines([agent("/p", stopping=True), agent(LONG)], NOW, width)
        assert max(map(cell_len, lines)) <= width
        for whole in (RUN, "build, stopping", "4711", "01:12 UTC (1h 02m)", "/p"):
            assert any(whole in line for line in lines), (width, whole)


@pytest.mark.parametrize("width", [30, 60])
def test_on_a_narrow_screen_an_agent_has_lines_of_its_own(width: int) -> None:
    lines = table_lines([agent(LONG, stopping=True), agent()], NOW, width)
    assert max(map(len, lines)) <= width
    first, second = (index for index, line in enumerate(lines) if RUN in line)
    assert first == 0
    assert "".join("".join(lines[:second]).split()) == f"{RUN}build,stoppingprocess471101:12UTC(1h02m){LONG}"


def test_an_agent_of_yesterday_has_a_date() -> None:
    *_, row = table_lines([agent(since="2026-11-22T01:12:30Z")], NOW, 200)
    assert "2026-11-22 01:12 UTC (1d 1h)" in row


@pytest.mark.parametrize("since", ["yesterday", "2026-11-23T01:12:30", "\x1b[2J"])
def test_a_time_that_is_not_one_is_shown_as_it_is(since: str) -> None:
    *_, row = table_lines([agent(since=since)], NOW, 200)
    assert row.isprintable()
    assert json.loads(agent_json(agent(since=since), NOW))["elapsed_s"] is None


@pytest.mark.parametrize("width", [60, 200, None])
def test_names_cannot_write_to_the_terminal(width: int | None) -> None:
    lines = table_lines([agent("/tmp/\x1b[2J\n[red]x[/red]\udcff", "\x07run")], NOW, width)
    assert all(line.isprintable() for line in lines)
    assert agent_json(agent("/tmp/\x1b[2J\x9b\udcff"), NOW).isprintable()


def test_json_has_all_fields() -> None:
    assert json.loads(agent_json(agent(stopping=True), NOW)) == {
        "pid": 4711,
        "run": RUN,
        "kind": "build",
        "project": "/home/anna/src/notes",
        "since": "2026-11-23T01:12:30Z",
        "elapsed_s": 3720,
        "stopping": True,
        "run_file": f"/home/anna/runs/{RUN}.ndjson",
    }


def invoke(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["list", *arguments], env={"XDG_STATE_HOME": str(state)})


def test_an_empty_list_says_so_to_people_only(tmp_path: Path) -> None:
    result = invoke(tmp_path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "agent: no agent is running\n")
    result = invoke(tmp_path, "-o", "json")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_a_register_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "runtail").write_text("in the way")
    result = invoke(tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    remedy = "make it readable, or move it away"
    assert result.stderr == f"agent: cannot read {tmp_path}/runtail: {os.strerror(20)}; {remedy}\n"
