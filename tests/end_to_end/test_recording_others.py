"""Tests `agent record` on the real CLI, in a pipe and as its parent, and on programs that do not behave.

Tests agent.cli.record and agent.session.line_input.
"""

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import claude_agent_sdk
import pytest

from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.server import serve
from agent.session.line_input import split_lines, start_program
from tests import warm
from tests.agent.runlog.writing import events_of
from tests.end_to_end.conftest import Workplace, finish, without_heartbeats
from tests.end_to_end.writing import DONE, bash, conversation, wait
from tests.helpers import LIMIT_S, wait_until

CLI = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"
ASK = ("-p", "Do it.", "--output-format", "stream-json", "--verbose", "--allowedTools", "Bash", "--setting-sources", "")
MAKE = """block = [
  { type = "text", text = "I will make it." },
  { type = "tool_use", name = "Bash", input = { command = "sleep 0.3; echo made" } },
]"""


def fake(lines: str, *, then: str = "") -> list[str]:
    """Return a program that prints `lines` as a CLI would, and then does something."""
    return [sys.executable, "-c", f"import sys, time, os, signal\nprint({lines!r}, flush=True)\n{then}"]


INIT = json.dumps({"type": "system", "subtype": "init", "session_id": "s", "tools": [], "model": "m"})
RESULT = json.dumps({
    "type": "result", "subtype": "success", "is_error": False, "duration_ms": 1, "duration_api_ms": 1, "num_turns": 1,
    "session_id": "s", "total_cost_usd": 0.5, "result": "ok", "uuid": "r",
})  # fmt: skip


async def record_cli(place: Workplace, command: str) -> tuple[int, str, str]:
    """Run a shell command in which `$CLI` is the real CLI and `agent` is `agent`, with a scripted model."""
    file = place.root / "script.toml"
    file.write_text(conversation("main", MAKE, DONE))
    async with serve(load_script(file), project=place.project) as rehearsal:
        env = isolated_env(rehearsal.base_url, place.root / "home") | {"CLI": str(CLI), "PYTHON": sys.executable}
        process = await asyncio.create_subprocess_shell(
            command, cwd=place.root, env=os.environ | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def of(events: list[dict[str, Any]], type_: str) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["type"] == type_]


def check_session(place: Workplace) -> None:
    events = place.events()
    assert [call["input"]["command"] for call in of(events, "tool_use")] == ["sleep 0.3; echo made"]
    (result,) = of(events, "tool_result")
    assert (result["status"], result["output"]) == ("success", "made")
    assert 300 <= result["duration_ms"] < 1000 * LIMIT_S
    assert "".join(thought["text"] for thought in of(events, "thought")) == "I will make it.All done."
    assert of(events, "complete")[0]["outcome"] == "success"


async def test_the_real_cli_in_a_pipe_becomes_a_run(place: Workplace) -> None:
    asked = shlex.join(ASK)
    code, out, err = await record_cli(place, f'"$CLI" {asked} | "$PYTHON" -m agent record --no-view')
    assert (code, err) == (0, "")
    assert out.startswith("Recording to runs/")
    check_session(place)


async def test_the_real_cli_started_by_the_recorder_becomes_a_run(place: Workplace) -> None:
    asked = shlex.join(ASK)
    code, _, err = await record_cli(place, f'"$PYTHON" -m agent record --quiet --about "Make it" -- "$CLI" {asked}')
    assert (code, err) == (0, "")
    check_session(place)
    start = of(place.events(), "run_start")[0]
    assert start["about"] == "Make it"
    assert start["command"] == shlex.join([str(CLI), *ASK])


@pytest.mark.parametrize(("then", "code"), [("sys.exit(7)", 7), ("os.kill(os.getpid(), signal.SIGKILL)", 137), ("", 0)])
def test_the_exit_code_is_that_of_the_program(then: str, code: int, place: Workplace) -> None:
    assert finish(place.start("agent", "record", "-q", "--", *fake(f"{INIT}\n{RESULT}", then=then)))[0] == code
    assert of(place.events(), "complete")[0]["outcome"] == "success"


def test_a_program_that_is_not_there_is_named(place: Workplace) -> None:
    code, out, err = finish(place.start("agent", "record", "--", "no-such-program", "-p"))
    assert (code, out, err) == (2, "", "agent: no-such-program is not installed or not in PATH\n")


def test_output_that_is_no_stream_is_refused_with_the_option_to_pass(place: Workplace) -> None:
    code, _, err = finish(place.start("agent", "record", "--", *fake("It works.")))
    assert code == 2
    assert "It works.; let `claude -p` print --output-format stream-json --verbose" in err
    assert not (place.root / "runs").exists()


@pytest.mark.parametrize(("code", "kept"), [(7, 7), (0, 2)])
def test_a_program_that_prints_nothing_keeps_its_code_unless_it_succeeds(
    code: int, kept: int, place: Workplace
) -> None:
    ended, _, err = finish(place.start("agent", "record", "--", "sh", "-c", f"exit {code}"))
    assert ended == kept
    assert err.startswith("agent: the input is empty; pipe `claude -p")


def test_a_program_that_is_none_is_named(place: Workplace) -> None:
    (place.root / "text").write_text("no program")
    (place.root / "text").chmod(0o755)
    for name, reason in (
        ("/etc/passwd", "Permission denied"),
        ("./text", "Exec format error"),
        (".", "Permission denied"),
    ):
        code, _, err = finish(place.start("agent", "record", "--", name))
        assert (code, err) == (2, f"agent: cannot start '{name}' ({reason}); name a program after --\n")


