"""`observe tail` as a process that is told of changes by directories alone, and many such processes at once."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import append, event, wait_until
from tests.observer.observing import SUCCESS, Observe

Start = Callable[..., Observe]
BEGUN = event("info", message="begun")
LINES = [event("info", message=f"line {number}") for number in range(20)]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "a.ndjson"
    path.parent.mkdir()
    path.write_bytes(BEGUN)
    return path


@pytest.fixture
def directories_alone(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which the library that tells of open files is missing."""
    path = tmp_path / "modules" / "inotify_simple.py"
    path.parent.mkdir()
    path.write_text("raise ImportError\n")
    return {"PYTHONPATH": os.pathsep.join([str(path.parent), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.parametrize("of_directory", [False, True])
def test_directories_alone_tell_of_every_line_and_of_new_runs(
    observe: Start, run: Path, directories_alone: dict[str, str], *, of_directory: bool
) -> None:
    target = run.parent if of_directory else run
    viewer = observe("tail", "-o", "json", target, env=directories_alone, cold=True)
    viewer.shows("begun")
    for line in LINES:
        append(run, line)
        wait_until(lambda line=line: viewer.out.endswith(line))  # type: ignore[misc]
    if of_directory:
        append(run.with_name("b.ndjson"), BEGUN + SUCCESS)
        viewer.shows("all done")
    append(run, SUCCESS)
    assert viewer.ends() == 0
    assert viewer.out.startswith(BEGUN + b"".join(LINES))


def test_none_of_many_viewers_misses_a_line_whether_it_waits_for_events_or_for_a_timer(
    observe: Start, run: Path
) -> None:
    viewers = [observe("tail", "-o", "json", run) for _ in range(12)]
    wait_until(lambda: all(viewer.out == BEGUN for viewer in viewers))
    for line in LINES:
        for viewer in viewers[::2]:  # half of them come late
            viewer.process.send_signal(signal.SIGSTOP)
        append(run, line)
        for viewer in viewers[::2]:
            viewer.process.send_signal(signal.SIGCONT)
    append(run, SUCCESS)

    assert [viewer.ends() for viewer in viewers] == [0] * len(viewers)
    assert all(viewer.out == BEGUN + b"".join(LINES) + SUCCESS for viewer in viewers)
