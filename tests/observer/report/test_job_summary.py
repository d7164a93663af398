"""The job summary of GitHub Actions: on lines of its own, and never so much that GitHub drops all of it."""

import multiprocessing
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from observer.errors import UnwritableError
from observer.report.job_summary import LIMIT, append_to_summary
from observer.report.markdown import fit_sections
from tests.helpers import patient

ROOT = Path(__file__).parents[3]
REPORT = "### ✅ complete\n"


@pytest.fixture
def summary(tmp_path: Path) -> Path:
    return tmp_path / "summary.md"


def append(summary: Path, *sections: str) -> None:
    append_to_summary(summary, lambda room: fit_sections(sections or (REPORT,), room).encode())


@pytest.mark.parametrize(
    ("before", "between"),
    [("", ""), ("text", "\n\n"), ("text\n", "\n"), ("text\n\n", ""), ("\n", "\n"), ("x", "\n\n"), ("ä", "\n\n")],
)
def test_it_begins_after_a_blank_line(before: str, between: str, summary: Path) -> None:
    summary.write_bytes(before.encode())
    append(summary)

    assert summary.read_bytes().decode() == before + between + REPORT


def test_a_summary_that_does_not_exist_is_created(summary: Path) -> None:
    append(summary)

    assert summary.read_bytes().decode() == REPORT


@pytest.mark.parametrize("room", [150, 500, 3000, 60_000, 60_001, 60_002, 60_003])
def test_bytes_that_are_there_already_count_and_the_head_stays(room: int, summary: Path) -> None:
    """The character is four bytes in UTF-8, so that a limit of characters would be passed."""
    summary.write_bytes(b"x" * (LIMIT - room - 2) + b"\n\n")
    append(summary, REPORT, *["💥" * 100 + "\n"] * 300)

    assert LIMIT - 480 < summary.stat().st_size <= LIMIT
    assert "\n\n" + REPORT in summary.read_bytes().decode()


def test_without_room_for_the_head_nothing_is_appended(summary: Path) -> None:
    before = b"x" * (LIMIT - 15)
    summary.write_bytes(before)

    with pytest.raises(UnwritableError, match=re.escape("it has 1,048,561 bytes, and GitHub drops one of more than")):
        append(summary)
    assert summary.read_bytes() == before


def test_a_report_may_fill_the_summary_to_its_last_byte(summary: Path) -> None:
    summary.write_bytes(b"x" * (LIMIT - len(REPORT.encode()) - 2) + b"\n\n")
    append(summary)

    assert summary.stat().st_size == LIMIT


def test_the_blank_line_before_it_counts_as_well(summary: Path) -> None:
    summary.write_bytes(b"x" * (LIMIT - len(REPORT.encode()) - 1))

    with pytest.raises(UnwritableError):
        append(summary)


def test_a_report_waits_for_another_one_and_has_the_room_that_this_leaves(summary: Path) -> None:
    rooms: list[int] = []
    other_has_rendered = threading.Event()

    def render(room: int) -> bytes:
        rooms.append(room)
        if len(rooms) > 1:
            other_has_rendered.set()
        other_has_rendered.wait(patient(0.5))  # for what must not happen
        return b"report\n"

    threads = [threading.Thread(target=append_to_summary, args=(summary, render)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert rooms == [LIMIT, LIMIT - len("report\n\n")]


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1, 2 * LIMIT])
def test_a_summary_that_is_too_long_already_is_left_alone(size: int, summary: Path) -> None:
    summary.write_bytes(b"x" * size)

    with pytest.raises(UnwritableError):
        append(summary)
    assert summary.stat().st_size == size


def append_often(summary: Path, number: int) -> None:
    for _ in range(20):
        append(summary, f"### {number}\n", f"{number}" * 20_000 + "\n")


def test_reports_of_several_processes_are_not_mixed_and_fill_it_at_most(summary: Path) -> None:
    processes = [multiprocessing.get_context("fork").Process(target=append_often, args=(summary, n)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    reports = summary.read_text().split("### ")[1:]
    assert summary.stat().st_size <= LIMIT
    assert len(reports) > 45
    assert all(re.fullmatch(r"(\d)\n(\1{20000}|\nShortened.*)\n*", report, re.DOTALL) for report in reports)


def test_a_full_disk_leaves_the_summary_as_it_was(summary: Path) -> None:
    """A limit on the size of files is reported like a full disk, and the first ten bytes are written."""
    summary.write_text("before")
    program = f"""
import resource, signal
from pathlib import Path
from observer.report.job_summary import append_to_summary
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
append_to_summary(Path({str(summary)!r}), lambda room: b"x" * 100)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)

    assert f"UnwritableError: cannot write the job summary {summary} (File too large)" in result.stderr
    assert summary.read_text() == "before"


@pytest.mark.parametrize("name", ["", "none/summary.md"])
def test_a_summary_that_cannot_be_written_is_reported(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnwritableError, match="cannot write the job summary"):
        append(tmp_path / name)


def test_a_summary_without_a_size_is_appended_to(tmp_path: Path) -> None:
    append(Path(os.devnull))
    reader, writer = os.pipe()
    append(Path(f"/dev/fd/{writer}"))

    assert os.read(reader, 100).decode() == REPORT
