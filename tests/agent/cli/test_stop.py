"""`agent stop`: one clear sentence for whatever is not an agent of this user; the rest is in tests/end_to_end."""

import json
import os
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.platform import process_identity
from agent.safety import process_handle
from agent.safety.agent_dir import Holder, write_json
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
            run_file=f"/runs/{run}.ndjson",
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
    holder = Holder(os.getppid(), os.uname().nodename, "theirs", "/runs/theirs.ndjson")
    write_json(place / "project" / ".agent" / "holder.json", holder)
    sentence = refused(stop("project"), 1)
    assert sentence.startswith(f"process {os.getppid()}, which works in project, is not in your register of agents")


def test_an_agent_of_another_machine_is_stopped_there(place: Path) -> None:
    write_json(place / "project" / ".agent" / "holder.json", Holder(1, "build-7", "theirs", "/runs/theirs.ndjson"))
    assert refused(stop("project"), 1) == "the agent that works in project runs on build-7; stop it there"


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
