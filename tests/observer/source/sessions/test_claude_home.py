"""Claude Code's directory: which sessions there are, which files belong to one, and what its processes register."""

import os
from pathlib import Path

import pytest

from observer.platform.files import home_directory
from observer.source.sessions.claude_home import ClaudeHome, claude_home
from observer.source.sessions.process import BUSY, NOT_KNOWN, Process
from tests.observer.source.sessions.claude_files import CWD, SESSION, prompt, register, write_session


def test_the_directory_is_the_configured_one_or_that_in_the_home_directory() -> None:
    assert claude_home({"CLAUDE_CONFIG_DIR": "/srv/claude"}) == Path("/srv/claude")
    assert claude_home({}) == home_directory() / ".claude"


def test_sessions_are_listed_newest_first_and_those_of_one_directory_alone(tmp_path: Path) -> None:
    old, new = write_session(tmp_path), write_session(tmp_path, session="b", project="/home/me/a.b_c")
    os.utime(old, (1000, 1000))
    write_session(tmp_path, session="agent-1")
    home = ClaudeHome(tmp_path)
    assert home.sessions() == [new, old]
    assert home.sessions(Path(CWD)) == [old]
    assert home.sessions(Path("/home/me/a.b_c")) == [new]
    assert (home.session_id(old), home.contains(old), home.contains(tmp_path / "x.jsonl")) == (SESSION, True, False)


def test_the_directory_of_a_project_has_the_name_that_the_program_gives_it(tmp_path: Path) -> None:
    sessions = {}
    for project, name in (
        ("/home/me/\N{GRINNING FACE}\u00fc", "-home-me----"),
        (f"/home/{'d' * 194}", f"-home-{'d' * 194}"),
        (f"/home/{'d' * 195}", f"-home-{'d' * 194}-1x2y3z"),
    ):
        sessions[project] = tmp_path / "projects" / name / f"{SESSION}.jsonl"
        sessions[project].parent.mkdir(parents=True)
        sessions[project].touch()
    home = ClaudeHome(tmp_path)
    assert {project: home.sessions(Path(project)) for project in sessions} == {
        project: [session] for project, session in sessions.items()
    }


def test_files_of_subagents_follow_their_descriptions_at_any_depth(tmp_path: Path) -> None:
    session = write_session(tmp_path)
    nested = session.with_suffix("") / "subagents" / "workflows" / "w"
    nested.mkdir(parents=True)
    for name in ("agent-a.jsonl", "agent-a.meta.json"):
        (nested / name).touch()
        (nested.parents[1] / name).touch()
    assert [origin for origin, _ in ClaudeHome(tmp_path).companions(session)] == [
        "subagents/agent-a.meta.json",
        "subagents/workflows/w/agent-a.meta.json",
        "subagents/agent-a.jsonl",
        "subagents/workflows/w/agent-a.jsonl",
    ]


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    session = write_session(tmp_path)
    own = session.with_suffix("") / "subagents"
    (own / "agent-directory.jsonl").mkdir(parents=True)
    os.mkfifo(own / "agent-fifo.jsonl")
    os.mkfifo(session.parent / "agent-fifo.jsonl")
    os.mkfifo(session.parent / "fifo.jsonl")
    (session.parent / "directory.jsonl").mkdir()
    (own / "agent-a.jsonl").touch()
    home = ClaudeHome(tmp_path)
    assert home.sessions() == [session]
    assert home.companions(session) == [("subagents/agent-a.jsonl", own / "agent-a.jsonl")]


def test_subagents_of_old_versions_lie_beside_the_session_that_they_name(tmp_path: Path) -> None:
    session = write_session(tmp_path)
    own = write_session(tmp_path, prompt(1), session="agent-1")
    own.write_bytes(prompt(1))
    write_session(tmp_path, prompt(1), session="agent-2")
    assert ClaudeHome(tmp_path).companions(session) == [("agent-1.jsonl", own)]


@pytest.mark.parametrize(
    ("registered", "process"),
    [
        ({}, Process(alive=True, state=BUSY)),
        ({"status": "idle"}, Process(alive=True, state="waiting_for_prompt")),
        ({"statusUpdatedAt": 1795939413972}, Process(alive=True, state=BUSY, since=1795939413.972)),
        (
            {"status": "waiting", "waitingFor": "permission prompt"},
            Process(alive=True, state="waiting_on_human", waiting_for="permission prompt"),
        ),
        ({"status": "something new"}, Process(alive=True)),
        ({"procStart": "1"}, Process(alive=False)),
        ({"procStart": "9" * 5000}, Process(alive=True, state=BUSY)),
        ({"pid": 99_999_999_999}, Process(alive=False)),
        ({"procStart": None, "startedAt": 1000}, Process(alive=False)),
        ({"procStart": None, "startedAt": 1e15}, Process(alive=True, state=BUSY)),
        ({"pidDomain": "linux:0:pid:[1]"}, NOT_KNOWN),
        ({"pid": "none"}, NOT_KNOWN),
        ({"sessionId": "another"}, NOT_KNOWN),
    ],
)
def test_the_register_tells_whether_a_process_is_alive_and_what_it_does(
    tmp_path: Path, registered: dict[str, object], process: Process
) -> None:
    session = write_session(tmp_path)
    register(tmp_path, os.getpid(), **registered)
    (tmp_path / "sessions" / "1.json").write_text('{"half')
    assert ClaudeHome(tmp_path).process_of(session) == process


def test_without_a_register_nothing_is_known_of_a_process(tmp_path: Path) -> None:
    assert ClaudeHome(tmp_path).process_of(write_session(tmp_path)) == NOT_KNOWN
