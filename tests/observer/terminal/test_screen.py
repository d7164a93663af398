"""`observe tail` on a terminal: colour, width, locale, and that nothing from a run reaches it raw."""

import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.observing import OBSERVE, START, SUCCESS, THOUGHT, Observe, event, eventually

Start = Callable[..., Observe]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.ndjson"


class OnTerminal:
    """`observe` on a terminal of its own, and what it has printed there so far."""

    def __init__(self, *arguments: str | Path, columns: int = 80, **env: str) -> None:
        self._main, other = pty.openpty()
        os.set_blocking(self._main, False)
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        clean = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR", "LC_ALL"}}
        self.found = b""
        self.process = subprocess.Popen(
            [*OBSERVE, *map(str, arguments)], stdout=other, stderr=other, process_group=0,
            env={**clean, "TERM": "xterm-256color", **env},
        )  # fmt: skip
        os.close(other)

    def ended(self) -> bool:
        """Take all that was printed meanwhile; tell whether that was all."""
        while True:
            try:
                self.found += os.read(self._main, 1 << 16)  # at most 4 KiB come at once, whatever is asked for
            except BlockingIOError:
                return False
            except OSError:
                return True

    def shows(self, what: bytes, after: int = 0) -> None:
        """Wait until `what` was printed behind the first `after` bytes."""
        eventually(lambda: not self.ended() and what in self.found[after:], f"{what!r} in {self.found!r}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._main)


def on_terminal(run: Path, columns: int = 80, *options: str, **env: str) -> bytes:
    """Return what `observe tail` prints on a terminal."""
    viewer = OnTerminal("tail", run, *options, columns=columns, **env)
    eventually(viewer.ended)
    viewer.process.wait(10)
    viewer.close()
    return viewer.found


STATUS_MOVES = re.compile(rb"\r?\x1b\[J|\x1b\[\?7[lh]|\x1bD\x1b\[A|\x1b7(?:\r\n)?|\x1b8")
"""What the status line needs to stay where it is."""
STATUS_LINE = re.compile(rb"\x1b\[J(?:\x1bD\x1b\[A)?\x1b7(?:\r\n)?\x1b\[\?7l[^\x1b]*\x1b\[\?7h\x1b8|\x1b\[J")


def test_colour_is_for_terminals(run: Path, observe: Start) -> None:
    run.write_bytes(START + THOUGHT + SUCCESS)

    assert b"\x1b[" in on_terminal(run)
    assert b"\x1b" not in STATUS_LINE.sub(b"", on_terminal(run, NO_COLOR="1"))
    assert b"\x1b" not in on_terminal(run, NO_COLOR="1", TERM="dumb")
    viewer = observe("tail", run)
    viewer.ends()
    assert b"\x1b" not in viewer.out
    forced = observe("tail", run, env={"FORCE_COLOR": "1", "TERM": "xterm"})
    forced.ends()
    assert b"\x1b[" in forced.out


@pytest.mark.parametrize("columns", [1, 2, 20, 60, 200])
def test_any_width_shows_the_text(run: Path, columns: int) -> None:
    run.write_bytes(START + THOUGHT + event("tool_use", id="t", name="Bash", input={"command": "ls"}) + SUCCESS)

    shown = on_terminal(run, columns, NO_COLOR="1").decode().replace("\r\n", "")
    assert "Traceback" not in shown
    assert "hello" in shown.replace(" ", "")


def test_locale_c_gets_ascii_only(run: Path, observe: Start) -> None:
    run.write_bytes(
        START
        + event("tool_use", id="t", name="Bash", input={"command": "echo ü…"})
        + event("tool_result", tool_use_id="t", name="Bash", status="success", output="日本", output_bytes=6)
        + SUCCESS
    )
    viewer = observe("tail", run, env={"LC_ALL": "C", "PYTHONIOENCODING": "", "PYTHONUTF8": "0"})

    assert viewer.ends() == 0
    assert viewer.out.isascii()
    assert b"* Bash  echo \\xfc\\u2026" in viewer.out


NASTY = "\x1b]52;c;AAAA\x07\x1b[2J\x9b31m\x1b]8;;http://x\x1b\\ \u202eabc\u2066 \rover [/bold] \ud83d"


FIELDS = """
text message block id name tool_use_id status output output_file reason agent_type description summary last_tool kind
traceback error limit resets_at trigger outcome project_dir command model host about resumed_from result state"""
TYPES = """
run_start session_start thought thinking tool_use tool_input tool_result subagent_start subagent_progress
subagent_complete progress heartbeat api_retry rate_limit compaction info error session_end new_type"""


def nasty_everywhere() -> bytes:
    """One event of each type with the same nasty text in each field, and lines that are no events."""
    data: dict[str, object] = dict.fromkeys(FIELDS.split(), NASTY)
    data |= {"bytes": 99999, "duration_ms": 99999, "passing": 1, "total": 2, "idle_s": 99}
    data["changed"] = [{"name": NASTY, "passes": True}]
    data["in_flight"] = [{"id": NASTY, "name": NASTY, "elapsed_s": 99}]
    data["input"] = {"command": NASTY, NASTY: NASTY}
    lines = [event(kind, parent, **data) for kind in TYPES.split() for parent in (None, NASTY)]
    lines += [event(NASTY, NASTY, **data), NASTY.encode("utf-8", "surrogatepass") + b"\n", b"\x1b[31m\x00\n"]
    envelope = json.loads(event(NASTY, NASTY)) | {"timestamp": NASTY * 3, "run": NASTY, "data": data}
    for kind in ("run_start", "session_start", "complete"):
        lines.append(json.dumps(envelope | {"type": kind}).encode() + b"\n")
    return b"".join(lines)


def test_nothing_in_any_field_reaches_a_terminal_raw(run: Path) -> None:
    run.write_bytes(nasty_everywhere())

    shown = STATUS_MOVES.sub(b"", on_terminal(run, NO_COLOR="1")).decode()
    assert not set(shown.replace("\r\n", "\n")) & set("\x1b\x07\x9b\r\u202e\u2066\x00")
    assert "\\x1b]52;c;AAAA\\x07" in shown.replace("\n", "").replace(" ", "")
    assert "[/bold]" in shown


@pytest.mark.parametrize("options", [(), ("--no-follow", "--type", "thought,info")])
def test_lines_of_json_reach_a_terminal_inert_and_as_the_same_json(run: Path, options: tuple[str, ...]) -> None:
    thought = event("thought", text="a\x9b31m\u202eb \U000e0041").decode()
    raw = json.dumps(json.loads(thought), ensure_ascii=False).encode() + b"\n"
    torn = b'{"type":"info","data":{"message":"\x1b[31m\xff\r'
    run.write_bytes(START + raw + torn + b"\n" + SUCCESS)

    shown = on_terminal(run, 80, "-o", "json", *options).decode().replace("\r\n", "\n")
    assert not set(shown) & set("\x1b\x9b\r\u202e\U000e0041")
    assert json.loads(thought) in [json.loads(line) for line in shown.splitlines() if line.endswith("}}")]


LEAVES_SCREEN, SHOWS_CURSOR, WIPES = b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[J"


@pytest.mark.parametrize(
    ("arguments", "sign", "undone"),
    [(["tail"], b"last event", [WIPES]), (["list", "--watch"], b"VERDICT", [LEAVES_SCREEN, SHOWS_CURSOR])],
)
def test_a_suspended_viewer_leaves_the_terminal_to_the_shell(
    run: Path, arguments: list[str], sign: bytes, undone: list[bytes]
) -> None:
    run.write_bytes(START.replace(socket.gethostname().encode(), b"elsewhere") + THOUGHT)
    viewer = OnTerminal(*arguments, run.parent if "list" in arguments else run)
    try:
        viewer.shows(sign)
        viewer.process.send_signal(signal.SIGTSTP)
        assert os.WIFSTOPPED(os.waitpid(viewer.process.pid, os.WUNTRACED)[1])
        viewer.ended()
        stopped = len(viewer.found)
        assert all(viewer.found.rfind(part) > viewer.found.rfind(sign) for part in undone)

        viewer.process.send_signal(signal.SIGCONT)
        viewer.shows(sign, after=stopped)
    finally:
        viewer.close()
