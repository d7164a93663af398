"""Codex's directory: which sessions there are, and the lock of the process that writes one."""

import fcntl
import os
from pathlib import Path

from observer.platform.files import home_directory
from observer.source.sessions.codex_home import CodexHome, codex_home
from observer.source.sessions.process import NOT_KNOWN, Process
from tests.observer.source.sessions.codex_files import CHILD, MAIN, OTHER, rollout


def test_the_directory_is_the_configured_one_or_that_in_the_home_directory() -> None:
    assert codex_home({"CODEX_HOME": "/srv/codex"}) == Path("/srv/codex")
    assert codex_home({}) == home_directory() / ".codex"


def test_sessions_are_found_by_day_and_told_apart_by_working_directory(tmp_path: Path) -> None:
    mine, other = rollout(tmp_path, MAIN), rollout(tmp_path, OTHER, cwd="/home/me/other")
    os.mkfifo(mine.with_name(f"rollout-{CHILD}.jsonl"))
    home = CodexHome(tmp_path)
    assert set(home.sessions()) == {mine, other}
    assert home.sessions(Path("/p")) == [mine]
    assert (home.session_id(mine), home.contains(mine), home.companions(mine)) == (
        MAIN,
        True,
        [],
    )


def test_a_subagent_is_a_part_of_the_session_that_started_it(tmp_path: Path) -> None:
    main, child = rollout(tmp_path, MAIN), rollout(tmp_path, CHILD, MAIN)
    home = CodexHome(tmp_path)
    assert [home.is_part(path) for path in (main, child)] == [False, True]
    assert home.companions(main) == [(child.name, child)]


def test_a_lock_that_is_held_proves_a_writer(tmp_path: Path) -> None:
    session, home = rollout(tmp_path, MAIN), CodexHome(tmp_path)
    assert home.process_of(session) == NOT_KNOWN
    lock = tmp_path / "thread-writer-locks" / f"{MAIN}.lock"
    lock.parent.mkdir()
    lock.touch()
    assert home.process_of(session) == Process(alive=False)
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert home.process_of(session) == Process(alive=True)
    assert home.process_of(session) == Process(alive=False)
