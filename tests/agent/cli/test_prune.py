"""`agent prune`: what it prints, and its exit codes. What is pruned is tested in tests/agent/runlog/test_prune.py."""

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.runlog.run_file import update_latest
from tests.agent.runlog.test_prune import OTHER, RUN, aged, beside, write_run


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runs directory below the current one: an old run with an output, which is the latest, and a newer one."""
    monkeypatch.chdir(tmp_path)
    runs = Path("runs")
    runs.mkdir()
    write_run(runs, OTHER, age_s=3600)
    old = write_run(runs, RUN)
    beside(old, "toolu_1.txt")
    update_latest(old)
    return runs


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["prune", *arguments], prog_name="agent")


def test_what_is_removed_is_printed_with_its_size(runs: Path) -> None:
    result = invoke("--older", "30d")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"removed runs/{RUN}.ndjson (140 kB)",
        f"latest.ndjson now points to {OTHER}.ndjson",
        "1 run removed (140 kB)",
    ]


def test_a_link_without_a_run_is_removed_and_that_is_printed(runs: Path) -> None:
    lines = invoke("--older", "0d", "--compress").stdout.splitlines()
    assert lines[-2] == "removed latest.ndjson: no run is left that is not packed"
    assert not (runs / "latest.ndjson").is_symlink()
    assert "latest" not in invoke("--older", "0d").stdout


def test_a_dry_run_says_would(runs: Path) -> None:
    result = invoke("--older", "30d", "--dry-run", "--compress")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"would be packed runs/{RUN}.ndjson (140 kB)",
        "1 run would be packed (140 kB)",
    ]
    assert (runs / "latest.ndjson").exists()


def test_what_is_packed_is_printed_with_both_sizes(runs: Path) -> None:
    lines = invoke("--older", "30d", "--compress", "--runs", "runs").stdout.splitlines()
    assert re.fullmatch(rf"packed runs/{RUN}\.ndjson \(140 kB to \d+ B\)", lines[0])
    assert re.fullmatch(r"1 run packed \(140 kB to \d+ B\)", lines[-1])


def test_what_is_left_alone_is_printed_with_the_reason(runs: Path) -> None:
    aged(write_run(runs, "x").rename(runs / "a\x1b.ndjson"))
    result = invoke("--older", "4w", "runs")
    lines = result.stdout.splitlines()
    assert "left alone runs/a\\x1b.ndjson: it is not a run file of that name" in lines
    assert lines[-1] == "1 run removed (140 kB); 1 left alone"
    assert result.exit_code == 0


def test_nothing_to_do_is_a_success(runs: Path) -> None:
    result = invoke("--older", "99w")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "0 runs removed (0 B)\n", "")


def test_a_run_that_cannot_be_removed_is_a_failure(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(30, os.strerror(30))

    monkeypatch.setattr(Path, "unlink", refuse)
    result = invoke("--older", "30d")
    assert result.exit_code == 1
    assert result.stderr == f"agent: cannot remove runs/{RUN}.ndjson: Read-only file system\n"


@pytest.mark.parametrize("arguments", [(), ("--older",), ("--older", "30"), ("--older", "-1d"), ("--older", "1y")])
def test_without_a_valid_age_nothing_happens(runs: Path, arguments: tuple[str, ...]) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--older" in result.stderr
    assert (runs / f"{RUN}.ndjson").exists()


def test_a_directory_that_is_missing_is_an_error(runs: Path) -> None:
    result = invoke("--older", "30d", "elsewhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("agent: cannot read elsewhere: No such file or directory; name a directory")


def test_after_ctrl_c_latest_is_right(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(runs, "z")

    def interrupt(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agent.runlog.prune.claim", lambda *a: interrupt() if a[1].stem == "z" else None)
    result = invoke("--older", "30d")
    assert result.exit_code == 130
    assert (runs / "latest.ndjson").resolve().exists()
    assert not (runs / f"{RUN}.ndjson").exists()
