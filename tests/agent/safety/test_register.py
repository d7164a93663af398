"""The register of agents: what it believes, what it removes, and whom a signal reaches.

Also tests agent.safety.private_directory.
"""

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.platform import process_identity
from agent.safety import register as module
from agent.safety.private_directory import make_private, user_home
from agent.safety.process_handle import open_process
from agent.safety.register import (
    Entry,
    Register,
    RegisterUnavailable,
    RunningAgent,
    Stop,
    find_agents,
    mark_stopping,
    own_entry,
    remove,
    remove_unless_stopping,
    stop_agent,
    this_machine,
)
from tests.helpers import RUN

COUNTER = """
import signal, time
counts = [0]
def count(number, frame):
    counts[0] += 1
    print(counts[0], flush=True)
signal.signal(signal.SIGINT, count)
print("ready", flush=True)
while True:
    time.sleep(600)
"""


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register.of_user({"XDG_STATE_HOME": str(tmp_path)})


@pytest.fixture
def process() -> Iterator["subprocess.Popen[str]"]:
    """A process that prints how many times it got SIGINT."""
    with subprocess.Popen([sys.executable, "-c", COUNTER], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def entry_of(process: int, run: str = RUN, **fields: Any) -> Entry:
    entry = Entry(
        pid=process,
        identity=process_identity(process) or "",
        machine=this_machine(),
        kind="build",
        run=run,
        run_file=f"/work/runs/{run}.ndjson",
        project="/work/notes",
        since="2026-11-23T01:12:30Z",
    )
    return msgspec.structs.replace(entry, **fields)


def runs(register: Register) -> list[str]:
    return [agent.entry.run for agent in register.running()]


def test_an_agent_is_listed_from_its_entry_to_its_end(register: Register, tmp_path: Path) -> None:
    assert register.running() == []
    entry = own_entry("run", RUN, tmp_path / "x.ndjson", tmp_path, "2026-11-23T01:12:30Z")
    path = register.add(entry)
    assert register.running() == [RunningAgent(entry, path, stopping=False)]
    assert mark_stopping(path)
    (agent,) = register.running()
    assert (agent.entry, agent.stopping) == (entry, True)
    remove(path)
    assert register.running() == []
    assert list(register.directory.iterdir()) == []


def test_nobody_else_can_read_the_register(register: Register) -> None:
    register.directory.mkdir(mode=0o755)
    path = register.add(entry_of(os.getpid()))
    assert stat.S_IMODE(register.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_oldest_agent_is_listed_first(register: Register) -> None:
    for minute in (3, 1, 2):
        register.add(entry_of(os.getpid(), str(minute), since=f"2026-11-23T01:0{minute}:00Z"))
    assert runs(register) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"identity": "an earlier process with this ID"},
        {"pid": 2**22 + 1},
    ],
)
def test_an_entry_whose_process_has_ended_is_not_believed_and_removed(
    register: Register, wrong: dict[str, Any]
) -> None:
    path = register.add(entry_of(os.getpid(), **wrong))
    assert not path.exists(), "a new agent has removed it"
    path.write_text(json.dumps(msgspec.to_builtins(entry_of(os.getpid(), **wrong))))
    assert register.running() == []
    assert not path.exists()


def test_an_entry_of_another_machine_is_neither_listed_nor_removed(register: Register) -> None:
    path = register.add(entry_of(os.getpid(), machine="build-7", identity="unknown here"))
    assert register.running() == []
    assert path.exists()


GOOD = msgspec.to_builtins(entry_of(os.getpid()))


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "[" * 60_000, json.dumps(GOOD)[:-1], json.dumps(GOOD | {"pid": "1"}),
        json.dumps(GOOD | {"pid": -1}),
        json.dumps(GOOD | {"pid": 2**80}), json.dumps(GOOD | {"pid": 0}), json.dumps(GOOD | {"signal": "SIGKILL"}),
        json.dumps({key: value for key, value in GOOD.items() if key != "identity"}), " " * 70_000 + json.dumps(GOOD),
        "\udcff", "9" * 5000,
    ],
)  # fmt: skip
def test_a_broken_file_is_ignored_and_removed_when_it_is_old(register: Register, text: str) -> None:
    register.directory.mkdir()
    path = register.directory / "1-0123abcd.json"
    path.write_text(text, "utf-8", "surrogateescape")
    assert register.running() == []
    assert path.exists()
    os.utime(path, (time.time() - 7200,) * 2)
    assert register.running() == []
    assert not path.exists()


def test_what_is_not_a_file_of_ours_is_left_alone(register: Register, tmp_path: Path) -> None:
    register.directory.mkdir()
    target = tmp_path / "target"
    target.write_text(json.dumps(GOOD))
    (register.directory / "1-0123abcd.json").symlink_to(target)
    os.mkfifo(register.directory / "2-0123abcd.json")
    (register.directory / "3-0123abcd.json").mkdir()
    (register.directory / "notes.json").write_text(json.dumps(GOOD))
    assert register.running() == []
    assert len(list(register.directory.iterdir())) == 4


