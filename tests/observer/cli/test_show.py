"""`observe show` as a process: the summary of a run, and runs that cannot be read."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.cli.test_tail_filters import ALL
from tests.observer.observing import Observe
from tests.observer.written import Script

Run = Callable[..., Observe]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "20261123T011230Z-7f3a9c.ndjson"
    path.parent.mkdir()
    path.write_bytes(ALL)
    path.with_name("latest.ndjson").symlink_to(path.name)
    return path


def test_a_run_is_summarized(observe: Run, run: Path) -> None:
    viewer = observe("show", cwd=run.parent.parent)
    assert viewer.ends() == 0
    out = viewer.out.decode()
    assert out.startswith("run 20261123T011230Z-7f3a9c  complete\n")
    assert "  Bash                 1       5ms  1 failed" in out
    assert "Explore  Look around" in out


def test_the_same_is_there_as_json(observe: Run, run: Path) -> None:
    viewer = observe("show", "-o", "json", cwd=run.parent.parent)
    assert viewer.ends() == 0
    found = json.loads(viewer.out)
    assert (found["run"], found["verdict"]) == ("20261123T011230Z-7f3a9c", "complete")
    assert [call["tool"] for call in found["failed_calls"]] == ["Bash"]


def test_one_event_is_shown_whole_or_as_its_line(observe: Run, tmp_path: Path) -> None:
    lines = Script().start().use("Bash", "t1", {"command": "make"}).result("Bash", "t1", "built").lines
    (tmp_path / "r.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))

    viewer = observe("show", "r.ndjson", "--event", "2", cwd=tmp_path)
    assert viewer.ends() == 0
    assert "● Bash  make" in viewer.out.decode()
    assert "built" in viewer.out.decode()

    viewer = observe("show", "r.ndjson", "--event", "2", "-o", "json", cwd=tmp_path)
    assert viewer.ends() == 0
    assert viewer.out == lines[1] + b"\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "--event", "4711"], "latest.ndjson: no event 4711"),
        (["show", "--event", "0"], "--event"),
        (["show", "2027"], 'no run in runs matches "2027"'),
        (["show", "runs"], "runs is a directory, not a run file"),
        (["show", "nowhere.ndjson"], "nowhere.ndjson does not exist"),
        (["tail", "bad.ndjson.gz"], "cannot be decompressed"),
        (["tail", "nowhere.ndjson.gz"], "nowhere.ndjson.gz does not exist"),
    ],
)
def test_a_run_that_cannot_be_read_is_reported_in_one_message(
    observe: Run, run: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "bad.ndjson.gz").write_bytes(b"not packed")
    viewer = observe(*arguments, cwd=tmp_path)
    assert viewer.ends() == 2
    assert message in viewer.err
    assert "Traceback" not in viewer.err
