"""A name means a path, a run ID, a prefix of one, or the most recent run."""

from pathlib import Path

import pytest

from observer.errors import UnreadableError
from observer.source.locate import find, run_files, run_id

A, B = "20261123T011230Z-7f3a9c", "20261123T021230Z-aaaaaa"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    runs.mkdir()
    for name in (f"{A}.ndjson", f"{B}.ndjson.gz", "notes.txt"):
        (runs / name).touch()
    (runs / "latest.ndjson").symlink_to(f"{A}.ndjson")
    (runs / A).mkdir()
    return runs


def test_a_run_is_found_by_its_id_or_a_unique_prefix(folder: Path) -> None:
    assert find(A, folder) == folder / f"{A}.ndjson"
    assert find("20261123T02", folder) == folder / f"{B}.ndjson.gz"


def test_a_path_is_used_as_it_is_even_if_it_does_not_exist_yet(folder: Path, tmp_path: Path) -> None:
    assert find(str(folder), folder) == folder
    assert find(str(tmp_path / "later.ndjson"), folder) == tmp_path / "later.ndjson"
    assert find("later.ndjson", folder) == Path("later.ndjson")
    assert find("-", folder) == Path("-")
    assert find("latest", folder) == folder / "latest.ndjson"


def test_an_ambiguous_prefix_lists_the_matches(folder: Path) -> None:
    with pytest.raises(UnreadableError, match=rf'2 runs in .* match "2026": {A}, {B}; use a longer'):
        find("2026", folder)


def test_an_id_that_is_a_prefix_of_another_is_found(folder: Path) -> None:
    (folder / f"{A}-again.ndjson").touch()
    assert find(A, folder) == folder / f"{A}.ndjson"


def test_an_unknown_prefix_and_a_missing_directory_are_reported(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r'no run in .* matches "2027" .*observe list'):
        find("2027", folder)
    with pytest.raises(UnreadableError, match=r"cannot read .*nowhere"):
        find("2027", tmp_path / "nowhere")


def test_the_run_files_of_a_directory_are_listed_oldest_first_without_links(folder: Path) -> None:
    assert [run_id(path) for path in run_files(folder)] == [A, B]