def test_a_file_of_another_user_is_not_believed(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    register.add(entry_of(os.getpid()))
    monkeypatch.setattr(module, "user_id", lambda: os.getuid() + 1)
    assert register.running() == []


@pytest.mark.parametrize("in_the_way", ["runtail", "."])
def test_a_register_that_cannot_be_written_is_one_sentence(tmp_path: Path, in_the_way: str) -> None:
    state = tmp_path / "state"
    place = state / in_the_way
    place.parent.mkdir(exist_ok=True)
    place.write_text("in the way")
    with pytest.raises(RegisterUnavailable, match=r"cannot write to .*; set XDG_STATE_HOME to a writable directory$"):
        Register(state / "runtail").add(entry_of(os.getpid()))
    with pytest.raises(RegisterUnavailable, match=r"^cannot read "):
        Register(state / "runtail").running()


def test_a_file_that_cannot_be_written_to_its_end_is_not_left_behind(register: Register) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))  # fails like a full disk
    try:
        with pytest.raises(RegisterUnavailable, match="File too large"):
            register.add(entry_of(os.getpid()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(register.directory.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "directory"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/anna"}, "/state/runtail"),
        ({"XDG_STATE_HOME": "state", "HOME": "/home/anna"}, "/home/anna/.local/state/runtail"),
        ({"XDG_STATE_HOME": "", "HOME": "/home/anna"}, "/home/anna/.local/state/runtail"),
    ],
)
def test_the_register_is_where_the_specification_of_base_directories_says(
    variables: dict[str, str], directory: str
) -> None:
    assert Register.of_user(variables).directory == Path(directory)


def test_a_home_that_is_not_a_path_does_not_count() -> None:
    assert user_home({"HOME": "relative"}).is_absolute()


def test_a_private_directory_is_not_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(NotADirectoryError):
        make_private(tmp_path / "link")


def test_an_agent_is_found_by_its_run_its_project_and_its_file(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    file = tmp_path / "runs" / f"{RUN}.ndjson"
    file.parent.mkdir()
    file.touch()
    (file.parent / "latest.ndjson").symlink_to(file.name)
    entry = entry_of(1, project=str((tmp_path / "notes").resolve()), run_file=str(file.resolve()))
    agents = [RunningAgent(entry, tmp_path, stopping=False)]
    for target in (
        RUN,
        RUN[:10],
        f"{tmp_path}/notes/",
        f"{tmp_path}/runs/../notes",
        file,
        f"{tmp_path}/runs/latest.ndjson",
    ):
        assert find_agents(str(target), agents) == agents
    for target in ("other", f"{RUN}0", tmp_path, f"{tmp_path}/notes/missing"):
        assert find_agents(str(target), agents) == []


def test_a_whole_id_is_not_a_prefix_of_another(tmp_path: Path) -> None:
    agents = [RunningAgent(entry_of(1, run), tmp_path, stopping=False) for run in ("night", "nightly")]
    assert [agent.entry.run for agent in find_agents("night", agents)] == ["night"]
    assert [agent.entry.run for agent in find_agents("nigh", agents)] == ["night", "nightly"]


def test_the_next_agent_of_a_project_is_meant_while_the_one_before_is_ending(tmp_path: Path) -> None:
    ending, working = (RunningAgent(entry_of(1, run), tmp_path, stopping=run == "a") for run in ("a", "b"))
    assert find_agents("/work/notes", [ending, working]) == [working]
    assert find_agents("/work/notes", [ending]) == [ending]


def test_the_file_of_an_agent_stays_after_a_request_to_stop(register: Register) -> None:
    asked, left = (register.add(entry_of(os.getpid(), run)) for run in ("a", "b"))
    mark_stopping(asked)
    assert [remove_unless_stopping(path) for path in (asked, left)] == [False, True]
    assert runs(register) == ["a"]


def stop(register: Register, *, now: bool) -> Stop:
    (agent,) = register.running()
    with open_process(agent.entry.pid, agent.entry.identity) as process:
        assert process is not None
        return stop_agent(agent, process, now=now)


def test_only_the_first_request_is_a_signal_until_one_is_meant_for_now(
    register: Register, process: "subprocess.Popen[str]"
) -> None:
    assert process.stdout is not None
    register.add(entry_of(process.pid))
    assert [stop(register, now=False), stop(register, now=False)] == [Stop.REQUESTED, Stop.REQUESTED_BEFORE]
    assert process.stdout.readline() == "1\n"
    assert stop(register, now=True) is Stop.FORCED
    assert process.stdout.readline() == "2\n"
    process.terminate()
    assert process.stdout.read() == ""


def test_now_without_a_first_request_is_two_signals(register: Register, process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    register.add(entry_of(process.pid))
    assert stop(register, now=True) is Stop.FORCED
    assert [process.stdout.readline() for _ in range(2)] == ["1\n", "2\n"]


def test_an_agent_whose_run_ended_meanwhile_gets_no_signal(
    register: Register, process: "subprocess.Popen[str]"
) -> None:
    path = register.add(entry_of(process.pid))
    (agent,) = register.running()
    remove(path)
    with open_process(process.pid, agent.entry.identity) as handle:
        assert handle is not None
        assert stop_agent(agent, handle, now=True) is Stop.ENDED
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.read() == ""


def test_a_process_that_ignores_ctrl_c_says_which_signal_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ignoring = own_entry("run", RUN, Path("x"), Path(), "")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (ignoring.signal, own_entry("run", RUN, Path("x"), Path(), "").signal) == ("SIGTERM", "SIGINT")


def test_without_a_start_of_this_process_there_is_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "process_identity", lambda _pid: None)
    with pytest.raises(RegisterUnavailable, match="neither /proc nor ps"):
        own_entry("run", RUN, Path("x"), Path(), "")


def test_an_agent_is_listed_while_the_system_does_not_say_whether_it_runs(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_pid: int) -> str:
        raise TimeoutError("ps did not answer")

    register.add(entry_of(os.getpid()))
    monkeypatch.setattr(module, "process_identity", busy)
    assert runs(register) == [RUN]
    with pytest.raises(RegisterUnavailable, match="neither /proc nor ps"):
        own_entry("run", RUN, Path("x.ndjson"), Path(), "2026-11-23T01:12:41Z")
