"""While a run file is waited for, standard error says what may have been meant."""

from collections.abc import Callable
from pathlib import Path

import pytest

from observer.cli.addresses.missing_runs import expected_run
from observer.errors import UnreadableError
from observer.source.locate import PATH_NAMES, DisplayNames
from tests.observer.cli.conftest import Finished


def test_a_similar_name_is_printed_and_its_control_characters_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tomorrow\x1b.ndjson").touch()
    path = tmp_path / "tomorow.ndjson"
    assert expected_run(str(path), tmp_path, PATH_NAMES) == path
    assert capsys.readouterr().err == f"observe: names similar to {path}: {tmp_path}/tomorrow\\x1b.ndjson\n"


def test_nothing_is_printed_for_a_run_that_exists_or_is_copied_from_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.ndjson").touch()
    expected_run(str(tmp_path / "a.ndjson"), tmp_path, PATH_NAMES)
    expected_run(str(tmp_path / "b.ndjson"), tmp_path, DisplayNames({tmp_path: str}))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("is_directory", [False, True])
def test_what_may_not_be_read_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_directory: bool
) -> None:
    path = tmp_path / "a.ndjson"
    path.mkdir() if is_directory else path.touch()

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("observer.cli.addresses.missing_runs.os.open", refuse)
    with pytest.raises(UnreadableError, match=r"cannot read .*a\.ndjson \(Permission denied\)"):
        expected_run(str(path), tmp_path, PATH_NAMES)


@pytest.mark.parametrize(
    "command", ["relay --to nats://127.0.0.1:1", "list --all --runs", "list", "check", "tail", "wait", "show"]
)
def test_a_name_that_is_too_long_is_reported_in_one_sentence(
    run_command: Callable[..., Finished], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("CODEX_HOME", str(tmp_path))
    ended = run_command(*command.split(), f"{'a' * 300}.ndjson")
    assert (ended.code, ended.out) == (2, b"")
    assert ended.err.startswith(("observe: ", "aaa"))
