"""Runs are written, read and followed on macOS, which is simulated by taking away what only Linux has."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.other_systems import WRITER, finish, observe, read_until, run, start

HIDDEN = """
import fcntl, os, sys
from pathlib import Path
assert sys.platform == "darwin" and not hasattr(fcntl, "F_OFD_SETLK") and not hasattr(os, "fdatasync")
exec(compile('''
from pathlib import Path
assert not Path("/proc/self").exists()
try:
    open("/proc/self/stat")
except FileNotFoundError:
    print("hidden")
''', "observer", "exec"), {"__name__": "observer.x"})
import psutil
psutil.Process().environ()
"""


@pytest.fixture
def writer(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Return a process that writes the run `r`."""
    process = start("macos", tmp_path, "-c", WRITER)
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    yield process
    with suppress(ProcessLookupError):
        process.kill()
    process.communicate()


def verdict(folder: Path) -> str:
    _, out, _ = run("macos", folder, "-m", "observer", "list", "-o", "json")  # its code depends on the verdict
    return str(json.loads(out)["verdict"])


def test_the_simulation_hides_proc_from_this_project_only(tmp_path: Path) -> None:
    assert run("macos", tmp_path, "-c", HIDDEN) == (0, "hidden\n", "")


def test_a_run_is_followed_while_it_is_written_and_to_its_end(tmp_path: Path, writer: "subprocess.Popen[str]") -> None:
    viewer = start("macos", tmp_path, "-m", "observer", "tail", "-o", "text")
    read_until(viewer, "hello there")
    assert verdict(tmp_path) == "working"

    assert finish(writer, "\n") == (0, "", "")
    code, out, err = finish(viewer)
    assert (code, err) == (0, "")
    assert "success" in out.splitlines()[-1]
    assert verdict(tmp_path) == "complete"


def test_the_death_of_a_writer_is_a_crash_at_once(tmp_path: Path, writer: "subprocess.Popen[str]") -> None:
    viewer = start("macos", tmp_path, "-m", "observer", "tail", "-o", "text")
    read_until(viewer, "hello there")
    writer.send_signal(signal.SIGKILL)
    assert finish(viewer)[0] == 4
    assert verdict(tmp_path) == "crashed"


def test_a_second_writer_is_refused_and_the_first_one_continues(
    tmp_path: Path, writer: "subprocess.Popen[str]"
) -> None:
    second = WRITER.replace('RunLog.open("runs", run="r", ', 'RunLog.resume("runs/r.ndjson", ')
    code, _, err = run("macos", tmp_path, "-c", second)
    assert code == 1
    assert f"RunLogBusy: {tmp_path}/runs/r.ndjson is being written by process {writer.pid} on " in err
    assert finish(writer, "\n") == (0, "", "")


def test_many_viewers_do_not_keep_a_run_from_starting(tmp_path: Path) -> None:
    viewers = [start("macos", tmp_path, "-m", "observer", "tail", "runs/r.ndjson", "-o", "json") for _ in range(3)]
    try:
        for viewer in viewers:
            assert viewer.stderr is not None
            assert "waiting" in viewer.stderr.readline() + viewer.stderr.readline()  # the first line is a hint
        process = start("macos", tmp_path, "-c", WRITER)
        assert finish(process, "\n") == (0, "writing\n", "")
        assert [finish(viewer)[0] for viewer in viewers] == [0, 0, 0]
    finally:
        for viewer in viewers:
            viewer.kill()
            viewer.communicate()


def test_a_viewer_that_reads_standard_input_ends_with_it(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "docs" / "example.ndjson"
    shutil.copyfile(example, tmp_path / "example.ndjson")
    assert "success" in observe("macos", tmp_path, "tail", "-", "-o", "text", stdin=example.read_text())
