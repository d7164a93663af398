"""Every exit code that the help of a command promises, and no other: each is brought about."""

import fcntl
import gzip
import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.cli.app import COMMANDS, load_command
from observer.cli.exit_codes import exit_code
from observer.runs.state.verdict import Verdict
from tests.helpers import LIMIT_S, event, wait_until
from tests.observer.cli.conftest import Finished
from tests.observer.observing import FAILURE, START, SUCCESS, THOUGHT, Observe
from tests.observer.written import small
from tests.warm import start

ENDINGS: dict[str, dict[int, str]] = {
    "tail": {0: "tail good/a.ndjson", 1: "tail bad/a.ndjson", 2: "tail -n x", 4: "tail dead/a.ndjson"},
    "list": {0: "list good", 1: "list bad", 2: "list gone", 4: "list mixed"},
    "show": {0: "show good/a.ndjson", 1: "show bad/a.ndjson", 2: "show gone.ndjson", 4: "show dead/a.ndjson"},
    "compare": {
        0: "compare good/a.ndjson good/a.ndjson", 1: "compare good/a.ndjson dead/a.ndjson",
        2: "compare gone.ndjson good/a.ndjson",
    },
    "serve": {2: "serve --host 256.1.1.1 good"},
    "check": {0: "check whole/a.ndjson", 1: "check dead/a.ndjson", 2: "check whole gone/"},
    "wait": {
        0: "wait good/a.ndjson", 1: "wait bad/a.ndjson", 2: "wait --until x good/a.ndjson",
        3: "wait --timeout 0 empty/a.ndjson", 4: "wait dead/a.ndjson",
    },
    "report": {0: "report --format md good/a.ndjson", 2: "report --format md gone.ndjson"},
    "schema": {0: "schema", 2: "schema --all"},
    "relay": {2: "relay --to nats://127.0.0.1:1 gone"},
}  # fmt: skip
"""A command line for each code with which a command ends by itself."""
SIGNALLED = {
    "tail": "tail live/a.ndjson", "list": "list --watch -o json live", "show": "show -", "serve": "serve --port 0 live",
    "compare": "compare - good/a.ndjson", "check": "check -", "wait": "wait live/a.ndjson",
    "report": "report --format md -",
    "relay": "relay --to nats://127.0.0.1:1 live",
}  # fmt: skip
"""A command line for each command that takes so long that it can be interrupted."""
BY_SIGNAL = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Directories with a run that ended in one way each."""
    live = event("run_start", host="elsewhere", heartbeat_s=3000.0) + THOUGHT
    contents = {"good": START + SUCCESS, "bad": START + FAILURE, "dead": START + THOUGHT, "empty": b"", "live": live}
    for name, content in {**contents, "mixed": START + FAILURE, "whole": small().bytes}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.ndjson").write_bytes(content)
    (tmp_path / "mixed" / "b.ndjson").write_bytes(START + THOUGHT)
    (tmp_path / "mixed" / "c.ndjson").write_bytes(START + SUCCESS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def promised(command: str) -> set[int]:
    """Return the exit codes in the help of a command."""
    codes = load_command(command).epilog.partition("Exit codes:")[2]
    return {int(code) for code in re.findall(r"^  (\d+) ", codes, re.MULTILINE)}


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "ui"])  # test_ui.py has its codes
def test_the_help_promises_the_codes_that_are_tried_here(command: str) -> None:
    assert promised(command) == {*ENDINGS[command], *(BY_SIGNAL.values() if command in SIGNALLED else ())}


def test_the_documentation_promises_the_same() -> None:
    text = (Path(__file__).parents[3] / "docs" / "observer.md").read_text("utf-8").partition("## Exit codes")[2]
    documented = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE) for code in row.split(",")}
    for command in ("tail", "show", "list"):
        assert promised(command) == documented


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("code", "command"), [(code, line) for endings in ENDINGS.values() for code, line in endings.items()]
)
def test_a_command_ends_with_the_code_that_it_promises(
    run_command: Callable[..., Finished], code: int, command: str
) -> None:
    ended = run_command(*command.split())
    assert ended.code == code, ended
    assert "Traceback" not in ended.err


def test_the_worst_of_several_runs_counts_and_a_run_that_goes_on_is_none() -> None:
    codes = {verdict: exit_code([Verdict.COMPLETE, verdict]) for verdict in Verdict}
    bad = {Verdict.FAILED: 1, Verdict.INTERRUPTED: 1, Verdict.ENDED: 1, Verdict.CRASHED: 4}
    assert codes == {verdict: bad.get(verdict, 0) for verdict in Verdict}
    assert exit_code(Verdict) == 4


@pytest.mark.usefixtures("modes_count")
@pytest.mark.parametrize("command", ["list", "list -o json", "tail", "tail --no-follow", "check"])
@pytest.mark.parametrize("kind", ["not permitted", "cut", "not compressed"])
def test_a_run_that_cannot_be_read_counts_more_than_what_became_of_the_others(
    run_command: Callable[..., Finished], place: Path, command: str, kind: str
) -> None:
    content = small().bytes
    if kind == "not permitted":
        (place / "mixed" / "d.ndjson").write_bytes(content)
        (place / "mixed" / "d.ndjson").chmod(0)
    else:
        (place / "mixed" / "d.ndjson.gz").write_bytes(gzip.compress(content)[:-9] if kind == "cut" else content)
    code = 1 if (command, kind) == ("check", "cut") else 2
    assert run_command(*command.split(), "mixed").code == code


@pytest.mark.usefixtures("modes_count")
@pytest.mark.parametrize("command", ["show", "wait", "wait --timeout 1", "tail --no-follow", "check", "report"])
def test_a_single_run_that_cannot_be_read_is_no_timeout(
    run_command: Callable[..., Finished], place: Path, command: str
) -> None:
    (place / "good" / "a.ndjson").chmod(0)
    ended = run_command(*command.split(), "good/a.ndjson")
    assert (ended.code, "cannot read good/a.ndjson (Permission denied)" in ended.err) == (2, True)


class Stoppable:
    """A command that would go on; if it reads standard input, that is a pipe with one line."""

    def __init__(self, observe: Callable[..., Observe], place: Path, name: str) -> None:
        self.name = name
        self.pipe = os.pipe()
        os.write(self.pipe[1], START)
        self.observe = observe(*SIGNALLED[name].split(), cwd=place, stdin=self.pipe[0])

    def is_ready(self) -> bool:
        """Return whether it has begun to read, or to listen."""
        match self.name:
            case "show" | "compare" | "check" | "report":
                return fcntl.ioctl(self.pipe[0], termios.FIONREAD, b"\0" * 4) == b"\0" * 4
            case "wait":
                descriptors = Path(f"/proc/{self.observe.process.pid}/fd")
                return any(path.name == "a.ndjson" for path in map(Path.resolve, descriptors.iterdir()))
            case _:
                return bool(self.observe.out or self.observe.err)

    def close(self) -> None:
        for end in self.pipe:
            os.close(end)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_command_that_is_stopped_says_by_which_signal(observe: Callable[..., Observe], place: Path) -> None:
    commands = [(Stoppable(observe, place, name), number) for name in SIGNALLED for number in BY_SIGNAL]
    for command, number in commands:
        wait_until(command.is_ready, f"{command.name} to begin")
        command.observe.process.send_signal(number)
    ended = {(command.name, number): command.observe.ends() for command, number in commands}
    for command, _ in commands:
        command.close()
    assert {key: code if code >= 0 else 128 - code for key, code in ended.items()} == {
        (name, number): code for name in SIGNALLED for number, code in BY_SIGNAL.items()
    }


UNREAD = {
    "--help": 0, "--version": 0, "tail --help": 0, "tail good/a.ndjson": 0, "list good": 0, "show good/a.ndjson": 0,
    "compare good/a.ndjson dead/a.ndjson": 1, "check -o json whole/a.ndjson": 0, "report --format md good/a.ndjson": 0,
    "schema": 0, "schema list": 0, "wait good/a.ndjson": 0, "wait -o json dead/a.ndjson": 4,
    "wait --timeout 0 empty/a.ndjson": 3,
}  # fmt: skip
"""Command lines, and the code with which each ends although nobody reads what it prints."""


@pytest.mark.usefixtures("place")
def test_a_command_whose_output_nobody_reads_ends_with_its_own_code() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    commands = {
        line: start("observer", *line.split(), stdout=writer, stderr=subprocess.PIPE, cold="--" in line[:2])
        for line in UNREAD
    }
    os.close(writer)
    errors = {line: command.communicate(timeout=LIMIT_S)[1] for line, command in commands.items()}
    assert {line: command.returncode for line, command in commands.items()} == UNREAD
    assert b"".join(errors.values()) in {b"", b"observe: 1 run checked, 0 findings\n"}
