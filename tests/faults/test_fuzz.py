"""Damaged files harm no command and no request; `python -m tests.faults fuzz` tries new ones for hours."""

from pathlib import Path

import pytest

from tests.faults.fuzz import COMMANDS, KEPT, failures, fuzz, fuzz_parts, run_command, shrink
from tests.observer.written import every_type

SEEDS_IN_CI = 2


@pytest.mark.parametrize("seed", range(SEEDS_IN_CI))
def test_a_damaged_file_fails_no_command_and_no_request(tmp_path: Path, seed: int) -> None:
    assert fuzz(tmp_path, seed) is None


def test_decoding_filters_state_and_summary_of_damaged_files_are_consistent(tmp_path: Path) -> None:
    assert fuzz_parts(tmp_path, 1) is None


def test_a_file_that_is_not_damaged_is_read_by_every_command(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    file = tmp_path / "runs" / "run.ndjson"
    file.write_bytes(every_type().bytes)
    assert [command for command in COMMANDS if run_command(file, command).returncode == 2] == []


def test_the_files_that_have_failed_once_do_so_no_more(tmp_path: Path) -> None:
    for file in sorted(KEPT.glob("*.ndjson")):
        assert list(failures(tmp_path, file.read_bytes())) == [], file


def test_what_fails_is_reduced_to_the_lines_that_matter() -> None:
    data = b"".join(b"%d\n" % number for number in range(100))
    small = shrink(data, lambda lines: b"\n17\n" in b"\n" + lines and b"\n93\n" in b"\n" + lines)
    assert small == b"17\n93\n"
