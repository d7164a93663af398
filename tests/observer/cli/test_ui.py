"""`observe ui` on a terminal: what it refuses, how it ends, and what it leaves behind."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from observer.runs.filters.filter import Filter
from observer.runs.jq_process import jq_predicate
from tests import warm
from tests.helpers import LIMIT_S, append, line, wait_until
from tests.observer.dialects.codex.rollouts import NEW_SESSION
from tests.observer.dialects.codex.rollouts import SESSION as CODEX_SESSION
from tests.observer.source.sessions.claude_files import SESSION, write_session
from tests.observer.source.sessions.codex_files import rollout
from tests.observer.terminal.ui.showing import showing

RUN = "20261123T011230Z-000001"
LEAVES_SCREEN = b"\x1b[?1049l"
ENTERS_SCREEN = b"\x1b[?1049h"


class OnScreen:
    """A command that has a pseudo-terminal for itself."""

    def __init__(self, *arguments: str | Path, columns: int = 100, cold: bool = False, cwd: Path, **env: str) -> None:
        self._main, self._other = pty.openpty()
        os.set_blocking(self._main, False)
        fcntl.ioctl(self._other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.modes = termios.tcgetattr(self._other)
        self.printed = b""
        clean = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR", "LC_ALL"}}
        own_terminal: dict[str, Any] = {"preexec_fn": lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)} if cold else {}
        self.process = warm.start(
            "observer", *arguments, cold=cold, stdin=self._other, stdout=self._other, stderr=self._other, cwd=cwd,
            start_new_session=True, **own_terminal,
            env={**clean, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": os.getcwd(), **env},
        )  # fmt: skip

    def press(self, keys: str) -> None:
        os.write(self._main, keys.encode())

    def read(self) -> bytes:
        try:
            while data := os.read(self._main, 1 << 16):
                self.printed += data
        except OSError:  # nothing more now
            pass
        return self.printed

    def shows(self, text: str) -> None:
        wait_until(
            lambda: text.encode() in re.sub(rb"\x1b\[[\d;?]*[A-Za-z]", b"", self.read()), f"{text} on the screen"
        )

    def ends(self) -> int:
        wait_until(lambda: (self.read(), self.process.poll())[1] is not None, "the end")
        self.read()
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the terminal, as an emulator does whose window is closed."""
        os.close(self._other)
        os.close(self._main)
        self._main = self._other = -1

    def close(self) -> None:
        self.process.kill()
        self.process.wait(LIMIT_S)
        for descriptor in (self._main, self._other):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    path = tmp_path / "runs" / f"{RUN}.ndjson"
    path.write_bytes(line(1, "run_start", about="Mend the door", pid=1, host="elsewhere", format=1))
    return path


@pytest.fixture
def screens() -> Iterator[list[OnScreen]]:
    opened: list[OnScreen] = []
    yield opened
    for screen in opened:
        screen.close()


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_a_run_is_shown_and_its_last_line_is_left_behind(run: Path, screens: list[OnScreen], columns: int) -> None:
    append(run, line(2, "complete", outcome="failed", message="no time left"))
    screen = OnScreen("ui", RUN, columns=columns, cold=columns == 60, cwd=run.parent.parent)
    screens.append(screen)
    screen.shows("no time left")
    screen.press("q")
    assert screen.ends() == 1
    assert screen.printed.count(ENTERS_SCREEN) == screen.printed.count(LEAVES_SCREEN) == 1
    assert b"failed" in screen.printed.rpartition(LEAVES_SCREEN)[2]
    assert termios.tcgetattr(screen._other) == screen.modes


def test_nothing_is_written(run: Path, screens: list[OnScreen]) -> None:
    before = sorted(run.parent.parent.rglob("*")), run.read_bytes()
    screen = OnScreen("ui", RUN, cwd=run.parent.parent, HOME=str(run.parent.parent))
    screens.append(screen)
    screen.shows("Mend the door")
    screen.press("/zz\r")
    screen.shows("no hits")
    screen.press("Zzotu?qyYq")
    assert screen.ends() == 0
    assert (sorted(run.parent.parent.rglob("*")), run.read_bytes()) == before


