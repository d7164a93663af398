"""`observe tail` (observer.cli.tail) with filters and several runs. Tests observer.cli.tailing.tail_options too."""

import gzip
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from observer.cli.tailing.tail_options import OutputFormat, TailOptions, resolve
from observer.runs.filters.filter import Filter
from observer.source.items import Follow
from observer.source.seek import StartPosition
from tests.helpers import append, event, wait_until
from tests.observer.cli.conftest import Finished
from tests.observer.observing import FAILURE, START, SUCCESS, THOUGHT, Observe, lock

Run = Callable[..., Observe]
USE = event("tool_use", id="a", name="Bash", input={"command": "git push"})
RESULT = event("tool_result", tool_use_id="a", name="Bash", status="error", duration_ms=5, output="fatal: no\nremote")
SPAWN = event("subagent_start", id="x", tool_use_id="s", agent_type="Explore", description="Look around")
INSIDE = event("thought", "s", text="Inside. ", message="n", block=0)
ALL = START + THOUGHT + USE + RESULT + SPAWN + INSIDE + SUCCESS


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    path = tmp_path / "runs" / "20261123T011230Z-7f3a9c.ndjson"
    path.write_bytes(ALL)
    (tmp_path / "runs" / "latest.ndjson").symlink_to(path.name)
    return path


def shown(viewer: Observe) -> list[bytes]:
    viewer.ends()
    return viewer.out.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--type", "tool_use"], [USE]),
        (["--type", "tool_use,tool_result"], [USE, RESULT]),
        (["--type", "tool_use", "--type", "thought", "--agent", "main"], [THOUGHT, USE]),
        (["--exclude", "thought,run_start,complete"], [USE, RESULT, SPAWN]),
        (["--tool", "bash"], [USE, RESULT]),
        (["--status", "error"], [RESULT]),
        (["--errors"], [RESULT]),
        (["--agent", "explore"], [SPAWN, INSIDE]),
        (["--iteration", "3-4", "--type", "thought"], [THOUGHT, INSIDE]),
        (["--iteration", "4"], []),
        (["--grep", "push|remote"], [USE, RESULT]),
        (["--where", ".data.duration_ms > 3"], [RESULT, SUCCESS]),
        (["--no-thoughts", "--type", "thought"], []),
        (["--since", "2026-11-23T01:12:31Z"], []),
        (["--until", "2026-11-23T01:12:31Z", "--type", "tool_use"], [USE]),
        (["-n", "1", "--type", "thought"], [INSIDE]),
        (["-n", "2"], [INSIDE, SUCCESS]),
        (["-n", "1", "--agent", "explore"], [INSIDE]),
    ],
)
@pytest.mark.parametrize("source", ["file", "stdin", "gzip", "two"])
def test_filters_select_the_same_events_from_every_source(
    run_command: Callable[..., Finished], run: Path, options: list[str], expected: list[bytes], source: str
) -> None:
    done = run_command("tail", "-o", "json", "--no-follow", *options, *arguments(source, run), stdin=run)

    assert (done.code, done.out.splitlines(keepends=True)) == (0, expected)


def arguments(source: str, run: Path) -> list[str | Path]:
    """Return the arguments that make `observe tail` read a run from a kind of source."""
    match source:
        case "gzip":
            run.with_name("packed.ndjson.gz").write_bytes(gzip.compress(run.read_bytes()))
            return [run.with_name("packed.ndjson.gz")]
        case "two":
            run.with_name("empty.ndjson").write_bytes(b"")
            return [run, run.with_name("empty.ndjson")]
        case "stdin":
            return ["-"]
        case _:
            return [run]


@pytest.mark.parametrize("source", ["file", "stdin", "gzip", "two"])
def test_a_process_that_follows_a_run_filters_it(observe: Run, run: Path, source: str) -> None:
    with run.open("rb") as file:
        viewer = observe("tail", "-o", "json", "--agent", "explore", *arguments(source, run), stdin=file.fileno())
        if source == "two":
            viewer.shows("Inside")
            viewer.process.send_signal(signal.SIGINT)
        assert shown(viewer) == [SPAWN, INSIDE]


@pytest.mark.parametrize("output", ["pretty", "text"])
def test_filters_hold_for_every_output(observe: Run, run: Path, output: str) -> None:
    out = b"".join(shown(observe("tail", "-o", output, "--type", "tool_use", "--no-follow", run)))
    assert b"git push" in out
    assert b"hello" not in out
    assert b"fatal" not in out


def test_text_output_has_one_line_per_event(observe: Run, run: Path) -> None:
    lines = shown(observe("tail", "-o", "text", "--no-follow", run, env={"LC_ALL": "C.UTF-8"}))
    assert len(lines) == ALL.count(b"\n")
    assert lines[2].decode() == "2026-11-23T01:12:30.123456Z  3  tool_use          Bash  git push\n"
    assert "Bash error  fatal: no  5ms · 2 lines, 16 B" in lines[3].decode()


@pytest.mark.parametrize("output", ["pretty", "text", "json"])
def test_no_content_shows_no_text_of_the_run(observe: Run, run: Path, output: str) -> None:
    append(run, b'{"torn": "secret')
    out = b"".join(shown(observe("tail", "-o", output, "--no-content", "--no-follow", run)))
    assert b"Bash" in out
    for text in (b"hello", b"git push", b"fatal", b"Inside", b"Look around", b"all done", b"secret"):
        assert text not in out


