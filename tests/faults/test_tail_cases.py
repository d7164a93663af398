"""What GNU tail's own tests demand of `tail -f` and `tail -F`, asked of `observe tail -o json`.

The cases are those of its test suite in our own words: rotation, names that vanish and return, links, closed pipes.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.helpers import LIMIT_S, append, line, wait_until
from tests.warm import start


class Tail:
    """`observe tail -o json`, and the numbers of the lines that it has printed."""

    def __init__(self, directory: Path, *arguments: str | Path) -> None:
        self._output = directory / "printed"
        with self._output.open("wb") as output:
            self.process = start(
                "observer", "tail", "-o", "json", *arguments, cwd=directory, stdout=output, stderr=subprocess.PIPE
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()

    @property
    def text(self) -> bytes:
        return self._output.read_bytes()

    def shows(self, *numbers: int) -> None:
        """Wait until these lines are shown, and no other."""
        expected = b"".join(map(line, numbers))
        wait_until(lambda: len(self.text) >= len(expected), f"{numbers} to be shown")
        assert self.text == expected


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.ndjson"
    append(path, line(1))
    return path


def test_a_file_that_appears_later_is_shown_from_its_start(tmp_path: Path) -> None:
    with Tail(tmp_path, "-F", "late.ndjson") as tail:
        append(tmp_path / "late.ndjson", line(1) + line(2))
        tail.shows(1, 2)


def test_a_file_in_a_directory_that_appears_later_is_shown(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    with Tail(tmp_path, "-F", "later/run.ndjson") as tail:
        (tmp_path / "later").rename(tmp_path / "gone")
        (tmp_path / "later").mkdir()
        append(tmp_path / "later" / "run.ndjson", line(1))
        tail.shows(1)


def test_a_renamed_file_is_followed_by_name_and_its_end_is_not_lost(tmp_path: Path, file: Path) -> None:
    with Tail(tmp_path, "-F", file) as tail:
        tail.shows(1)
        append(file, line(2))
        file.rename(tmp_path / "old")
        append(tmp_path / "old", line(3))
        tail.shows(1, 2, 3)
        append(file, line(4))
        tail.shows(1, 2, 3, 4)


def test_a_name_that_vanishes_and_returns_is_followed_again(tmp_path: Path, file: Path) -> None:
    with Tail(tmp_path, "-F", file) as tail:
        for number in range(2, 6):
            tail.shows(*range(1, number))
            file.unlink()
            append(file, line(number))
        tail.shows(*range(1, 6))


def test_a_truncated_file_is_shown_from_its_start_even_if_it_has_grown_as_long(tmp_path: Path, file: Path) -> None:
    with Tail(tmp_path, "-F", file) as tail:
        tail.shows(1)
        file.write_bytes(line(2))
        tail.shows(1, 2)


def test_a_link_that_is_switched_is_followed(tmp_path: Path, file: Path) -> None:
    link, other = tmp_path / "link", tmp_path / "other.ndjson"
    link.symlink_to(file.name)
    append(other, line(2))
    with Tail(tmp_path, "-F", link) as tail:
        tail.shows(1)
        (tmp_path / "new").symlink_to(other.name)
        (tmp_path / "new").replace(link)
        tail.shows(1, 2)
        append(other, line(3))
        tail.shows(1, 2, 3)


def test_a_link_that_leads_nowhere_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target.ndjson")
    with Tail(tmp_path, "-F", "link") as tail:
        append(tmp_path / "target.ndjson", line(1))
        tail.shows(1)


def test_a_line_that_is_written_byte_by_byte_is_shown_once_it_is_whole(tmp_path: Path, file: Path) -> None:
    text = line(2)
    with Tail(tmp_path, "-F", file) as tail:
        tail.shows(1)
        for position in range(len(text)):
            append(file, text[position : position + 1])
        tail.shows(1, 2)


@pytest.mark.parametrize(("count", "shown"), [(0, ()), (1, (3,)), (2, (2, 3)), (99, (1, 2, 3))])
def test_the_last_lines_are_shown_and_then_new_ones(
    tmp_path: Path, file: Path, count: int, shown: tuple[int, ...]
) -> None:
    append(file, line(2) + line(3))
    with Tail(tmp_path, "-n", str(count), "-F", file) as tail:
        tail.shows(*shown)
        if shown:
            append(file, line(4))
            tail.shows(*shown, 4)


def test_a_directory_in_place_of_the_file_is_waited_out(tmp_path: Path, file: Path) -> None:
    with Tail(tmp_path, "-F", file) as tail:
        tail.shows(1)
        file.unlink()
        file.mkdir()
        file.rmdir()
        append(file, line(2))
        tail.shows(1, 2)


def test_the_input_may_be_a_pipe(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "observer", "tail", "-o", "json", "-"],
        input=line(1) + line(2), capture_output=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.stdout == line(1) + line(2)


def test_it_ends_soon_after_the_reader_of_its_output_has(tmp_path: Path, file: Path) -> None:
    with _piped(tmp_path, file) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == line(1)
        process.stdout.close()
        assert process.wait(timeout=LIMIT_S) == 0


@contextmanager
def _piped(directory: Path, file: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = start("observer", "tail", "-o", "json", "-F", file, cwd=directory, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_nothing_is_printed_twice_when_a_file_is_replaced_many_times(tmp_path: Path, file: Path) -> None:
    with Tail(tmp_path, "-F", file) as tail:
        for number in range(2, 10):
            tail.shows(*range(1, number))
            new = tmp_path / "new"
            append(new, line(number))
            new.replace(file)
        tail.shows(*range(1, 10))
