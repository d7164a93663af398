"""A pager shows what does not fit on the screen."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.terminal.pager import Pager
from tests.helpers import LIMIT_S, event, wait_until
from tests.observer.observing import START, SUCCESS
from tests.observer.terminal.on_terminal import OnTerminal

COPY = "import os, sys; open(sys.argv[1], 'w').write(os.environ['LESS'] + '|' + sys.stdin.read())"
"""A pager that writes what it receives to a file."""
QUIT = "pass"
"""A pager that is quit at once."""


class Collected:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def check(self) -> None:
        pass


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def out() -> Collected:
    return Collected()


def pager(out: Collected, program: str, target: Path, rows: int = 3) -> Pager:
    return Pager([sys.executable, "-S", "-c", program, str(target)], out, rows=rows, columns=10)


def test_what_fits_is_written_to_the_terminal(out: Collected, tmp_path: Path) -> None:
    sink = pager(out, COPY, tmp_path / "shown")
    sink.write(b"1\n2\n3\nno newline")
    assert out.data == b""
    sink.close()
    assert out.data == b"1\n2\n3\nno newline"
    assert not (tmp_path / "shown").exists()


@pytest.mark.parametrize("rest", [b"3\n4\n", b"wider than the screen\n"])
def test_what_does_not_fit_is_written_to_the_pager(
    out: Collected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: bytes
) -> None:
    monkeypatch.delenv("LESS", raising=False)
    sink = pager(out, COPY, tmp_path / "shown")
    for data in (b"1\n2\n", rest, b"more\n"):
        sink.write(data)
    sink.close()
    assert (out.data, (tmp_path / "shown").read_bytes()) == (b"", b"FRX|1\n2\n" + rest + b"more\n")


def test_colours_take_no_room(out: Collected, tmp_path: Path) -> None:
    sink = pager(out, COPY, tmp_path / "shown")
    sink.write(b"\x1b[1;38;5;100m12345\x1b[0m\n2\n3\n")
    sink.close()
    assert not (tmp_path / "shown").exists()


def test_the_options_for_less_that_a_user_has_set_are_kept(
    out: Collected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LESS", "-i")
    sink = pager(out, COPY, tmp_path / "shown", rows=0)
    sink.write(b"1\n")
    sink.close()
    assert (tmp_path / "shown").read_bytes() == b"-i|1\n"


def test_without_the_pager_everything_is_written_to_the_terminal(out: Collected, tmp_path: Path) -> None:
    for command in (["no-such-pager"], [str(tmp_path)]):
        sink = Pager(command, out, rows=0, columns=80)
        sink.write(b"1\n")
        sink.write(b"2\n")
        sink.close()
    assert out.data == b"1\n2\n1\n2\n"


def test_quitting_the_pager_ends_the_output(out: Collected, tmp_path: Path) -> None:
    sink = pager(out, QUIT, tmp_path / "shown", rows=0)

    def is_quit() -> bool:
        try:
            sink.write(b"x\n" * 1000)
            sink.check()
        except BrokenPipeError:
            return True
        return False

    wait_until(is_quit, "the pager has ended")
    sink.close()
    assert out.data == b""


@pytest.mark.parametrize("lines", [1, 100_000])
def test_what_a_pager_that_fails_at_once_should_have_shown_is_written_to_the_terminal(
    out: Collected, tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: int
) -> None:
    sink = pager(out, "raise SystemExit(3)", tmp_path / "shown", rows=0)
    for data in (b"1\n", b"x\n" * lines, b"2\n"):
        sink.write(data)
    sink.close()
    assert out.data == b"1\n" + b"x\n" * lines + b"2\n"
    assert capsys.readouterr().err.count("the pager failed with exit code 3") == 1


def test_a_pager_that_is_found_to_have_failed_is_replaced_by_the_terminal(out: Collected, tmp_path: Path) -> None:
    sink = pager(out, "raise SystemExit(3)", tmp_path / "shown", rows=0)
    sink.write(b"1\n")

    def is_replaced() -> bool:
        sink.check()
        return out.data == b"1\n"

    wait_until(is_replaced, "the pager has failed")
    sink.write(b"2\n")
    sink.close()
    assert out.data == b"1\n2\n"


def test_a_pager_that_has_shown_much_before_it_fails_is_not_replaced(out: Collected, tmp_path: Path) -> None:
    program = "import sys; sys.stdin.read(); raise SystemExit(3)"
    sink = pager(out, program, tmp_path / "shown", rows=0)
    sink.write(b"x" * 2_000_000 + b"\n")
    sink.close()
    assert out.data == b""


def test_ctrl_c_is_left_to_the_pager(out: Collected, tmp_path: Path) -> None:
    sink = pager(out, COPY, tmp_path / "shown", rows=0)
    sink.write(b"1\n")
    signal.raise_signal(signal.SIGINT)
    sink.write(b"2\n")
    sink.close()
    assert (tmp_path / "shown").read_bytes().endswith(b"|1\n2\n")


def test_a_pager_that_is_stopped_ends_at_once(out: Collected, tmp_path: Path) -> None:
    sink = pager(out, "import time; time.sleep(1000)", tmp_path / "shown", rows=0)
    sink.write(b"1\n")
    sink.stop()
    sink.close()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "run.ndjson"
    texts = [event("thought", text=f"paragraph {number}\n\n", message="m", block=0) for number in range(40)]
    path.write_bytes(b"".join([START, *texts, SUCCESS]))
    return path


def test_on_a_terminal_a_long_run_is_shown_in_the_pager(run: Path, tmp_path: Path) -> None:
    script = tmp_path / "pager.py"
    script.write_text("import sys; text = sys.stdin.read(); print(f'paged {len(text.splitlines()) > 40}')")
    command = f"{sys.executable} -S {script}"
    viewer = OnTerminal("tail", run, "--no-follow", PAGER=command)
    wait_until(viewer.ended)
    assert viewer.process.wait(LIMIT_S) == 0
    assert b"paged True" in viewer.printed
    assert b"paragraph" not in viewer.printed
    viewer.close()


def test_sigterm_ends_the_pager_too(run: Path, tmp_path: Path) -> None:
    script = tmp_path / "pager.py"
    script.write_text("import sys, time; sys.stdin.readline(); print('reading', flush=True); time.sleep(1000)")
    viewer = OnTerminal("tail", run, "--no-follow", PAGER=f"{sys.executable} -S {script}")
    viewer.shows(b"reading")
    viewer.process.terminate()
    wait_until(viewer.ended)
    assert viewer.process.wait(LIMIT_S) == 143
    viewer.close()