def test_a_run_is_named_by_its_id_or_latest(observe: Run, run: Path) -> None:
    for name in ("latest", "20261123T0112", run.stem):
        assert b"".join(shown(observe("tail", "-o", "json", name, cwd=run.parent.parent))) == ALL


@pytest.fixture
def active(run: Path) -> Iterator[int]:
    """A run beside it that its writer has not ended: the open file."""
    descriptor = os.open(run.with_name("20261123T021230Z-aaaaaa.ndjson"), os.O_RDWR | os.O_CREAT)
    lock(descriptor)
    os.write(descriptor, START)
    yield descriptor
    os.close(descriptor)


def test_a_directory_is_followed_until_all_its_runs_and_new_ones_have_ended(
    observe: Run, run: Path, active: int
) -> None:
    viewer = observe("tail", "-o", "text", run.parent)
    viewer.shows("all done")
    append(run.with_name("20261123T031230Z-bbbbbb.ndjson"), START + FAILURE)
    viewer.shows("bbbbbb 2026")
    assert viewer.process.poll() is None
    assert b"7f3a9c 2026-11-23T01:12:30.123456Z  3  tool_use" in viewer.out
    os.write(active, SUCCESS)
    assert viewer.ends() == 1


@pytest.mark.parametrize("options", [["--errors"], ["-o", "json"], ["--type", "complete"]])
def test_a_directory_whose_runs_have_all_ended_ends(observe: Run, run: Path, options: list[str]) -> None:
    append(run.with_name("20261123T021230Z-aaaaaa.ndjson"), START + FAILURE)
    run.with_name("20261123T031230Z-empty.ndjson").touch()
    foreign = run.with_name("20261123T041230Z-foreign.ndjson")
    append(foreign, event("run_start", host="elsewhere"))
    os.utime(foreign, (1, 1))
    assert observe("tail", *options, run.parent).ends() == 1


def test_a_directory_whose_runs_have_all_ended_is_followed_with_f(observe: Run, run: Path) -> None:
    viewer = observe("tail", "-F", "-o", "text", run.parent)
    viewer.shows("all done")
    append(run.with_name("20261123T021230Z-aaaaaa.ndjson"), START + FAILURE)
    viewer.shows("aaaaaa 2026")
    assert viewer.process.poll() is None
    viewer.process.send_signal(signal.SIGINT)
    assert viewer.ends() == 130


def test_several_runs_end_with_the_most_severe_outcome(observe: Run, run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ndjson"
    other.write_bytes(START + FAILURE)
    viewer = observe("tail", run, other)
    assert viewer.ends() == 1
    assert b"7f3a9c " in viewer.out
    assert b"other " in viewer.out


def test_two_files_of_one_run_are_told_apart(observe: Run, run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / run.name
    other.parent.mkdir()
    other.write_bytes(ALL)
    lines = shown(observe("tail", "--no-follow", "-o", "text", run, other))
    assert len(lines) == 2 * len(ALL.splitlines())
    assert {line.split()[0] for line in lines} == {b"7f3a9c", b"other/7f3a9c"}


def test_a_crash_is_seen_without_a_missed_heartbeat_and_exits_4(observe: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    lock(descriptor)
    os.write(descriptor, START + THOUGHT)
    viewer = observe("tail", path)
    viewer.shows("hello")
    os.close(descriptor)
    assert viewer.ends() == 4
    assert "crashed" in viewer.out.decode()


def test_it_continues_with_the_next_run(observe: Run, run: Path) -> None:
    viewer = observe("tail", "-F", "-o", "json", cwd=run.parent.parent)
    wait_until(lambda: viewer.out == ALL)
    fresh = run.with_name("20261123T021230Z-aaaaaa.ndjson")
    fresh.write_bytes(START + THOUGHT)
    link = run.with_name("new-link")
    link.symlink_to(fresh.name)
    link.replace(run.with_name("latest.ndjson"))
    wait_until(lambda: viewer.out == ALL + START + THOUGHT)
    viewer.process.send_signal(signal.SIGTERM)
    assert viewer.ends() == 143


def test_a_replay_keeps_the_original_timing(observe: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    later = THOUGHT.replace(b"01:12:30.", b"01:12:40.")
    path.write_bytes(THOUGHT + later)
    began = time.monotonic()
    assert shown(observe("tail", "-o", "json", "--speed", "5", "--no-follow", path)) == [THOUGHT, later]
    assert time.monotonic() - began > 1  # ten seconds are shortened to five, five times as fast


@pytest.mark.parametrize(("follow", "name"), [(Follow.NAME, "latest"), (Follow.FILE, "only"), (Follow.NOT, "only")])
def test_only_with_f_the_name_of_the_latest_run_may_mean_another_one_later(
    tmp_path: Path, follow: Follow, name: str
) -> None:
    (tmp_path / "only.ndjson").touch()
    options = TailOptions(
        runs=["latest"], directory=tmp_path, start=StartPosition(), filter=Filter(), output=OutputFormat.TEXT,
        follow=follow, stall_after_s=600,
    )  # fmt: skip
    assert resolve(options).files == [tmp_path / f"{name}.ndjson"]
