"""One agent a project: who comes second is told who was first, and death frees the lock."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.safety.project_lock import Claimed, ClaimUnusable, claimed

HOLD = """
import sys, time
from pathlib import Path
from agent.safety.project_lock import claimed
with claimed(Path(sys.argv[1])) as claim:
    if len(sys.argv) > 2:
        claim.working(sys.argv[2], Path("/runs") / f"{sys.argv[2]}.ndjson")
    print("held", flush=True)
    time.sleep(60)
"""


def hold(project: Path, *run: str) -> subprocess.Popen[str]:
    """Another process that holds the project, once it does."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(project), *run], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.communicate()


def test_the_second_is_told_the_process_the_run_and_its_file(tmp_path: Path) -> None:
    first = hold(tmp_path, "20261123T011230Z-7f3a9c")
    try:
        with pytest.raises(Claimed) as caught, claimed(tmp_path):
            pass
    finally:
        end(first)
    assert f"process {first.pid}, run 20261123T011230Z-7f3a9c" in str(caught.value)
    assert "observe tail /runs/20261123T011230Z-7f3a9c.ndjson" in str(caught.value)
    assert caught.value.holder is not None


def test_a_holder_that_has_not_said_who_it_is_still_holds(tmp_path: Path) -> None:
    first = hold(tmp_path)
    try:
        with pytest.raises(Claimed, match="its run is not known yet"), claimed(tmp_path):
            pass
    finally:
        end(first)


def test_the_record_of_a_dead_run_is_not_taken_for_the_holder(tmp_path: Path) -> None:
    end(hold(tmp_path, "dead"))
    first = hold(tmp_path)
    try:
        with pytest.raises(Claimed) as caught, claimed(tmp_path):
            pass
    finally:
        end(first)
    assert caught.value.holder is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_death_frees_the_project(tmp_path: Path, number: int) -> None:
    end(hold(tmp_path, "one"), number)
    with claimed(tmp_path):
        pass
    with claimed(tmp_path):
        pass


def test_the_same_process_cannot_claim_twice(tmp_path: Path) -> None:
    with claimed(tmp_path) as claim:
        claim.working("mine", tmp_path / "mine.ndjson")
        with pytest.raises(Claimed, match=f"process {os.getpid()}, run mine"), claimed(tmp_path):
            pass


def test_an_exception_inside_gives_the_project_back(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="oops"), claimed(tmp_path):
        raise ValueError("oops")
    with claimed(tmp_path):
        pass


def test_what_is_ours_alone_stays_out_of_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with claimed(tmp_path) as claim:
        claim.working("mine", tmp_path / "mine.ndjson")
        (claim.folder / "allow.toml").write_text("allow = []\n")
        status = subprocess.run(
            ["git", "-C", str(tmp_path), "status", "--porcelain", "-uall"], capture_output=True, text=True, check=True
        )
    assert status.stdout == "?? .agent/allow.toml\n"


def test_the_record_is_written_in_one_step(tmp_path: Path) -> None:
    with claimed(tmp_path) as claim:
        claim.working("mine", tmp_path / "mine.ndjson")
        before = (claim.folder / "holder.json").stat().st_ino
        claim.working("other", tmp_path / "other.ndjson")
        assert (claim.folder / "holder.json").stat().st_ino != before
        assert json.loads((claim.folder / "holder.json").read_text())["run"] == "other"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / ".agent").write_text("in the way")
    with pytest.raises(ClaimUnusable, match=r"\.agent"), claimed(tmp_path):
        pass