def test_the_program_alone_shows_the_runs_on_a_terminal(run: Path, screens: list[OnScreen]) -> None:
    screen = OnScreen(cwd=run.parent.parent)
    screens.append(screen)
    screen.shows(RUN)
    screen.press("q")
    assert screen.ends() == 0


@pytest.mark.parametrize(
    ("scheme", "session", "words"), [("claude", SESSION, "It has seven lines."), ("codex", CODEX_SESSION, "Looking.")]
)
def test_sessions_of_another_program_are_listed_and_shown(
    tmp_path: Path, screens: list[OnScreen], scheme: str, session: str, words: str
) -> None:
    write_session(tmp_path)
    path = rollout(tmp_path, CODEX_SESSION)
    path.write_text("".join(json.dumps(record) + "\n" for record in NEW_SESSION))
    for name, key in ((f"{scheme}:", "\r"), (f"{scheme}:{session[:12]}", "")):
        screen = OnScreen("ui", name, cwd=tmp_path, CLAUDE_CONFIG_DIR=str(tmp_path), CODEX_HOME=str(tmp_path))
        screens.append(screen)
        screen.shows(f"{scheme}:{session[:4]}" if key else words)
        screen.press(key)
        screen.shows(words)
        screen.press("qq")
        assert screen.ends() == 0


async def test_a_jq_expression_that_fails_is_said_and_ends_nothing(tmp_path: Path) -> None:
    loops = jq_predicate("if .seq == 3 then (def f: f; f) else true end", limit_s=0.1)
    remarks = [line(seq, "info", message=f"remark {seq}", more="x" * 100_000) for seq in range(2, 120)]
    path = tmp_path / f"{RUN}.ndjson"
    path.write_bytes(b"".join([line(1, "run_start", pid=1, host="elsewhere", format=1), *remarks]))
    async with showing(path, choice=Filter(where=loops)) as shown:
        for keys in (["k", "slash", "7", "enter"], ["g"], ["G"], ["h"]):
            await shown.press(*keys)
            await shown.until(lambda: "the jq expression takes more than 0.1 s for one line; simpli" in shown.bottom)
        assert "remark" in shown.log[-1]  # what was loaded stays


def test_a_terminal_that_understands_no_escapes_gets_a_sentence(run: Path, screens: list[OnScreen]) -> None:
    for arguments, code, words in ((("ui", RUN), 2, b"needs a terminal; use observe tail"), ((), 2, b"Usage: observe")):
        screen = OnScreen(*arguments, cwd=run.parent.parent, TERM="dumb")
        screens.append(screen)
        assert screen.ends() == code
        assert words in screen.printed
        assert b"\x1b" not in screen.printed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_gives_the_terminal_back(run: Path, screens: list[OnScreen], number: int) -> None:
    screen = OnScreen("ui", RUN, cwd=run.parent.parent)
    screens.append(screen)
    screen.shows("Mend the door")
    screen.process.send_signal(number)
    assert screen.ends() == 128 + number
    assert LEAVES_SCREEN in screen.printed
    assert b"Traceback" not in screen.printed
    assert termios.tcgetattr(screen._other) == screen.modes


def test_it_ends_when_its_terminal_is_closed(run: Path, screens: list[OnScreen]) -> None:
    screen = OnScreen("ui", RUN, cwd=run.parent.parent)
    screens.append(screen)
    screen.shows("Mend the door")
    screen.hang_up()
    wait_until(lambda: screen.process.poll() is not None, "the end")


def test_it_is_suspended_and_resumed(run: Path, screens: list[OnScreen]) -> None:
    screen = OnScreen("ui", RUN, cwd=run.parent.parent)
    screens.append(screen)
    screen.shows("Mend the door")
    screen.press("\x1a")
    wait_until(lambda: LEAVES_SCREEN in screen.read(), "the screen given back")
    wait_until(lambda: Path(f"/proc/{screen.process.pid}/stat").read_text().split()[2] == "T", "the stop")
    screen.process.send_signal(signal.SIGCONT)
    wait_until(lambda: screen.read().count(ENTERS_SCREEN) == 2, "the screen taken again")
    append(run, line(2, "info", message="while it was away"))
    screen.shows("while it was away")
    screen.press("q")
    assert screen.ends() == 0
