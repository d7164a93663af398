"""What the names of sessions stand for."""

import os
import time
from pathlib import Path

import pytest

from observer.dialects.prices import Prices
from observer.errors import UnreadableError, UsageError
from observer.source.sessions.copying import SessionCopies
from observer.source.sessions.session_names import AllSessions, SessionName, parse_name, session_at, session_named
from tests.observer.source.sessions.claude_files import SESSION, register, write_session
from tests.observer.source.sessions.codex_files import CHILD, MAIN, rollout


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Claude Code's directory."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    return tmp_path / "claude"


def test_a_name_has_a_scheme_and_perhaps_an_id() -> None:
    assert parse_name("Claude:20 4") == SessionName("claude", "20 4")
    assert [parse_name(text).may_mean_all for text in ("codex:", "codex:all", "codex:a")] == [True, True, False]
    for text in ("claude", "runs", "nats://hub", ":"):
        with pytest.raises(UsageError, match="claude: or codex:"):
            parse_name(text)


def test_an_id_wins_over_longer_ones_that_begin_with_it(home: Path) -> None:
    write_session(home, session="ab")
    exact = write_session(home, session="a")
    assert session_named(SessionName("claude", "a")).path == exact
    assert session_named(SessionName("claude", "ab")).id == "ab"
    with pytest.raises(UnreadableError, match="no Claude Code session matches"):
        session_named(SessionName("claude", "b"))


def test_of_sessions_with_one_id_the_newest_is_meant(home: Path) -> None:
    now = time.time()
    older = write_session(home, project="/home/me/thing")
    newer = write_session(home, project="/home/me/renamed")
    os.utime(older, (now - 9, now - 9))
    assert session_named(SessionName("claude", SESSION)).path == newer
    assert session_named(SessionName("claude", SESSION[:4])).path == newer


def test_of_sessions_with_one_id_each_has_the_name_that_a_list_shows(home: Path, tmp_path: Path) -> None:
    now = time.time()
    paths = [write_session(home, project=f"/home/me/{age}") for age in range(3)]
    for age, path in enumerate(paths):
        os.utime(path, (now - age, now - age))
    copies = SessionCopies(tmp_path, AllSessions([SessionName("claude", "")]), Prices())
    listed = [copies.path_of(session).stem for session in AllSessions([SessionName("claude", "")])()]
    copies.close()
    assert listed == [SESSION, f"{SESSION}-2", f"{SESSION}-3"]
    assert [session_named(SessionName("claude", name)).path for name in listed] == paths
    for wrong in ("1", "4", "0", "x", "²", "9" * 5000):
        with pytest.raises(UnreadableError, match="no Claude Code session matches"):
            session_named(SessionName("claude", f"{SESSION}-{wrong}"))


def test_with_a_limit_there_are_the_newest_sessions_and_those_at_work(home: Path) -> None:
    now = time.time()
    for age, session in enumerate(("new", "middle", "old", "at-work")):
        os.utime(write_session(home, session=session), (now - age, now - age))
    register(home, os.getpid(), session="at-work")
    names = [SessionName("claude", "")]
    assert [session.id for session in AllSessions(names)()] == ["new", "middle", "old", "at-work"]
    assert [session.id for session in AllSessions(names, 1)()] == ["new", "at-work"]
    with pytest.raises(UnreadableError, match="no Codex sessions in"):
        AllSessions([SessionName("codex", "")])


def test_a_subagent_is_shown_as_a_part_of_its_session_unless_it_is_named(home: Path, tmp_path: Path) -> None:
    codex = tmp_path / "codex"
    main = rollout(codex, MAIN, cwd=str(Path.cwd()))
    child = rollout(codex, CHILD, MAIN, cwd=str(Path.cwd()))
    os.utime(main, (1, 1))
    assert [session.path for session in AllSessions([SessionName("codex", "")], 1)()] == [main]
    for name, path in (("", main), (MAIN[:9], main), (MAIN, main), (CHILD, child), (CHILD[:13], child)):
        assert session_named(SessionName("codex", name)).path == path


def test_of_a_file_elsewhere_no_process_is_known(home: Path, tmp_path: Path) -> None:
    inside = write_session(home)
    register(home, os.getpid())
    copy = tmp_path / f"{SESSION}.jsonl"
    copy.write_bytes(inside.read_bytes())
    assert session_at(inside).process_of(inside).alive
    assert session_at(copy).process_of(copy).alive is None
