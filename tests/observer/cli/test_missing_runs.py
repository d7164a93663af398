"""While a run file is waited for, standard error says what may have been meant."""

from pathlib import Path

import pytest

from observer.cli.missing_runs import expected_run
from observer.source.locate import PATH_NAMES, DisplayNames


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
