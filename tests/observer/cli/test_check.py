"""`observe check` as a process: its output formats, and how it ends."""

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.helpers import LIMIT_S
from tests.observer.cli.conftest import Finished
from tests.observer.observing import OBSERVE, Observe
from tests.observer.written import Script, small

Start = Callable[..., Observe]


def test_findings_are_printed_one_per_line(observe: Start, tmp_path: Path) -> None:
    script = small()
    script.lines[1] = b"\x1b[2J"
    path = script.to(tmp_path / "runs" / "a.ndjson")
    command = observe("check", path, small().to(tmp_path / "runs" / "b.ndjson"))

    assert command.ends() == 1
    assert command.out.splitlines()[0].startswith(f"{path}:2: not valid JSON:".encode())
    assert b"\x1b" not in command.out
    assert command.err == "observe: 2 runs checked, 1 finding\n"


def test_a_directory_means_all_its_runs(observe: Start, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        small().to(tmp_path / "runs" / f"{name}.ndjson")
    command = observe("check", cwd=tmp_path)
    everything = observe("check", "runs", cwd=tmp_path)

    assert command.ends() == 0
    assert command.err == "observe: 1 run checked, 0 findings\n"  # without a link to it, the last one by name
    assert everything.ends() == 0
    assert (everything.out, everything.err) == (b"", "observe: 3 runs checked, 0 findings\n")


def test_an_unreadable_run_outweighs_findings_and_hides_none(observe: Start, tmp_path: Path) -> None:
    bad = Script().thought("hm").to(tmp_path / "bad.ndjson")
    command = observe("check", "2031", "--runs", tmp_path, tmp_path / "none.ndjson", bad)

    assert command.ends() == 2
    assert f'no run in {tmp_path} matches "2031"' in command.err
    assert "none.ndjson does not exist" in command.err
    assert b"bad.ndjson:1: the first event is thought" in command.out


def test_json_output_has_one_finding_per_line(observe: Start, tmp_path: Path) -> None:
    path = Script().thought("hm").to(tmp_path / "bad.ndjson")
    command = observe("check", "-o", "json", path)

    assert command.ends() == 1
    assert json.loads(command.out.splitlines()[0]) == {
        "file": str(path), "line": 1, "rule": "start", "message": "the first event is thought, not run_start",
    }  # fmt: skip


def test_github_annotations_cannot_contain_another_command(observe: Start, tmp_path: Path) -> None:
    script = Script().start().add("info", {"message": "m"}, run="x\n::error::50%").complete()
    path = script.to(tmp_path / "a,b:c.ndjson")
    command = observe("check", "-o", "github", path)

    assert command.ends() == 1
    (line,) = command.out.decode().splitlines()
    assert line.startswith(f"::error file={tmp_path}/a%2Cb%3Ac.ndjson,line=2,title=observe check::")
    assert re.search(r"run x\\n::error::50%25 in the file", line)


def test_a_reader_that_exits_early_is_not_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.ndjson"
    path.write_bytes(b"no\n" * 200_000)
    with subprocess.Popen([*OBSERVE, "check", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(LIMIT_S) == 1
        assert process.stderr.read() == b""


def test_an_empty_directory_is_not_an_unreadable_run(run_command: Callable[..., Finished], tmp_path: Path) -> None:
    ended = run_command("check", tmp_path)
    assert ended.code == 2
    assert ended.err.splitlines() == [
        f"observe: {tmp_path} contains no run files", "observe: 0 runs checked"
    ]  # fmt: skip


def test_the_finding_on_a_damaged_file_names_it_once(run_command: Callable[..., Finished], tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(small().bytes)[:-9])
    assert run_command("check", path).out.decode().count("a.ndjson.gz") == 1
