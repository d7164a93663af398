"""Ctrl-Z: what is drawn on the terminal is cleared before the process stops."""

import signal
import socket
from pathlib import Path

import psutil
import pytest

from observer.runs.live.monitor import ObservedRun
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Status, Verdict
from observer.terminal.output import OutputStream
from observer.terminal.screen import Screen
from observer.terminal.status_line import StatusLine
from observer.terminal.suspend import handle_suspend, is_foreground
from tests.helpers import wait_until
from tests.observer.observing import START, THOUGHT
from tests.observer.terminal.on_terminal import OnTerminal

LEAVES_SCREEN, SHOWS_CURSOR, WIPES = b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[J"


@pytest.mark.parametrize(
    ("arguments", "sign", "undone"),
    [(["tail"], b"last event", [WIPES]), (["list", "--watch"], b"VERDICT", [LEAVES_SCREEN, SHOWS_CURSOR])],
)
def test_a_suspended_viewer_leaves_the_terminal_to_the_shell(
    tmp_path: Path, arguments: list[str], sign: bytes, undone: list[bytes]
) -> None:
    run = tmp_path / "run.ndjson"
    run.write_bytes(START.replace(socket.gethostname().encode(), b"elsewhere") + THOUGHT)
    viewer = OnTerminal(*arguments, run.parent if "list" in arguments else run)
    try:
        viewer.shows(sign)
        viewer.process.send_signal(signal.SIGTSTP)
        wait_until(lambda: psutil.Process(viewer.process.pid).status() == psutil.STATUS_STOPPED)
        # The kernel may deliver what was printed before the stop a little later.
        wait_until(
            lambda: (
                not viewer.ended() and all(viewer.printed.rfind(part) > viewer.printed.rfind(sign) for part in undone)
            ),
            f"{undone} after {sign!r}",
        )
        stopped = len(viewer.printed)

        viewer.process.send_signal(signal.SIGCONT)
        viewer.shows(sign, after=stopped)
    finally:
        viewer.close()


def test_a_descriptor_that_is_not_a_terminal_counts_as_foreground(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        assert is_foreground(file.fileno())


def test_a_suspension_waits_until_what_is_being_written_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    before, after = (lambda: calls.append("before")), (lambda: calls.append("after"))
    with handle_suspend(before=before, after=after) as hold:
        monkeypatch.setattr("observer.terminal.suspend.os.kill", lambda *_: calls.append("stopped"))
        with hold():
            signal.raise_signal(signal.SIGTSTP)
            calls.append("written")
    assert calls == ["written", "before", "stopped", "after"]


def test_a_status_line_is_erased_although_the_suspension_comes_in_the_middle_of_a_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[bytes] = []

    def write(_descriptor: int, data: memoryview) -> int:
        printed.append(bytes(data))
        if len(printed) == 1:
            signal.raise_signal(signal.SIGTSTP)
        return len(data)

    with (tmp_path / "out").open("wb") as file:
        line = StatusLine(OutputStream(file.fileno()), Screen(width=lambda: 80, can_move=True))
        monkeypatch.setattr("observer.terminal.output.os.write", write)
        monkeypatch.setattr("observer.terminal.suspend.os.kill", lambda *_: printed.append(b"stopped"))
        with line.suspendable():
            line.show([ObservedRun(RunState(), Status(Verdict.WORKING), 0.0)], now=0)
    drawn, *after = printed
    assert b"working" in drawn
    assert after == [WIPES, b"stopped", drawn]


def test_a_handler_that_is_installed_already_is_kept() -> None:
    previous = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        with handle_suspend(before=lambda: None, after=lambda: None):
            assert signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTSTP, previous)
