"""How far a long file has been read: one line on a terminal, gone at the end, and nothing anywhere else."""

import io
import os
import pty
from pathlib import Path

import pytest

from observer.source.snapshot import Snapshot
from observer.terminal.progress import ProgressLine

ERASE = "\r\x1b[K"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _a_usual_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


def test_a_line_appears_after_a_second_is_rewritten_and_erased() -> None:
    clock, terminal = Clock(), Terminal()
    with ProgressLine(terminal, clock=clock) as progress:
        clock.now += 0.9
        progress.show("a.ndjson", 10, 100)
        assert terminal.getvalue() == ""
        clock.now += 0.2
        progress.show("a.ndjson", 20_000_000, 80_000_000)
        progress.show("a.ndjson", 21_000_000, 80_000_000)  # too soon after the first
        clock.now += 0.2
        progress.show("a.ndjson", 40_000_000, 80_000_000)
        progress.show("b.gz", 1, None)
        clock.now += 0.2
        progress.show("b.gz", 3_000_000, None)
    assert terminal.getvalue().split(ERASE) == [
        "", "observe: read 25% of 80 MB: a.ndjson", "observe: read 50% of 80 MB: a.ndjson",
        "observe: read 3.0 MB so far: b.gz", "",
    ]  # fmt: skip


def test_a_short_file_has_no_line() -> None:
    terminal = Terminal()
    with ProgressLine(terminal, clock=Clock()) as progress:
        progress.show("a.ndjson", 10, 100)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(("stream", "term"), [(io.StringIO, "xterm"), (Terminal, "dumb")])
def test_nothing_is_written_to_a_pipe_or_a_simple_terminal(
    stream: type[io.StringIO], term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    clock, output = Clock(), stream()
    with ProgressLine(output, clock=clock) as progress:
        clock.now += 5
        progress.show("a.ndjson", 10, 100)
    assert output.getvalue() == ""


def test_a_line_fits_the_terminal_and_has_no_control_character_of_a_name() -> None:
    terminal, end = pty.openpty()
    clock = Clock()
    with os.fdopen(end, "w") as stream, ProgressLine(stream, clock=clock) as progress:
        clock.now += 5
        progress.show("\x1b[2J" + "x" * 200, 1, 4)
    text = os.read(terminal, 4096).decode()
    os.close(terminal)
    assert text.startswith(f"{ERASE}observe: read 25% of 4 B: ")
    assert len(text.split(ERASE)[1]) == 79
    assert "\x1b[2J" not in text


def test_a_snapshot_tells_how_far_its_lines_are_read(tmp_path: Path) -> None:
    path, told = tmp_path / "a.ndjson", list[tuple[str, int, int | None]]()
    path.write_bytes((b"x" * 999 + b"\n") * 3000)
    snapshot = Snapshot(path, progress=lambda *progress: told.append(progress))
    assert sum(len(lines) for lines in snapshot.lines()) == 3000
    snapshot.close()
    assert told == [(str(path), offset, 3_000_000) for offset in (0, 1 << 20, 2 << 20)]