def test_a_full_standard_output_changes_neither_the_record_nor_the_code(place: Workplace) -> None:
    command = ("record", "--no-view", "--", *fake(f"{INIT}\n{RESULT}", then="sys.exit(6)"))
    with Path("/dev/full").open("wb") as full:
        recorder = warm.start("agent", *command, cwd=place.root, stdout=full, stderr=subprocess.PIPE)
    _, errors = recorder.communicate(timeout=LIMIT_S)
    assert (recorder.returncode, errors) == (6, b"")
    assert of(place.events(), "complete")[0]["outcome"] == "success"


def test_a_closed_standard_input_is_refused(place: Workplace) -> None:
    command = f"{shlex.quote(sys.executable)} -m agent record <&-"
    done = subprocess.run(["sh", "-c", command], cwd=place.root, check=False, capture_output=True, timeout=LIMIT_S)
    assert done.returncode == 2
    assert done.stderr.startswith(b"agent: standard input is closed; pipe the output")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_that_a_signal_ends_was_interrupted(number: signal.Signals, place: Workplace) -> None:
    process = place.start("agent", "record", "-q", "--", *fake(INIT, then="time.sleep(1000)"))
    place.wait_for("session_start")
    process.send_signal(number)
    assert finish(process)[0] == 128 + number
    assert of(place.events(), "session_end")[0]["outcome"] == "interrupted"
    assert of(place.events(), "complete")[0]["outcome"] == "interrupted"


def test_a_pipe_whose_writer_ends_at_ctrl_c_was_interrupted(place: Workplace) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{INIT}\n".encode())
    recorder = warm.start("agent", "record", "-q", stdin=reading, cwd=place.root)
    os.close(reading)
    place.wait_for("session_start")
    recorder.send_signal(signal.SIGINT)
    os.close(writing)
    assert recorder.wait(LIMIT_S) == 128 + signal.SIGINT
    assert of(place.events(), "complete")[0]["outcome"] == "interrupted"


def test_a_signal_is_passed_to_the_program_and_its_end_recorded(place: Workplace) -> None:
    stop = f"signal.signal(signal.SIGINT, lambda *_: (print({RESULT!r}, flush=True), sys.exit(4)))\n"
    process = place.start(
        "agent", "record", "-q", "--", *fake(INIT, then=f"{stop}open('ready', 'w')\ntime.sleep(1000)")
    )
    place.wait_for("session_start")
    wait_until((place.root / "ready").exists, "a program that handles the signal")
    process.send_signal(signal.SIGINT)
    assert finish(process)[0] == 4
    assert of(place.events(), "session_end")[0]["outcome"] == "success"


def test_a_second_signal_ends_a_program_that_goes_on(place: Workplace) -> None:
    process = place.start(
        "agent",
        "record",
        "-q",
        "--",
        *fake(INIT, then="signal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(1000)"),
    )
    place.wait_for("session_start")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert finish(process)[0] in {128 + signal.SIGINT, 128 + signal.SIGTERM}
    assert of(place.events(), "complete")[0]["outcome"] == "interrupted"
    assert place.leftovers() == []


def test_a_run_is_there_while_the_program_works(place: Workplace) -> None:
    process = place.start("agent", "record", "-q", "--", *fake(INIT, then="sys.stdin.read()"))
    place.wait_for("session_start")
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    finish(process)


async def test_a_program_ends_with_the_block() -> None:
    async with start_program(fake("ready", then="time.sleep(1000)")) as process:
        assert process.stdout
        assert await anext(split_lines(process.stdout)) == b"ready\n"
    assert process.returncode == -signal.SIGTERM


async def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        async with start_program([str(tmp_path / "none")]):
            pass


def test_standard_input_that_is_empty_is_refused(place: Workplace) -> None:
    done = warm.run("agent", "record", stdin=subprocess.DEVNULL, cwd=place.root, text=True, timeout=LIMIT_S)
    assert done.returncode == 2
    assert done.stderr.startswith("agent: the input is empty; pipe `claude -p")


def test_a_run_is_copied_while_it_is_written(place: Workplace) -> None:
    agent = place.rehearse(conversation("main", bash(wait("go")), DONE))
    place.wait_for("tool_use")
    record = ("record", "-q", "--runs", "copies")
    with (
        warm.start("observer", "tail", "-o", "json", place.latest, stdout=subprocess.PIPE, cwd=place.root) as source,
        warm.start("agent", *record, stdin=source.stdout, cwd=place.root) as copy,
    ):
        copies = place.root / "copies" / "latest.ndjson"
        wait_until(lambda: copies.exists() and '"type":"tool_use"' in copies.read_text(), "a copied call")
        assert of(events_of(copies), "complete") == []
        place.create("go")
        assert finish(agent)[0] == 0
        assert copy.wait(LIMIT_S) == 0
        assert source.wait(LIMIT_S) == 0
    original, copied = without_heartbeats(place.events()), without_heartbeats(events_of(copies))
    assert [[event["type"], event["data"]] for event in copied[1:]] == [
        [event["type"], event["data"]] for event in original[1:]
    ]
    assert copied[0]["data"]["recorded_from"] == original[0]["run"]
