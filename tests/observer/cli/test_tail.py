"""`observe tail` as a process: what it prints and how it ends.

Tests observer.__main__, observer.cli.tailing.tail_runs and observer.cli.tailing.tail_source too, as every test
that starts `python -m observer`.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import LIMIT_S, append, event
from tests.observer.observing import FAILURE, OBSERVE, START, SUCCESS, THOUGHT, Observe, lock

Start = Callable[..., Observe]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.ndjson"


def test_a_complete_run_is_replayed_and_ends_with_its_outcome(observe: Start, run: Path) -> None:
    run.write_bytes(START + THOUGHT + SUCCESS)
    viewer = observe("tail", run)

    assert viewer.ends() == 0
    assert "hello there" in viewer.out.decode()
    assert "all done" in viewer.out.decode()


def test_an_outcome_that_is_not_success_exits_1(observe: Start, run: Path) -> None:
    run.write_bytes(START + FAILURE)

    assert observe("tail", run).ends() == 1


def test_a_live_run_is_shown_as_it_happens(observe: Start, run: Path) -> None:
    viewer = observe("tail", run)
    viewer.shows("does not exist yet; waiting for it")
    append(run, THOUGHT)
    viewer.shows("hello there")
    append(run, SUCCESS)

    assert viewer.ends() == 0


def test_a_pattern_with_catastrophic_backtracking_delays_nothing(observe: Start, run: Path) -> None:
    run.write_bytes(START + event("thought", text="a" * 50_000 + "!") + SUCCESS)

    assert observe("tail", "-o", "json", "--grep", "(a+)+$", run).ends() == 0


def test_json_passes_every_byte(observe: Start, run: Path) -> None:
    content = b"\xef\xbb\xbf" + START + b"not json \xff\x00\r\n\n \n" + THOUGHT[:-1] + b"\r\n" + SUCCESS + b"half"
    run.write_bytes(content)
    viewer = observe("tail", "--no-follow", "-o", "json", run)
    viewer.ends()

    assert viewer.out == content


@pytest.mark.parametrize(
    ("arguments", "lines"), [(["-n", "2"], 2), (["--live"], 0), (["-n", "1", "--live"], 1), ([], 3)]
)
def test_it_starts_at_the_requested_position(observe: Start, run: Path, arguments: list[str], lines: int) -> None:
    run.write_bytes(START + THOUGHT + SUCCESS)
    viewer = observe("tail", "-o", "json", *arguments, run)

    assert viewer.ends() == 0
    assert viewer.out.count(b"\n") == lines


def test_every_viewer_detects_the_death_of_the_writer_without_a_missed_heartbeat(observe: Start, run: Path) -> None:
    code = (
        "import os, sys, time\n"
        "from agent.runlog.lock import take_lock\n"
        "fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "take_lock(fd)\n"
        'os.write(fd, sys.argv[2].encode() + b\'\\n{"seq":2,"torn\')\n'
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(run), START.decode().strip()]) as writer:
        viewers = [observe("tail", run) for _ in range(10)]
        for viewer in viewers:
            viewer.shows("run 20261123T011230Z-7f3a9c")
        assert all(viewer.process.poll() is None for viewer in viewers)
        writer.kill()
        assert [viewer.ends() for viewer in viewers] == [4] * 10
    assert "incomplete last line" in viewers[0].out.decode()
    assert "the run crashed: its writer is gone and there is no complete event" in viewers[0].out.decode()


@pytest.mark.parametrize("arguments", [[], ["--no-follow"], ["--live"], ["-o", "json"]])
def test_the_file_of_a_dead_run_exits_4(observe: Start, run: Path, arguments: list[str]) -> None:
    run.write_bytes(START + THOUGHT)
    viewer = observe("tail", *arguments, run)

    assert viewer.ends() == 4
    viewer.shows("the run crashed")


def test_a_run_whose_writer_holds_the_lock_is_still_followed(observe: Start, run: Path) -> None:
    descriptor = os.open(run, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        lock(descriptor)
        os.write(descriptor, START)
        viewer = observe("tail", "--no-follow", run)
        assert viewer.ends() == 0
    finally:
        os.close(descriptor)


def test_a_run_of_another_machine_is_not_reported_as_crashed(observe: Start, run: Path) -> None:
    run.write_bytes(event("run_start", host="elsewhere") + THOUGHT)

    assert observe("tail", "--no-follow", run).ends() == 0


def test_with_f_it_continues_with_the_next_run(observe: Start, tmp_path: Path) -> None:
    link = tmp_path / "latest.ndjson"
    (tmp_path / "1").write_bytes(START + SUCCESS)
    (tmp_path / "2").write_bytes(START + event("thought", text="the second run", message="m", block=0))
    link.symlink_to("1")
    viewer = observe("tail", "-F", link)
    viewer.shows("all done")
    (tmp_path / "new").symlink_to("2")
    (tmp_path / "new").replace(link)
    viewer.shows("the second run")
    viewer.shows("the run crashed")

    assert viewer.process.poll() is None


def test_standard_input_ends_with_complete_although_the_pipe_stays_open(observe: Start) -> None:
    read, write = os.pipe()
    try:
        viewer = observe("tail", "-", stdin=read)
        os.write(write, THOUGHT[:20])
        os.write(write, THOUGHT[20:] + SUCCESS)
        assert viewer.ends() == 0
    finally:
        os.close(read)
        os.close(write)


def test_standard_input_ends_at_its_end_even_without_a_newline(observe: Start, run: Path) -> None:
    run.write_bytes(THOUGHT[:-1])
    with run.open("rb") as file:
        viewer = observe("tail", "-", stdin=file.fileno())
        assert viewer.ends() == 0
    assert "hello there" in viewer.out.decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tail", "--runs", ".", "2026"], 'no run in . matches "2026"'),
        (
            ["tail", "--runs", "nowhere", "2026"],
            'cannot resolve "2026": cannot read nowhere (No such file or directory)',
        ),
        (["tail", "--grep", "("], "--grep: invalid regular expression '('"),
        (["tail", "--grep", r"(a)\1"], "--grep: back-references are not supported"),
        (["tail", "--grep", "a(?=b)"], "--grep: look-around is not supported"),
        (["tail", "--where", ".["], "not a valid jq expression"),
        (["tail", "--since", "soon"], 'invalid value for --since: "soon" is not a time'),
        (["tail", "--iteration", "x"], '"x" is not a number or range'),
        (["tail", "-n", "3", "--from-seq", "4"], "-n and --from-seq cannot be combined"),
        (["tail", "--full-gaps"], "--full-gaps requires --speed"),
        (["tail", "--speed", "0"], "'--speed'"),
        (["tail", "--stall-after", "nan"], "'--stall-after'"),
        (["tail", "-", "x.ndjson"], "cannot be combined with other runs"),
        (["tail", "--no-follow", "nowhere.ndjson"], "does not exist"),
        (["tail", "-F", "--no-follow"], "cannot be combined"),
        (["tail", "-n", "-1"], "'-n' / '--lines'"),
        (["nonsense"], "nonsense"),
    ],
)
def test_usage_errors_and_unreadable_input_exit_2_with_a_message(
    observe: Start, arguments: list[str], said: str
) -> None:
    viewer = observe(*arguments)

    assert viewer.ends() == 2
    assert said in viewer.err
    assert "Traceback" not in viewer.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_quietly(observe: Start, run: Path, number: signal.Signals, code: int) -> None:
    run.write_bytes(THOUGHT)
    viewer = observe("tail", run)
    viewer.shows("hello there")
    viewer.process.send_signal(number)

    assert viewer.ends() == code
    assert viewer.err == ""
    assert viewer.out.endswith(b"hello there\n")


def test_it_continues_after_being_suspended_and_resized(observe: Start, run: Path) -> None:
    run.write_bytes(THOUGHT)
    viewer = observe("tail", run)
    viewer.shows("hello there")
    viewer.process.send_signal(signal.SIGSTOP)
    append(run, THOUGHT)
    viewer.process.send_signal(signal.SIGCONT)
    for _ in range(50):
        viewer.process.send_signal(signal.SIGWINCH)
    append(run, SUCCESS)

    assert viewer.ends() == 0
    assert viewer.out.count(b"hello there") == 2


def test_ctrl_c_ends_it_even_if_no_one_reads_its_output(run: Path) -> None:
    run.write_bytes(THOUGHT * 20_000)
    with subprocess.Popen([*OBSERVE, "tail", "-o", "json", str(run)], stdout=subprocess.PIPE) as viewer:
        assert viewer.stdout is not None
        viewer.stdout.read(1)
        viewer.send_signal(signal.SIGINT)
        assert viewer.wait(LIMIT_S) == 130


@pytest.mark.parametrize("output", ["json", "pretty"])
def test_it_ends_quietly_when_its_pipe_closes_even_without_further_events(run: Path, output: str) -> None:
    run.write_bytes(THOUGHT)
    with subprocess.Popen(
        [*OBSERVE, "tail", "-o", output, str(run)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as viewer:
        assert viewer.stdout is not None
        assert viewer.stderr is not None
        viewer.stdout.read(5)
        viewer.stdout.close()
        assert viewer.wait(LIMIT_S) == 0
        assert viewer.stderr.read() == b""


def test_help_shows_examples_and_exit_codes(observe: Start) -> None:
    viewer = observe("tail", "--help")

    assert viewer.ends() == 0
    assert "observe tail --live" in viewer.out.decode()
    assert "the run crashed" in viewer.out.decode()


def test_schema_is_json_and_version_is_a_version(observe: Start) -> None:
    schema, version = observe("schema"), observe("--version")

    assert schema.ends() == version.ends() == 0
    assert isinstance(json.loads(schema.out), dict)
    assert version.out.startswith(b"observe ")


@pytest.mark.faults
@pytest.mark.needs("root")
def test_a_file_is_followed_again_once_its_permission_is_restored(run: Path) -> None:
    run.write_bytes(THOUGHT)
    run.chmod(0)
    run.parent.chmod(0o755)
    code = (
        "import asyncio, concurrent.futures.thread, os, sys, pathlib, watchfiles\n"
        "import aiofiles.os, observer.source.watcher\n"
        "from observer.terminal.json_view import JsonView\nfrom observer.source.file import FileSource\n"
        "from observer.terminal.output import OutputStream\nfrom observer.terminal.viewer import tail\n"
        "os.setuid(65534)\n"
        "asyncio.run(tail(FileSource(pathlib.Path(sys.argv[1])), JsonView(OutputStream(1), OutputStream(2))))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, run.name],  # the other user need not be able to enter the directories above
        cwd=run.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as viewer:
        assert viewer.stderr is not None
        assert viewer.stdout is not None
        assert "Permission denied" in viewer.stderr.readline()
        run.chmod(0o644)
        assert "hello there" in viewer.stdout.readline()
        run.chmod(0)
        append(run, SUCCESS)
        assert "all done" in viewer.stdout.readline()
        assert viewer.wait(LIMIT_S) == 0
