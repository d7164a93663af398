"""The rollouts of Codex: which there are, and which are those of subagents."""

import os
from pathlib import Path

import pytest

from observer.source.sessions.codex_rollouts import CodexRollouts, thread_of
from tests.observer.source.sessions.codex_files import CHILD, GRANDCHILD, MAIN, OTHER, rollout


def test_subagents_are_below_their_thread_on_whatever_day_they_began(tmp_path: Path) -> None:
    rollouts = CodexRollouts(tmp_path / "sessions")
    main, other = rollout(tmp_path, MAIN), rollout(tmp_path, OTHER, day="2026/11/30")
    grandchild = rollout(tmp_path, GRANDCHILD, CHILD, "2027/01/01")
    child = rollout(tmp_path, CHILD, MAIN, "2026/11/30")
    assert rollouts.all() == [main, child, other, grandchild]
    assert rollouts.below(main) == [child, grandchild]
    assert rollouts.below(child) == [grandchild]
    assert rollouts.below(other) == []
    assert [path for path in rollouts.all() if rollouts.is_below_another(path)] == [child, grandchild]


def test_a_subagent_that_begins_is_found_at_once(tmp_path: Path) -> None:
    rollouts, main = CodexRollouts(tmp_path / "sessions"), rollout(tmp_path, MAIN)
    assert rollouts.below(main) == []
    children = []
    for number in range(5, 9):
        children.append(rollout(tmp_path, MAIN.replace("-1", f"-{number}"), MAIN))
        assert rollouts.below(main) == children


def test_a_directory_that_has_not_changed_for_a_while_is_not_listed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = rollout(tmp_path, MAIN)
    os.utime(main.parent, (1, 1))
    rollouts = CodexRollouts(tmp_path / "sessions")
    assert rollouts.all() == [main]
    monkeypatch.setattr(os, "listdir", lambda _: pytest.fail("listed again"))
    assert rollouts.all() == [main]


def test_a_subagent_whose_thread_is_gone_is_shown_alone(tmp_path: Path) -> None:
    child = rollout(tmp_path, CHILD, MAIN)
    assert not CodexRollouts(tmp_path / "sessions").is_below_another(child)


def test_a_subagent_whose_rollout_was_removed_is_gone(tmp_path: Path) -> None:
    rollouts, main = CodexRollouts(tmp_path / "sessions"), rollout(tmp_path, MAIN)
    child = rollout(tmp_path, CHILD, MAIN)
    assert rollouts.below(main) == [child]
    child.unlink()
    assert rollouts.below(main) == []


@pytest.mark.parametrize("parent", [CHILD, GRANDCHILD])
def test_no_thread_is_below_itself_or_a_later_one(tmp_path: Path, parent: str) -> None:
    """Of two that name each other as their parents, both would be gone from lists."""
    child, later = rollout(tmp_path, CHILD, parent), rollout(tmp_path, GRANDCHILD, CHILD)
    rollouts = CodexRollouts(tmp_path / "sessions")
    assert [rollouts.is_below_another(path) for path in (child, later)] == [False, True]
    assert (rollouts.below(child), rollouts.below(later)) == ([later], [])


def test_a_first_line_that_is_not_whole_yet_is_read_again(tmp_path: Path) -> None:
    main, child = rollout(tmp_path, MAIN), rollout(tmp_path, CHILD, MAIN)
    line = child.read_bytes()
    child.write_bytes(line[:30])
    rollouts = CodexRollouts(tmp_path / "sessions")
    assert rollouts.below(main) == []
    child.write_bytes(line)
    assert rollouts.below(main) == [child]


def test_what_later_lines_and_texts_say_of_parents_does_not_count(tmp_path: Path) -> None:
    main, child = rollout(tmp_path, MAIN), rollout(tmp_path, CHILD)
    said = f'"parent_thread_id":"{MAIN}"'
    quoted = said.replace('"', '\\"')
    child.write_text(f'{{"type":"session_meta","payload":{{"id":"{CHILD}","text":"{quoted}"}}}}\n{{{said}}}\n')
    assert CodexRollouts(tmp_path / "sessions").below(main) == []


@pytest.mark.parametrize(
    ("name", "thread"), [(f"rollout-x-{MAIN}.jsonl", MAIN), ("rollout-mine.jsonl", "rollout-mine")]
)
def test_a_rollout_is_named_after_its_thread(name: str, thread: str) -> None:
    assert thread_of(Path(name)) == thread
