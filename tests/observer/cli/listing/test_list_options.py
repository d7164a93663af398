"""Which runs a list has."""

from pathlib import Path

import pytest

from observer.cli.listing.list_options import SelectedRuns
from observer.runs.listing.listing import Listing
from observer.runs.listing.run_filter import RunFilter
from tests.helpers import RUN, line


def test_a_directory_that_may_be_missing_has_no_runs_while_it_is(tmp_path: Path) -> None:
    missing, existing = tmp_path / "missing", tmp_path / "existing"
    existing.mkdir()
    (existing / f"{RUN}.ndjson").write_bytes(line(1, "run_start"))
    listings = [Listing(missing), Listing(existing)]
    with pytest.raises(FileNotFoundError):
        SelectedRuns(listings, RunFilter(), None).read()
    for directories, names in ((listings, [RUN]), (listings[:1], [])):
        selected = SelectedRuns(directories, RunFilter(), None, may_be_missing=True)
        assert [listed.path.stem for listed in selected.read()] == names


def test_a_file_is_not_a_directory_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        SelectedRuns([Listing(tmp_path / "file")], RunFilter(), None, may_be_missing=True).read()
