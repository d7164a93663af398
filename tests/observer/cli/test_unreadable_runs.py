"""A directory of runs that may not be read or searched: only a command that needs it fails, with one sentence."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.observer.cli.conftest import Finished
from tests.observer.written import small

Run = Callable[..., Finished]
ID = "20261123T011230Z-aaaaaa"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modes_count: None) -> Iterator[Path]:
    """The directory `runs`, with a run and its link, and a run beside it; the current directory is that of both."""
    del modes_count
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    for path in ("run.ndjson", f"runs/{ID}.ndjson"):
        Path(path).write_bytes(small().bytes)
    (tmp_path / "runs" / "latest.ndjson").symlink_to(f"{ID}.ndjson")
    yield tmp_path / "runs"
    (tmp_path / "runs").chmod(0o700)


@pytest.mark.parametrize("mode", [0o000, 0o100, 0o300])
@pytest.mark.parametrize(
    "command", ["show run.ndjson", "tail --no-follow run.ndjson", "tail -", "wait run.ndjson", "check run.ndjson"]
)
def test_a_file_elsewhere_and_standard_input_are_read(run_command: Run, runs: Path, mode: int, command: str) -> None:
    runs.chmod(mode)
    assert run_command(*command.split(), stdin=Path("run.ndjson")).code == 0


@pytest.mark.parametrize("command", [f"tail runs/{ID}.ndjson", "tail", "show latest", "wait", "check"])
def test_a_directory_that_may_only_be_searched_has_files_that_can_be_named(
    run_command: Run, runs: Path, command: str
) -> None:
    runs.chmod(0o100)
    assert run_command(*command.split()).code == 0


@pytest.mark.parametrize(
    "command",
    ["tail", "tail runs", "tail -F", "show", "show 2026", "wait", "check", "check runs", "report", "list"]
    + [f"{name} runs/{ID}.ndjson" for name in ("tail", "show", "wait", "check", "report")],
)
def test_a_command_that_needs_the_directory_says_so_in_a_sentence(run_command: Run, runs: Path, command: str) -> None:
    runs.chmod(0)
    ended = run_command(*command.split())
    assert (ended.code, ended.out) == (2, b"")
    assert "runs (Permission denied)" in ended.err.splitlines()[0]
    assert "--runs'" not in ended.err


@pytest.mark.parametrize("command", ["tail", "show", "wait", "check", "report"])
def test_without_a_link_the_latest_run_cannot_be_found_where_nothing_can_be_listed(
    run_command: Run, runs: Path, command: str
) -> None:
    (runs / "latest.ndjson").unlink()
    runs.chmod(0o100)
    ended = run_command(command)
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.startswith("observe: cannot read runs (Permission denied); name the file of a run")
