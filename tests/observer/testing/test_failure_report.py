"""What a failed test shows of its run files; tests/packaging/test_runtail_pytest.py sees it in a report of pytest."""

import os
from pathlib import Path

from observer.testing.failure_report import newest_first, run_file_sections
from tests.helpers import event


def test_a_file_that_vanishes_is_left_out_and_the_others_are_the_newest_first(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.ndjson", "b.ndjson", "c.ndjson")]
    for second, path in enumerate(paths):
        path.touch()
        os.utime(path, (second, second))
    paths[1].unlink()
    assert newest_first(paths) == [paths[2], paths[0]]


def test_each_run_file_is_shown_with_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(event("run_start", about="x") + event("complete", outcome="failed"))
    ((title, shown),) = run_file_sections(tmp_path)
    assert title == f"run file {tmp_path}/a.ndjson (failed), last 2 of 2 events"
    assert [line.split('"type":"')[1].split('"')[0] for line in shown.splitlines()] == ["run_start", "complete"]
