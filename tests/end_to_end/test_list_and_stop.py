"""`agent list` and `agent stop`: a build and a run that are found, and stopped, from another terminal.

Tests agent.cli.registration.
"""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.end_to_end.conftest import Process, Workplace, finish, script
from tests.end_to_end.test_build import ending
from tests.end_to_end.writing import DONE, bash, conversation, wait
from tests.helpers import line, wait_until

SLOW = f"touch begun; {wait('late')}; touch finished"


def said(place: Workplace, *arguments: str, code: int = 0) -> str:
    """Return the only output of a command that exits with `code`: an answer, or an error."""
    actual, out, err = finish(place.start("agent", *arguments))
    assert actual == code, out + err
    assert not (out and err), out + err
    return out or err


def listed(place: Workplace) -> list[dict[str, object]]:
    return [json.loads(line) for line in said(place, "list", "-o", "json").splitlines()]


def files_of(place: Workplace) -> list[Path]:
    return list((place.root / ".state" / "runtail").iterdir())


def test_a_build_is_listed_and_stopped_from_elsewhere_after_its_running_tool_call(place: Workplace) -> None:
    began = time.monotonic()
    place.with_features(a=False)
    process = place.build(conversation("one", bash(SLOW), bash("touch second"), DONE))
    place.wait_until_file("begun")
    run = place.latest.resolve()

    (agent,) = listed(place)
    assert agent.pop("elapsed_s") in range(int(time.monotonic() - began) + 2)
    assert agent == {
        "pid": process.pid, "run": run.stem, "kind": "build", "project": str(place.project),
        "since": agent["since"], "stopping": False, "run_file": str(run),
    }  # fmt: skip
    (file,) = files_of(place)
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)

    refusal = said(place, "run", "Too.", "--project", "project", "--rehearsal", "script.toml", code=3)
    assert f"process {process.pid}, run {run.stem};" in refusal
    assert f"list it with: agent list; stop it with: agent stop {run.stem}\n" in refusal

    assert "stops after the running tool call" in said(place, "stop", "project")
    assert "was asked to stop before" in said(place, "stop", run.stem[:20])
    assert [agent["stopping"] for agent in listed(place)] == [True]
    assert "build, stopping" in said(place, "list")
    place.create("late")
    code, _, _ = finish(process)
    assert (code, ending(place)) == (130, ("interrupted", "signal"))
    assert (place.project / "finished").exists()
    assert not (place.project / "second").exists()

    assert files_of(place) == []
    assert said(place, "list") == "agent: no agent is running\n"
    assert "no agent of yours is writing" in said(place, "stop", "runs/latest.ndjson", code=1)
    assert said(place, "stop", "project", code=1) == "agent: no agent is working in project\n"


def test_a_second_stop_is_no_error_until_the_process_has_ended(place: Workplace) -> None:
    process = place.rehearse(script(bash(SLOW), DONE), "--view")
    place.wait_until_file("begun")
    (viewer,) = [child for child in psutil.Process(process.pid).children() if "observer" in child.cmdline()]
    viewer.suspend()  # the agent waits for it when the run has ended
    try:
        assert said(place, "stop", "project").endswith(" stops\n")
        place.wait_for("complete")
        wait_until(lambda: not (place.project / ".agent" / "holder.json").exists(), "a project that is free")
        assert "was asked to stop before" in said(place, "stop", "project")
        assert [agent["stopping"] for agent in listed(place)] == [True]
    finally:
        viewer.resume()
    assert finish(process)[0] == 130
    assert files_of(place) == []
    assert said(place, "stop", "project", code=1) == "agent: no agent is working in project\n"


