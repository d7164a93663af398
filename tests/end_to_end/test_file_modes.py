"""What holds the content of a run is for its owner only, whatever the umask.

What other tests look at: images (tests/end_to_end/test_contents.py), the register of agents (test_list_and_stop.py),
the cache and copies of sessions (tests/observer/source/sessions), and lists that were undone (test_list_files.py).

Tests agent.runlog.attachments and observer.report.target.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import RunLog
from agent.events import Thought, ToolResult, ToolStatus
from agent.safety.project_lock import lock_project
from observer.nats.local_copy import LocalCopies
from observer.nats.messages import Piece
from observer.source.mirror import copy_directory
from tests import warm
from tests.helpers import LIMIT_S


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def too_open(directory: Path) -> list[str]:
    """Return the files below that others can read or write, although they need not pass a closed directory."""
    return [
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


def run(package: str, *arguments: str, cwd: Path, given: Path = Path(os.devnull), cold: bool = False) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cwd / "cache")}
    with given.open("rb") as stdin:
        ended = warm.run(package, *arguments, cwd=cwd, timeout=LIMIT_S, env=environment, stdin=stdin, cold=cold)
    assert ended.returncode == 0, ended.stderr


def test_a_run_its_outputs_its_reports_and_its_compressed_form_are_private(tmp_path: Path) -> None:
    with RunLog.open(tmp_path / "runs", run="one") as log:
        log.emit(Thought(text="Hello.", message="m", block=0))
        log.emit(
            ToolResult(tool_use_id="t", name="Bash", status=ToolStatus.SUCCESS, duration_ms=1, output="x" * 99_999,
                       output_bytes=99_999)
        )  # fmt: skip
    for report in ("run.html", "run.md", "run.xml", "run.json"):
        run("observer", "report", "runs/one.ndjson", "-o", report, cwd=tmp_path)
    run("agent", "record", "--runs", "copies", cwd=tmp_path, given=tmp_path / "runs" / "one.ndjson")
    assert list((tmp_path / "copies").glob("*.ndjson"))
    assert too_open(tmp_path) == []
    run("agent", "prune", "--runs", "runs", "--older", "0d", "--compress", cwd=tmp_path, cold=True)
    assert list((tmp_path / "runs").glob("*.gz"))
    assert too_open(tmp_path) == []


def test_copies_of_runs_of_other_machines_are_private(tmp_path: Path) -> None:
    with copy_directory(tmp_path / "spool") as directory:
        copies = LocalCopies(directory)
        copies.write("one", [Piece(b"{}", 0)])
        copies.point_to("one")
        copies.create("two")
        copies.close()
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert too_open(tmp_path / "spool") == []


def test_the_directory_of_the_harness_in_a_project_is_private(tmp_path: Path) -> None:
    with lock_project(tmp_path) as held:
        assert stat.S_IMODE(held.directory.stat().st_mode) == 0o700
