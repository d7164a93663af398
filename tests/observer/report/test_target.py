"""Where a report goes: files are replaced as a whole, everything else is written to as it is."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from observer.errors import UnwritableError
from observer.report.target import open_target

ROOT = Path(__file__).parents[3]
OLD, NEW = b"old and whole", b"the new one, which is longer"


def run_program(first: str, target: Path) -> str:
    """Write a report of 1000 bytes in a process in the directory of `target`; return what it prints as an error.

    It does something `first`.
    """
    program = f"""
import os, resource, signal
from pathlib import Path
from observer.report.target import open_target
{first}
with open_target(Path({target.name!r})) as write:
    write(b"x" * 1000)
"""
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=target.parent, env=environment
    ).stderr


class Interrupted(BaseException):
    """What a signal raises."""


def write(target: Path, data: bytes = NEW) -> None:
    with open_target(target) as write_piece:
        write_piece(data[:5])
        write_piece(data[5:])


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    write(tmp_path / "a.html")

    assert (tmp_path / "a.html").read_bytes() == NEW
    assert mode_of(tmp_path / "a.html") == 0o600
    assert os.listdir(tmp_path) == ["a.html"]


def test_a_file_that_exists_is_whole_until_the_new_one_is_and_keeps_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    target.write_bytes(OLD)
    target.chmod(0o644)
    with open_target(target) as write_piece:
        write_piece(NEW[:5])
        assert target.read_bytes() == OLD
        write_piece(NEW[5:])

    assert target.read_bytes() == NEW
    assert mode_of(target) == 0o644
    assert os.listdir(tmp_path) == ["a.html"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, Interrupted])
@pytest.mark.parametrize("exists", [True, False])
def test_an_exception_leaves_nothing_behind(error: type[BaseException], exists: bool, tmp_path: Path) -> None:
    target = tmp_path / "a.html"
    if exists:
        target.write_bytes(OLD)
    with pytest.raises(error), open_target(target) as write_piece:  # noqa: PT012 - in the middle of the block
        write_piece(NEW)
        raise error

    assert os.listdir(tmp_path) == (["a.html"] if exists else [])
    assert not exists or target.read_bytes() == OLD


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """A limit on the size of files is reported like a full disk."""
    target = tmp_path / "a.html"
    target.write_bytes(OLD)
    limited = "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))"

    assert "UnwritableError: cannot write a.html (File too large); choose another file with -o" in run_program(
        limited, target
    )
    assert os.listdir(tmp_path) == ["a.html"]
    assert target.read_bytes() == OLD


@pytest.mark.parametrize("exists", [True, False])
def test_through_a_link_the_file_that_it_points_to_is_written(exists: bool, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link, target = tmp_path / "link", tmp_path / "there" / "a.html"
    link.symlink_to("there/a.html")
    if exists:
        target.write_bytes(OLD)
    write(link)

    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert sorted(os.listdir(tmp_path)) == ["link", "there"]
    assert os.listdir(tmp_path / "there") == ["a.html"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("directory", "is a directory; choose a file in it: -o "),
        ("loop", "Too many levels of symbolic links"),
        ("none/a.html", "cannot create a file in .*/none: No such file or directory"),
        ("a.html/b.html", "Not a directory"),
        ("n" * 300, "File name too long"),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_reason(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "a.html").write_bytes(OLD)
    before = sorted(os.listdir(tmp_path))

    with pytest.raises(UnwritableError, match=reason):
        write(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_file_with_the_longest_name_is_written(tmp_path: Path) -> None:
    write(tmp_path / ("n" * 255))

    assert os.listdir(tmp_path) == ["n" * 255]


@pytest.mark.parametrize(
    ("directory_mode", "file_mode", "reason"),
    [(0o555, 0o666, "cannot create a file in .: Permission denied"), (0o777, 0o444, "it is read-only")],
)
def test_a_read_only_file_or_directory_is_left_alone(directory_mode: int, file_mode: int, reason: str) -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path: other users cannot reach that
        directory, target = Path(name), Path(name, "a.html")
        target.write_bytes(OLD)
        target.chmod(file_mode)
        directory.chmod(directory_mode)
        result = run_program("os.geteuid() or os.setuid(65534)", target)
        directory.chmod(0o700)

        assert f"UnwritableError: cannot write a.html ({reason}" in result
        assert (os.listdir(name), target.read_bytes()) == (["a.html"], OLD)


def test_a_device_is_written_to_and_stays_a_device(tmp_path: Path) -> None:
    write(Path(os.devnull))

    assert Path(os.devnull).is_char_device()


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /dev/full elsewhere")
def test_a_full_device_is_reported() -> None:
    with pytest.raises(UnwritableError, match="No space left on device"):
        write(Path("/dev/full"))


def test_a_fifo_is_written_to_and_stays_a_fifo(tmp_path: Path) -> None:
    fifo, received = tmp_path / "fifo", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    reader.start()
    write(fifo)
    reader.join()

    assert received == [NEW]
    assert fifo.is_fifo()


def test_a_fifo_without_a_reader_raises_a_broken_pipe(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(BrokenPipeError), open_target(fifo) as write_piece:  # noqa: PT012 - opened while there is one
        os.close(reader)
        write_piece(NEW)


@pytest.mark.parametrize("path", ["/dev/fd/{}", "/proc/self/fd/{}"])
def test_an_open_file_is_written_where_it_stands(path: str, tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb", buffering=0) as file:
        file.write(b"before ")
        write(Path(path.format(file.fileno())))
        file.write(b" after")

    assert (tmp_path / "a.txt").read_bytes() == b"before " + NEW + b" after"


def test_a_closed_descriptor_is_reported() -> None:
    with pytest.raises(UnwritableError, match="Bad file descriptor"):
        write(Path("/dev/fd/999"))