def test_now_is_the_second_ctrl_c_whether_there_was_a_first_one_or_not(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    place.with_features(a=False)
    process = place.build(conversation("one", bash(SLOW), DONE))
    place.wait_until_file("begun")
    answers = said(place, "stop", "runs/latest.ndjson", "--now", "--wait").splitlines()
    assert [answer.partition(") ")[2] for answer in answers] == ["stops at once", "has ended"]
    code, _, _ = finish(process)
    assert (code, ending(place)) == (130, ("interrupted", "signal"))
    assert not (place.project / "finished").exists()
    assert place.leftovers() == []


def test_ctrl_c_in_the_terminal_is_the_first_one_for_those_elsewhere_too(place: Workplace) -> None:
    place.with_features(a=False)
    process = place.build(conversation("one", bash(SLOW), DONE))
    place.wait_until_file("begun")
    os.killpg(process.pid, signal.SIGINT)
    wait_until(lambda: [agent["stopping"] for agent in listed(place)] == [True], "the list that says so")
    assert "was asked to stop before" in said(place, "stop", "project")
    assert process.poll() is None
    place.create("late")
    assert finish(process)[0] == 130


def ignoring_sigint(place: Workplace) -> Process:
    """Start a run as the background of a script does."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return place.rehearse(script(bash(SLOW), DONE))
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_run_in_the_background_of_a_script_is_stopped_by_the_signal_that_it_does_not_ignore(
    cold_place: Workplace,
) -> None:
    process = ignoring_sigint(cold_place)
    cold_place.wait_until_file("begun")
    assert [agent["kind"] for agent in listed(cold_place)] == ["run"]
    said(cold_place, "stop", "project", "--wait")
    assert finish(process)[0] == 143
    assert cold_place.events()[-1]["data"]["outcome"] == "interrupted"


def test_a_killed_agent_is_neither_listed_nor_is_its_file_kept(place: Workplace) -> None:
    process = place.rehearse(script(bash(SLOW), DONE))
    place.wait_until_file("begun")
    process.kill()
    process.communicate()
    assert len(files_of(place)) == 1
    assert listed(place) == []
    assert files_of(place) == []


def test_a_run_continues_without_a_register_and_says_so_once(place: Workplace) -> None:
    (place.root / ".state").write_text("in the way")
    code, _, err = finish(place.rehearse(script(DONE)))
    assert code == 0
    (warning,) = [line for line in err.splitlines() if "agent list" in line]
    assert warning.startswith("agent: agent list and agent stop will not find this run: cannot write to ")
    assert "Traceback" not in err


IN_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
"""Runs its arguments in the foreground of a terminal of their own."""
PATIENT = """
import signal, sys
signal.signal(signal.SIGINT, lambda *_: sys.exit(4))
print(open("lines").read(), end="", flush=True)
signal.pause()
"""


def test_a_recording_in_the_foreground_of_a_terminal_passes_on_the_signal_that_came_from_elsewhere(
    place: Workplace,
) -> None:
    (place.root / "lines").write_bytes(line(1))
    record = ("-m", "agent", "record", "-q", "--project", "project", "--", sys.executable, "-c", PATIENT)
    with subprocess.Popen(
        [sys.executable, "-c", IN_TERMINAL, sys.executable, *record], cwd=place.root, stdin=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(place.root), "XDG_STATE_HOME": str(place.root / ".state")},
    ) as terminal:  # fmt: skip
        wait_until(lambda: listed(place), "a recording in the list")
        said(place, "stop", "project", "--wait")
        assert terminal.wait() == 4


def test_a_recording_is_listed_and_stopped_with_the_program_that_it_started(place: Workplace) -> None:
    (place.root / "lines").write_bytes(line(1))
    program = ("sh", "-c", "cat lines; exec sleep 600")
    process = place.start("agent", "record", "--no-view", "--project", "project", "--", *program)
    (agent,) = wait_until(lambda: listed(place), "a recording in the list")
    assert (agent["pid"], agent["kind"], agent["project"]) == (process.pid, "record", str(place.project))
    said(place, "stop", "project", "--wait")
    assert finish(process)[0] == 130
    assert place.leftovers() == []
