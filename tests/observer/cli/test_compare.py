"""`observe compare` as a process: two runs side by side, and the first point where they part."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from tests.helpers import event
from tests.observer.cli.conftest import Finished
from tests.observer.observing import SUCCESS, Observe

START = event("run_start", project_dir="/p", about="A thing")


def use(command: str) -> bytes:
    return event("tool_use", id="t1", name="Bash", input={"command": command})


def write(directory: Path) -> None:
    (directory / "runs").mkdir()
    for name, command in (("20261123T011230Z-aaaaaa", "ls"), ("20261124T011230Z-bbbbbb", "pwd")):
        (directory / "runs" / f"{name}.ndjson").write_bytes(START + use(command) + SUCCESS)
    (directory / "runs" / "latest.ndjson").symlink_to("20261124T011230Z-bbbbbb.ndjson")


def test_a_run_is_compared_with_the_most_recent_one(observe: Callable[..., Observe], tmp_path: Path) -> None:
    write(tmp_path)
    compared = observe("compare", "20261123", cwd=tmp_path)
    assert compared.ends() == 1
    (line,) = [line for line in compared.out.decode().split("\n") if "first difference" in line]
    assert "Bash ls" in line
    assert "Bash pwd" in line


def test_as_json_it_is_one_object(run_command: Callable[..., Finished], tmp_path: Path) -> None:
    write(tmp_path)
    paths = [tmp_path / "runs" / f"{name}.ndjson" for name in ("20261123T011230Z-aaaaaa", "latest")]
    found = json.loads(run_command("compare", "-o", "json", *paths).out)
    assert [run["file"] for run in found["runs"]] == [str(path) for path in paths]
    assert [step["seq"] for step in found["parting"]["steps"]] == [1, 1]
    assert run_command("compare", "-o", "json", paths[0], paths[0]).code == 0


def test_standard_input_can_be_only_one_of_the_runs(run_command: Callable[..., Finished]) -> None:
    ended = run_command("compare", "-", "-")
    assert (ended.code, ended.err) == (2, "observe: standard input can be one of the runs, not both\n")


def test_a_fifo_is_to_be_standard_input(run_command: Callable[..., Finished], tmp_path: Path) -> None:
    os.mkfifo(fifo := tmp_path / "p.ndjson")
    done = run_command("compare", fifo, fifo)
    assert done.code == 2
    hint = "give - in its place, and pass it as standard input"
    assert done.err == f"observe: {fifo} is a FIFO, not a run file; {hint}\n"
