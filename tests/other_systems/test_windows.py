"""Runs are read on Windows, which is simulated by taking away what only POSIX has; writing one says that it cannot."""

import json
import shutil
import signal
from pathlib import Path

import pytest

from tests.helpers import append, event
from tests.observer.observing import START, SUCCESS, THOUGHT
from tests.other_systems import WRITER, finish, observe, read_until, run, start

EXAMPLE = Path(__file__).parents[2] / "docs" / "example.ndjson"
RUN = "20261123T011230Z-7f3a9c"
CANNOT = "runs cannot be written on Windows, which has no lock that viewers can query; write them in WSL"
FOLLOW = """
import asyncio, sys
from observer import follow, load_run

async def main():
    async for event in follow("runs/latest.ndjson"):
        print(event.type)

asyncio.run(main())
print(load_run("runs/latest.ndjson").outcome)
"""
LIBRARIES = "aiofiles.os nats pytest rich.console textual.app uvicorn watchfiles"
IMPORT_ALL = """
import importlib, pkgutil
import observer
for module in pkgutil.walk_packages(observer.__path__, "observer."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory with a runs directory, in which the latest run is a file: Windows has no symlinks for all."""
    (tmp_path / "runs").mkdir()
    shutil.copyfile(EXAMPLE, tmp_path / "runs" / f"{RUN}.ndjson")
    return tmp_path


def test_every_module_of_the_observer_can_be_imported(tmp_path: Path) -> None:
    assert run("windows", tmp_path, "-c", IMPORT_ALL, LOADED_BEFORE=LIBRARIES) == (0, "", "")


def test_a_run_is_shown_listed_summarized_checked_and_reported(folder: Path) -> None:
    assert "✓ complete" in observe("windows", folder, "tail", "--no-follow", RUN)
    assert "complete" in observe("windows", folder, "list")
    assert "greet.py" in observe("windows", folder, "show", RUN)
    assert run("windows", folder, "-m", "observer", "check", RUN) == (0, "", "observe: 1 run checked, 0 findings\n")
    assert observe("windows", folder, "report", RUN).startswith("<!doctype html>")


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_run_is_followed_until_it_is_complete(folder: Path, output: str) -> None:
    path = folder / "runs" / "20261124T000000Z-000000.ndjson"
    path.write_bytes(START + THOUGHT)
    viewer = start("windows", folder, "-m", "observer", "tail", path.stem, "-o", output)
    read_until(viewer, "hello there")
    append(path, SUCCESS)
    code, out, err = finish(viewer)
    assert (code, err) == (0, "")
    assert "all done" in out


def test_a_run_whose_writer_may_be_alive_is_not_taken_for_crashed(folder: Path) -> None:
    (folder / "runs" / "20261124T000000Z-000000.ndjson").write_bytes(START + THOUGHT)
    newest = observe("windows", folder, "list", "-n", "1", "-o", "json")
    assert json.loads(newest)["verdict"] == "working"


def test_standard_input_is_read_although_it_cannot_be_waited_for(folder: Path) -> None:
    assert "success" in observe("windows", folder, "tail", "-", "-o", "text", stdin=EXAMPLE.read_text())


def test_several_runs_are_followed_together(folder: Path) -> None:
    second = folder / "second.ndjson"
    second.write_bytes(START + event("thought", text="another one", message="m", block=0) + SUCCESS)
    assert "another one" in observe("windows", folder, "tail", RUN, str(second), "-o", "text")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_viewer_that_waits(folder: Path, number: signal.Signals) -> None:
    path = folder / "runs" / "20261124T000000Z-000000.ndjson"
    path.write_bytes(START + THOUGHT)
    viewer = start("windows", folder, "-m", "observer", "tail", path.stem, "-o", "text")
    read_until(viewer, "hello there")
    viewer.send_signal(number)
    assert finish(viewer) == (128 + number, "", "")


def test_a_program_follows_and_loads_a_run(folder: Path) -> None:
    shutil.copyfile(EXAMPLE, folder / "runs" / "latest.ndjson")
    code, out, err = run("windows", folder, "-c", FOLLOW)
    assert (code, err) == (0, "")
    assert out.splitlines()[-2:] == ["complete", "success"]


def test_opening_a_log_says_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    code, _, err = run("windows", tmp_path, "-c", WRITER)
    assert code == 1
    assert err.splitlines()[-1].startswith(f"agent.errors.RunLogUnusable: {CANNOT}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("demo",), ("run", "x"), ("build", str(EXAMPLE), "--project", "new")])
def test_a_command_that_would_write_says_one_sentence_and_leaves_nothing(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, out, err = run("windows", tmp_path, "-m", "agent", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"agent: {CANNOT}")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_help_of_such_a_command_can_be_read(tmp_path: Path) -> None:
    code, out, err = run("windows", tmp_path, "-m", "agent", "run", "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: agent run")
