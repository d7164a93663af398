"""Only files below the directory of sessions are read as such, whatever links an agent puts there."""

import os
from pathlib import Path

import pytest

from observer.source.sessions.claude_home import ClaudeHome
from observer.source.sessions.codex_home import CodexHome
from observer.source.sessions.session_paths import is_inside, written
from tests.observer.source.sessions.claude_files import write_session
from tests.observer.source.sessions.codex_files import CHILD, MAIN, rollout


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that is no session, elsewhere."""
    (path := tmp_path / "secret.txt").write_text("a secret")
    return path


def test_a_link_counts_only_if_it_leads_to_a_file_in_the_directory(tmp_path: Path, secret: Path) -> None:
    (directory := tmp_path / "sessions").mkdir()
    (inside := directory / "a").touch()
    os.utime(inside, (5, 5))
    for name, target in {"in": inside, "out": secret, "gone": directory / "none", "loop": directory / "loop"}.items():
        (directory / name).symlink_to(target)
    os.mkfifo(directory / "fifo")
    names = ["a", "in", "out", "gone", "loop", "fifo", "none"]
    assert [written(directory / name, directory) for name in names] == [5, 5, None, None, None, None, None]
    (tmp_path / "moved").symlink_to(directory)  # a home that is a link itself
    assert is_inside(tmp_path / "moved" / "a", directory)
    assert is_inside(inside, tmp_path / "moved")


def test_links_of_claude_code_are_not_followed_out_of_the_project(tmp_path: Path, secret: Path) -> None:
    session = write_session(tmp_path / "claude")
    own = session.with_suffix("") / "subagents"
    own.mkdir(parents=True)
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (elsewhere / "agent-y.jsonl").touch()
    (own / "agent-x.jsonl").symlink_to(secret)
    (own / "deep").symlink_to(elsewhere)
    (session.parent / "agent-z.jsonl").symlink_to(secret)
    session.with_name("another.jsonl").symlink_to(secret)
    home = ClaudeHome(tmp_path / "claude")
    assert (home.sessions(), home.companions(session)) == ([session], [])
    linked = write_session(tmp_path / "claude", session="linked")
    linked.with_suffix("").mkdir()
    (linked.with_suffix("") / "subagents").symlink_to(elsewhere)
    assert home.companions(linked) == []


def test_links_of_codex_are_not_followed_out_of_its_sessions(tmp_path: Path) -> None:
    main, child = rollout(tmp_path / "codex", MAIN), rollout(tmp_path / "codex", CHILD, MAIN)
    home = CodexHome(tmp_path / "codex")
    assert home.companions(main) == [(child.name, child)]
    child.rename(away := tmp_path / child.name)
    child.symlink_to(away)
    assert (home.sessions(), home.companions(main)) == ([main], [])
