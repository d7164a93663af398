"""`agent stop`: one clear sentence for whatever is not an agent of this user; the rest is in tests/end_to_end."""

import json
import os
import signal
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.platform import process_identity, process_start
from agent.safety import process_handle
from agent.safety.agent_dir import Holder, write_json
from agent.safety.project_lock import lock_project
from agent.safety.register import Entry, this_machine


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a project and a run file, which is the current one. This process is in the register twice."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "project" / ".agent").mkdir(parents=True)
    (tmp_path / "old.ndjson").touch()
    (tmp_path / "state" / "runtail").mkdir(parents=True)
    for number, run in enumerate(("night-1", "night-2")):
        entry = Entry(
            pid=os.getpid(),
            identity=process_identity(os.getpid()) or "",
            machine=this_machine(),
            kind="run",
            run=run,
            run_file=f"{tmp_path}/{run}.ndjson",
            project=f"/src/{run}",
            since="2026-11-23T01:12:30Z",
        )
        path = tmp_path / "state" / "runtail" / f"{os.getpid()}-0000000{number}.json"
        path.write_text(json.dumps(msgspec.to_builtins(entry)))
    return tmp_path


@pytest.fixture(autouse=True)
def no_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that would signal a process."""

    def send(*_arguments: object) -> None:
        pytest.fail("a signal was sent")

    monkeypatch.setattr(process_handle.ProcessHandle, "send", send)


def write_holder(place: Path, identity: str | None, host: str | None = None) -> None:
    holder = Holder(os.getppid(), identity, host or os.uname().nodename, "theirs", "/runs/theirs.ndjson")
    write_json(place / "project" / ".agent" / "holder.json", holder)


def write_run_file(place: Path, data: dict[str, object]) -> None:
    """Write the file of run night-1, whose `run_start` has this data."""
    start = {"seq": 1, "timestamp": "2026-11-23T01:12:30.000000Z", "run": "night-1", "type": "run_start", "data": data}
    (place / "night-1.ndjson").write_text(json.dumps(start) + "\n")


def stop(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["stop", *arguments])


def refused(result: Result, code: int) -> str:
    """Return the one sentence that the command printed."""
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("agent: ").rstrip("\n")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("other", 'no running agent of yours matches "other" (see: agent list)'),
        ("missing/project", 'no running agent of yours matches "missing/project" (see: agent list)'),
        ("a\x1b[2J", r'no running agent of yours matches "a\x1b[2J" (see: agent list)'),
        ("project", "no agent is working in project"),
        ("old.ndjson", "no agent of yours is writing old.ndjson on this machine (see: agent list)"),
    ],
)
def test_what_is_not_running_is_one_sentence(place: Path, target: str, sentence: str) -> None:
    assert refused(stop(target), 1) == sentence


def test_a_prefix_of_two_runs_is_ambiguous(place: Path) -> None:
    assert refused(stop("night"), 2) == '2 running agents match "night": night-1, night-2; use a longer prefix'


def test_an_empty_name_is_not_a_prefix_of_everything(place: Path) -> None:
    assert "is a variable not set?" in refused(stop(""), 2)


def test_an_agent_that_is_in_no_register_of_this_user_is_named(place: Path) -> None:
    with lock_project(place / "project"):
        write_holder(place, process_identity(os.getppid()))
        sentence = refused(stop("project"), 1)
    assert sentence.startswith(f"process {os.getppid()}, which works in project, is not in your register of agents")


def test_an_agent_of_another_machine_is_stopped_there(place: Path) -> None:
    with lock_project(place / "project"):
        write_holder(place, "unknown here", host="build-7")
        assert refused(stop("project"), 1) == "the agent that works in project runs on build-7; stop it there"


def test_without_the_lock_no_agent_is_working_whatever_the_record_says(place: Path) -> None:
    for identity, host in ((process_identity(os.getppid()), None), ("reused", None), ("unknown here", "build-7")):
        write_holder(place, identity, host=host)
        assert refused(stop("project"), 1) == "no agent is working in project"


def test_a_stranger_with_the_id_of_a_dead_holder_is_not_named(place: Path) -> None:
    with lock_project(place / "project"):
        write_holder(place, "an earlier process with this ID")
        sentence = refused(stop("project"), 1)
    assert sentence == "an agent is working in project, and it is not known yet which; try again (see: agent list)"


def test_a_lock_that_may_not_be_asked_is_one_sentence(place: Path) -> None:
    (place / "project" / ".agent" / "lock").symlink_to("lock")
    assert refused(stop("project"), 1).startswith("cannot tell whether an agent is working in project: ")


@pytest.mark.parametrize(
    ("pid", "late_ticks", "text"),
    [
        (2**22 + 1, 0, "is written by another process, with ID 4194305"),
        (os.getpid(), 1, f"is written by another process, with ID {os.getpid()}"),
        (None, 0, "does not name a process, it is not a run file"),
    ],
    ids=["another process", "an earlier process with this ID", "no run file"],
)
def test_an_entry_that_its_run_file_contradicts_is_not_believed(
    place: Path, pid: int | None, late_ticks: int, text: str
) -> None:
    started = (process_start(os.getpid()) or 0) + late_ticks
    data = {"format": 1, "pid": pid, "pid_start": started}
    write_run_file(place, data if pid else {})
    sentence = refused(stop("night-1"), 2)
    assert sentence.startswith(f"run night-1 (process {os.getpid()}) is not stopped: its run file ")
    assert text in sentence


@pytest.mark.parametrize("pid_start", [process_start(os.getpid()), None], ids=["start", "system without /proc"])
def test_an_entry_that_its_run_file_confirms_is_believed(
    place: Path, pid_start: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(process_handle.ProcessHandle, "send", lambda _, number: sent.append(number))
    write_run_file(place, {"format": 1, "pid": os.getpid(), "pid_start": pid_start})
    assert stop("night-1").exit_code == 0
    assert sent == [signal.SIGINT]


def test_a_process_that_may_not_be_signalled_is_one_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def send(*_arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr(process_handle.ProcessHandle, "send", send)
    sentence = refused(stop("night-1"), 2)
    assert sentence.startswith(f"run night-1 (process {os.getpid()}) may not be signalled by this user")


def test_a_run_that_ends_while_it_is_being_stopped_is_one_sentence(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(*_arguments: object) -> None:
        raise ProcessLookupError

    monkeypatch.setattr(process_handle.ProcessHandle, "send", send)
    assert refused(stop("night-1"), 1).endswith("has just ended")


def test_a_shell_completes_the_ids_of_running_agents(place: Path) -> None:
    variables = {"_AGENT_COMPLETE": "complete_bash", "COMP_WORDS": "agent stop night-1", "COMP_CWORD": "2"}
    assert CliRunner().invoke(app, prog_name="agent", env=variables).stdout.split() == ["night-1"]
    (place / "state" / "runtail").rename(place / "state" / "elsewhere")
    (place / "state" / "runtail").touch()
    assert CliRunner().invoke(app, prog_name="agent", env=variables).stdout.strip() == ""
