"""A build knows where the last one in its project stopped, and whether that one crashed."""

from pathlib import Path

from agent.events import Outcome
from agent.harness.resume import LastBuild, save_progress
from tests.agent.runlog.writing import events_of, quiet_log


async def test_the_record_of_a_build_is_what_the_next_one_loads(tmp_path: Path) -> None:
    assert LastBuild.load(tmp_path) is None
    async with quiet_log(tmp_path / "runs") as log:
        await save_progress(log, tmp_path, 4)
        assert LastBuild.load(tmp_path) == LastBuild(log.run, str(log.path), 4)
        await save_progress(log, tmp_path, 5, ("a", "b"))
        assert LastBuild.load(tmp_path) == LastBuild(log.run, str(log.path), 5, ("a", "b"))


async def test_a_run_without_complete_has_crashed(tmp_path: Path) -> None:
    async with quiet_log(tmp_path / "runs") as log:
        last = LastBuild(log.run, str(log.path), 2)
        assert last.crashed
        assert last.describe().kind == "crashed"
        assert "which crashed in iteration 2" in last.describe().message
        assert "which crashed before its first session" in LastBuild(log.run, str(log.path), 0).describe().message
        await log.complete(Outcome.SUCCESS, "done")
    assert not last.crashed
    assert (last.describe().kind, last.describe().message) == ("continued", f"continues run {last.run}")


def test_a_run_file_that_cannot_be_read_is_not_taken_for_a_crash(tmp_path: Path) -> None:
    last = LastBuild("r1", str(tmp_path / "missing.ndjson"), 2)
    assert not last.crashed
    assert "cannot read its file (No such file or directory)" in last.describe().message


async def test_a_record_that_cannot_be_written_is_recorded_in_the_run(tmp_path: Path) -> None:
    async with quiet_log(tmp_path / "runs") as log:
        await save_progress(log, tmp_path / "missing", 1)
    (error,) = [event["data"] for event in events_of(log.path) if event["type"] == "error"]
    assert error["kind"] == "agent_folder"
    assert "will not know where this one stopped" in error["message"]
