"""A path that no file can have ends a command with one sentence, wherever it comes from."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.observer.cli.conftest import Finished
from tests.observer.written import small

Run = Callable[..., Finished]
REASONS = {
    "long path": "File name too long",
    "long name": "File name too long",
    "loop": "Too many levels of symbolic links",
    "below a file": "Not a directory",
}


@pytest.fixture(params=REASONS)
def unusable(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[str, str]:
    """A path that cannot be used, and why."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    paths = {
        "long path": "/tmp/" + "x" * 5000,
        "long name": str(tmp_path / ("y" * 300)),
        "loop": str(tmp_path / "loop" / "x"),
        "below a file": str(tmp_path / "file" / "x"),
    }
    return paths[request.param], REASONS[request.param]


@pytest.fixture
def run_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a run that ended well, in the directory `runs` of the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "runs" / "a.ndjson"
    path.parent.mkdir()
    path.write_bytes(small().bytes)
    return path


def said_once(ended: Finished, *words: str) -> None:
    assert ended.code == 2
    sentence = ended.err.splitlines()[0]
    assert sentence.startswith("observe: ")
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("variable", "program", "scheme"),
    [("CLAUDE_CONFIG_DIR", "Claude Code", "claude"), ("CODEX_HOME", "Codex", "codex")],
)
def test_a_directory_of_sessions_that_cannot_be_read_is_named(
    run_command: Run,
    monkeypatch: pytest.MonkeyPatch,
    unusable: tuple[str, str],
    variable: str,
    program: str,
    scheme: str,
) -> None:
    path, reason = unusable
    monkeypatch.setenv(variable, path)
    for command in ("list", "tail --no-follow", "show"):
        for name in ("", "204a") if command != "list" else ("",):
            said_once(run_command(*command.split(), f"{scheme}:{name}"), program, path, reason)


@pytest.mark.parametrize("variable", ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"])
def test_a_command_that_does_not_need_the_directory_works(
    run_command: Run, monkeypatch: pytest.MonkeyPatch, run_file: Path, unusable: tuple[str, str], variable: str
) -> None:
    monkeypatch.setenv(variable, unusable[0])
    for command in ("list --all", "list runs", "tail --no-follow a", "show a", "report a --format md"):
        assert run_command(*command.split()).code == 0, command


@pytest.mark.parametrize("command", ["show", "tail --no-follow", "report", "list", "serve --port 0", "compare a"])
def test_the_path_of_a_run_says_why_it_cannot_be_read(
    run_command: Run, run_file: Path, unusable: tuple[str, str], command: str
) -> None:

    path, reason = unusable
    ended = run_command(*command.split(), path)
    said_once(ended, path)
    assert reason in ended.err or "does not exist" in ended.err


def test_the_job_summary_says_why_it_cannot_be_written(
    run_command: Run, monkeypatch: pytest.MonkeyPatch, run_file: Path, unusable: tuple[str, str]
) -> None:
    path, reason = unusable
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", path)
    ended = run_command("report", "a", "--format", "md", "--github")
    said_once(ended, path, reason)


def test_a_setting_with_a_nul_character_is_refused(
    run_command: Run, monkeypatch: pytest.MonkeyPatch, run_file: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings" / "runtail" / "config.toml"
    settings.parent.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    for name in ("runs", "prices"):
        settings.write_text(f'{name} = "a\\u0000b"\n')
        for command in ("list", "show a", "tail --no-follow a"):
            said_once(run_command(*command.split()), str(settings), name, "NUL")


@pytest.fixture
def removed_directory(tmp_path: Path) -> Iterator[None]:
    """The working directory has been removed."""
    before = Path.cwd()
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    yield
    os.chdir(before)


@pytest.mark.parametrize("command", ["tail claude:", "tail codex:", "list --project ."])
def test_a_working_directory_that_is_gone_is_said_to_be(
    run_command: Run, removed_directory: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    said_once(run_command(*command.split()), "the working directory is gone")
