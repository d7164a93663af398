"""The real Claude Code, interactive in a terminal of its own: what it registers of itself is what viewers show."""

import asyncio
import itertools
import json
import os
import pty
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.server import serve
from tests.end_to_end.conftest import Workplace, finish
from tests.end_to_end.test_dialects import CLI
from tests.end_to_end.writing import DONE, bash, conversation, wait, write
from tests.helpers import LIMIT_S, wait_until

_KEY_LETTERS = 20
"""The last letters of a key, by which the program remembers that a person has approved it."""
_CLEAR_LINE = b"\x15"
_LOCAL_FLAGS = 3
"""The index of the local modes in the attributes of a terminal."""
_AGAIN_S = 1.0
"""Seconds until a key is pressed again; the program ignores those that come too soon after a dialog."""
_SHOWN_BYTES = 8000
"""Bytes of the screen that a failed test shows."""


class Terminal:
    """Claude Code in a pseudo-terminal, past its first questions, in the project of a place."""

    def __init__(self, place: Workplace, base_url: str) -> None:
        self._place = place
        home = place.root / "home"
        self._config = home / ".claude"
        env = isolated_env(base_url, home)
        self._answer_first_questions(env["ANTHROPIC_API_KEY"])
        self._screen = b""
        self._keys, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 120))
        self.process = subprocess.Popen(
            [CLI, "--permission-mode", "default"], cwd=place.project, env=os.environ | env | {"TERM": "xterm-256color"},
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _answer_first_questions(self, key: str) -> None:
        project = str(self._place.project.resolve())
        settings = {
            "hasCompletedOnboarding": True, "theme": "dark",
            "customApiKeyResponses": {"approved": [key[-_KEY_LETTERS:]], "rejected": []},
            "projects": {project: {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}},
        }  # fmt: skip
        self._config.mkdir(parents=True)
        (self._config / ".claude.json").write_text(json.dumps(settings))

    def _read(self) -> None:
        try:
            while data := os.read(self._keys, 65536):
                self._screen += data
        except OSError:  # EIO: the program has ended
            return

    def close(self) -> None:
        """Kill what is still running."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        os.close(self._keys)

    def registered(self) -> dict[str, Any]:
        """Return what the process says of itself; nothing before it does, and after a clean exit."""
        try:
            entry: dict[str, Any] = json.loads((self._config / "sessions" / f"{self.process.pid}.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return entry

    def wait_until_registered(self, status: str) -> None:
        """Wait until the process says that it is `idle`, `busy` or `waiting`."""
        self._wait_until(lambda: self.registered().get("status") == status, f"the status {status}")

    def enter(self, text: str) -> None:
        """Type a word into the empty line, and Enter. A key in one piece with its text would be a part of the text."""
        begin = 0

        def type_word() -> None:
            nonlocal begin
            os.write(self._keys, _CLEAR_LINE)
            begin = len(self._screen)
            os.write(self._keys, text.encode())

        self._wait_until(
            lambda: not termios.tcgetattr(self._keys)[_LOCAL_FLAGS] & termios.ECHO, "no echo by the system"
        )
        self._press_until(
            lambda: begin > 0 and text.encode() in self._screen[begin:], [type_word], f"an echo of {text}"
        )
        os.write(self._keys, b"\r")

    def allow(self) -> None:
        """Take the first choice of the permission prompt on the screen; by its other key if that had no effect."""
        keys = [partial(os.write, self._keys, key) for key in (b"1", b"\r")]
        self._press_until(
            lambda: self.registered().get("status") != "waiting", keys, "an answer to the permission prompt"
        )

    def _press_until(self, is_taken: Callable[[], bool], presses: list[Callable[[], object]], what: str) -> None:
        """Press keys in turn, again after a while, until it is so: the program ignores some at times."""
        pressed_at, turn = -_AGAIN_S, itertools.cycle(presses)

        def press() -> bool:
            nonlocal pressed_at
            if is_taken():
                return True
            if time.monotonic() - pressed_at >= _AGAIN_S:
                next(turn)()
                pressed_at = time.monotonic()
            return False

        self._wait_until(press, what)

    def _wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until it is so; if it never is, show what the program says of itself and its screen."""
        try:
            wait_until(condition, what)
        except AssertionError as error:
            error.add_note(f"registered: {self.registered()}\nlast of the screen: {self._screen[-_SHOWN_BYTES:]!r}")
            raise

    def observe(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start `observe` with the sessions of this program."""
        return self._place.start("observer", *arguments, CLAUDE_CONFIG_DIR=str(self._config))

    def tail(self) -> "subprocess.Popen[str]":
        """Start `observe tail` of the session."""
        return self.observe("tail", "-o", "text", f"claude:{self.registered()['sessionId']}")

    def row(self) -> dict[str, Any]:
        """Return what `observe list` says of the only session."""
        code, out, err = finish(self.observe("list", "-o", "json", "claude:"))
        assert err == ""
        assert code in {0, 4}
        row: dict[str, Any] = json.loads(out or '{"verdict": null, "tool": null}')  # its file may be yet to come
        return row

    def wait_for_verdict(self, verdict: str, tool: str | None = None) -> None:
        wait_until(lambda: ((row := self.row())["verdict"], row["tool"]) == (verdict, tool), f"the verdict {verdict}")


async def drive(place: Workplace, script: str, use: Callable[[Terminal], None]) -> None:
    """Call `use` in a thread while the program runs with a scripted model."""
    file = place.root / "script.toml"
    file.write_text(script)
    async with serve(load_script(file), project=place.project) as rehearsal:
        with closing(Terminal(place, rehearsal.base_url)) as terminal:
            await asyncio.to_thread(use, terminal)


async def test_it_waits_for_a_person_works_rests_and_exits(place: Workplace) -> None:
    def use(terminal: Terminal) -> None:
        terminal.wait_until_registered("idle")
        terminal.enter("Work")
        terminal.wait_until_registered("waiting")
        terminal.wait_for_verdict("waiting on human", "Bash")
        viewer = terminal.tail()
        assert viewer.stdout is not None
        told = next(line for line in viewer.stdout if "heartbeat" in line)
        assert "waiting on human  permission prompt · Bash" in told
        terminal.allow()
        place.wait_until_file("started")
        terminal.wait_for_verdict("in tool", "Bash")
        place.create("go")
        terminal.wait_until_registered("idle")
        terminal.wait_for_verdict("idle")
        terminal.enter("/exit")
        assert terminal.process.wait(LIMIT_S) == 0
        assert terminal.registered() == {}
        terminal.wait_for_verdict("complete")
        code, out, err = finish(viewer)
        assert (code, err) == (0, "")
        assert "stalled" not in out

    await drive(place, conversation("main", bash(f"touch started; {wait('go')}"), DONE, DONE), use)


async def test_it_is_killed_while_it_waits_for_a_person(place: Workplace) -> None:
    def use(terminal: Terminal) -> None:
        terminal.wait_until_registered("idle")
        terminal.enter("Work")
        terminal.wait_until_registered("waiting")
        terminal.wait_for_verdict("waiting on human", "Write")
        assert terminal.row()["waiting_for"] == "permission prompt"
        viewer = terminal.tail()
        terminal.process.kill()
        code, out, err = finish(viewer)
        assert code == 4
        assert "crashed" in out + err
        assert terminal.registered()["status"] == "waiting"
        terminal.wait_for_verdict("crashed")

    await drive(place, conversation("main", write("a.txt"), DONE), use)
