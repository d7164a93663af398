"""The feature list while sessions write it: counted, watched, held to the rules. With real files and events."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.events import Flip
from agent.harness.feature_watch import FeatureWatch
from agent.harness.resume import LastBuild
from tests.agent.runlog.writing import QuietLog, events_of, quiet_log
from tests.helpers import LIMIT_S, line, wait_until_async


class Project:
    """A project whose list is watched, and the log that records its progress."""

    def __init__(self, root: Path, log: QuietLog) -> None:
        self.root = root
        self.list = root / "feature_list.json"
        self.log = log
        self.watch = FeatureWatch(log, root, root / ".agent")

    def write(self, **passes: bool) -> None:
        self.list.write_text(json.dumps([{"name": name, "passes": done} for name, done in passes.items()]))

    @property
    def passes(self) -> dict[str, bool]:
        return {row["name"]: row["passes"] for row in json.loads(self.list.read_text())}

    def progress(self) -> list[tuple[int, int, dict[str, bool]]]:
        """Return (passing, total, flipped features) of each progress event."""
        return [
            (data["passing"], data["total"], {flip["name"]: flip["passes"] for flip in data["changed"]})
            for data in self.data("progress")
        ]

    def data(self, type_: str) -> list[dict[str, Any]]:
        return [event["data"] for event in events_of(self.log.path) if event["type"] == type_]

    def errors(self) -> list[str]:
        return [data["message"] for data in self.data("error")]


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Project]:
    root = tmp_path / "project"
    (root / ".agent").mkdir(parents=True)
    async with quiet_log(tmp_path / "runs") as log:
        yield Project(root, log)


@pytest.fixture
async def watched(project: Project) -> AsyncIterator[Project]:
    """A list of two features, fixed and watched."""
    project.write(a=False, b=True)
    await project.watch.read(report=True)
    project.watch.fixed = True
    async with project.watch.watching():
        yield project


async def test_every_write_is_reported_with_the_flipped_features(watched: Project) -> None:
    watched.write(a=True, b=True)
    await wait_until_async(lambda: len(watched.progress()) == 2)
    watched.write(a=True, b=False)
    await wait_until_async(lambda: len(watched.progress()) == 3)
    assert watched.progress() == [(1, 2, {}), (2, 2, {"a": True}), (1, 2, {"b": False})]


async def test_a_list_replaced_by_a_rename_is_noticed(watched: Project) -> None:
    temporary = watched.root / "new.json"
    temporary.write_text(watched.list.read_text().replace("false", "true"))
    temporary.replace(watched.list)
    await wait_until_async(lambda: watched.progress()[1:] == [(2, 2, {"a": True})])


async def test_a_change_that_a_session_may_not_make_is_undone_at_once(watched: Project) -> None:
    watched.write(a=True)
    await wait_until_async(lambda: watched.list.exists() and watched.passes == {"a": True, "b": True})
    await wait_until_async(lambda: len(watched.progress()) == 2)
    assert watched.errors() == [
        "a session may only change `passes`, and add features that do not pass, in feature_list.json; "
        "undone: b (removed); the undone version is in .agent/feature_list.undone.json"
    ]
    undone = watched.root / ".agent" / "feature_list.undone.json"
    assert json.loads(undone.read_text()) == [{"name": "a", "passes": True}]


async def test_a_new_feature_that_does_not_pass_is_kept_and_recorded_whoever_added_it(watched: Project) -> None:
    watched.write(a=False, c=False)
    await wait_until_async(lambda: watched.data("info"))
    assert watched.passes == {"a": False, "b": True, "c": False}
    (info,) = watched.data("info")
    message = "features that do not pass yet were added to feature_list.json, and are kept: c (added)"
    assert info == {"message": message, "kind": "feature_list_edited"}
    (error,) = watched.errors()
    assert "undone: b (removed)" in error
    await wait_until_async(lambda: watched.progress()[-1][:2] == (1, 3))


async def test_the_undo_is_done_also_when_the_undone_version_cannot_be_kept(watched: Project) -> None:
    (watched.root / ".agent" / "feature_list.undone.json.new").mkdir()
    watched.write(a=True)
    await wait_until_async(lambda: watched.list.exists() and watched.passes == {"a": True, "b": True})
    await wait_until_async(watched.errors)
    assert "could not be kept" in watched.errors()[0]


@pytest.mark.parametrize("author", ["session", "person"])
async def test_who_let_a_feature_pass_is_reported(project: Project, author: str) -> None:
    flips: list[tuple[list[str], str]] = []

    async def on_flips(changed: Sequence[Flip], by: str) -> None:
        flips.append(([flip.name for flip in changed], by))

    project.write(a=False, b=True)
    agent_dir = project.root / ".agent"
    project.watch = FeatureWatch(project.log, project.root, agent_dir, lambda _time: author == "session", on_flips)
    await project.watch.read()
    project.watch.fixed = True
    project.write(a=True, b=True)
    await project.watch.read()
    assert flips == [(["a"], author)]


async def test_what_a_person_edits_is_kept_and_recorded_with_the_new_list(project: Project) -> None:
    project.write(a=False, b=True)
    changes: list[int] = []

    def is_not_the_sessions(changed_ns: int) -> bool:
        changes.append(changed_ns)
        return False

    project.watch = FeatureWatch(project.log, project.root, project.root / ".agent", is_not_the_sessions)
    await project.watch.read(report=True)
    project.watch.fixed = True
    before = time.time_ns()
    project.list.write_text('[{"name": "a", "steps": ["Look"], "passes": true}, {"name": "c", "passes": false}]')
    await project.watch.read()
    assert project.passes == {"a": True, "c": False}
    assert project.errors() == []
    (info,) = project.data("info")
    assert info["kind"] == "feature_list_edited"
    assert info["message"].endswith("is kept: c (added), a (reworded), b (removed)")
    assert project.progress()[-1] == (1, 2, {"a": True})
    assert project.data("progress")[-1]["features"] == [{"name": "a", "passes": True}, {"name": "c", "passes": False}]
    assert all(before - 10**8 < changed < time.time_ns() for changed in changes)


async def test_a_feature_that_a_person_rewords_is_listed_again(project: Project) -> None:
    project.write(a=False)
    project.watch = FeatureWatch(project.log, project.root, project.root / ".agent", lambda _time: False)
    await project.watch.read(report=True)
    project.watch.fixed = True
    project.list.write_text('[{"name": "a", "description": "Else.", "passes": false}]')
    await project.watch.read()
    assert [data["features"] for data in project.data("progress")] == [[{"name": "a", "passes": False}]] * 2


async def test_a_session_that_verifies_lets_no_feature_pass(watched: Project) -> None:
    watched.watch.may_pass = False
    watched.write(a=True, b=False)
    await wait_until_async(lambda: watched.passes == {"a": False, "b": False})
    await wait_until_async(lambda: watched.progress()[-1] == (0, 2, {"b": False}))
    message = "a session may only set `passes` to false in feature_list.json; undone: a (set to pass); "
    assert watched.errors() == [message + "the undone version is in .agent/feature_list.undone.json"]


@pytest.mark.parametrize("text", ["[{", "", "{}", "\x00" * 100, "[]"])
async def test_an_invalid_list_is_reported_once_and_restored_when_the_session_ends(watched: Project, text: str) -> None:
    watched.list.write_text(text)
    await wait_until_async(watched.errors)
    watched.list.write_text(text + " ")
    await watched.watch.read()
    await watched.watch.settle()
    (message,) = watched.errors()
    assert "still counting 1 of 2" in message
    assert (watched.root / ".agent" / "feature_list.undone.json").read_text() == text + " "
    assert watched.passes == {"a": False, "b": True}
    assert [event[:2] for event in watched.progress()] == [(1, 2), (1, 2)]


async def test_a_list_whose_write_is_in_progress_is_not_an_error(watched: Project) -> None:
    text = watched.list.read_text().replace("false", "true")
    watched.list.write_text(text[:20])
    reading = asyncio.create_task(watched.watch.read())
    await asyncio.sleep(0)
    watched.list.write_text(text)
    await reading
    assert watched.errors() == []
    assert watched.progress()[-1] == (2, 2, {"a": True})


async def test_a_list_that_is_fixed_counts_again(watched: Project) -> None:
    watched.list.write_text("[")
    await wait_until_async(watched.errors)
    watched.write(a=True, b=True)
    await wait_until_async(lambda: watched.progress()[-1] == (2, 2, {"a": True}))
    watched.list.write_text("[")
    await wait_until_async(lambda: len(watched.errors()) == 2)


async def test_a_removed_list_is_restored_when_the_session_ends(watched: Project) -> None:
    watched.list.unlink()
    await watched.watch.settle()
    assert len(watched.errors()) == 1
    assert watched.passes == {"a": False, "b": True}


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/etc/passwd", path)])
async def test_a_pipe_or_a_link_in_its_place_does_not_block_and_is_replaced(
    watched: Project, make: Callable[[Path], object]
) -> None:
    before = Path("/etc/passwd").read_bytes()
    watched.list.unlink()
    make(watched.list)
    async with asyncio.timeout(LIMIT_S):
        await watched.watch.settle()
    assert watched.passes == {"a": False, "b": True}
    assert not watched.list.is_symlink()
    assert Path("/etc/passwd").read_bytes() == before


async def test_a_directory_in_its_place_is_reported_and_the_count_is_kept(watched: Project) -> None:
    watched.list.unlink()
    watched.list.mkdir()
    await watched.watch.settle()
    assert "cannot be restored" in watched.errors()[-1]
    watched.list.rmdir()
    watched.write(a=True, b=True)
    await wait_until_async(lambda: watched.progress()[-1] == (2, 2, {"a": True}))


async def test_an_initializer_may_write_anything_until_it_is_done(project: Project) -> None:
    async with project.watch.watching():
        await project.watch.read(report=True)
        assert project.progress() == []
        project.write(a=False)
        await wait_until_async(lambda: len(project.progress()) == 1)
        project.write(a=False, b=False)
        await wait_until_async(lambda: len(project.progress()) == 2)
        assert await project.watch.accept()
    assert project.errors() == []
    assert project.progress() == [(0, 1, {}), (0, 2, {})]


async def test_features_that_an_initializer_marks_as_passing_are_reset(project: Project) -> None:
    project.write(a=True, b=False)
    assert await project.watch.accept()
    assert project.passes == {"a": False, "b": False}
    assert project.errors() == ["the initializer marked features as passing that have not been built; undone: a"]
    assert project.progress()[-1] == (0, 2, {"a": False})


async def test_a_missing_or_invalid_list_is_not_accepted(project: Project) -> None:
    assert not await project.watch.accept()
    assert project.errors() == []
    project.list.write_text("[]")
    assert not await project.watch.accept()
    assert project.watch.problem == "it contains no feature"


async def test_the_latest_of_several_problems_is_kept_and_only_the_first_is_reported(project: Project) -> None:
    project.list.write_text("not yet")
    await project.watch.read()
    project.list.write_text("[]")
    await project.watch.read()

    assert project.watch.problem == "it contains no feature"
    assert len(project.errors()) == 1


async def test_a_file_whose_name_is_not_utf_8_does_not_end_the_watch(watched: Project) -> None:
    (Path(os.fsdecode(os.fsencode(watched.root) + b"/\xff\xfe"))).write_text("x")
    watched.write(a=True, b=True)
    await wait_until_async(lambda: len(watched.progress()) == 2)


@pytest.mark.parametrize(("age_s", "kept"), [(0, False), (3600, True)])
async def test_after_a_crash_what_was_changed_later_is_a_persons(project: Project, age_s: float, kept: bool) -> None:
    project.write(a=False, b=False)
    (project.root / ".agent" / "feature_list.kept.json").write_bytes(project.list.read_bytes())
    crashed = project.root / "crashed.ndjson"
    crashed.write_bytes(line(1))
    os.utime(crashed, (time.time() - age_s,) * 2)
    project.write(a=False)
    project.watch = FeatureWatch(project.log, project.root, project.root / ".agent", lambda _time: False)
    await project.watch.begin(LastBuild("r-crashed", str(crashed), 1))
    assert list(project.passes) == (["a"] if kept else ["a", "b"])
    assert [data["kind"] for data in project.data("info")] == (["feature_list_edited"] if kept else [])


@pytest.mark.parametrize(("iteration", "fixed"), [(0, True), (1, False)])
async def test_a_list_is_the_users_if_the_last_run_crashed_before_its_first_session(
    project: Project, iteration: int, fixed: bool
) -> None:
    project.write(a=False)
    await project.watch.begin(LastBuild("r-crashed", str(project.root / "missing.ndjson"), iteration))
    assert project.watch.fixed is fixed
