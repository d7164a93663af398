"""`observe tail` (observer.cli.tail) where runs start and end: partial last lines, late files, closed pipes."""

import gzip
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard

from tests.helpers import LIMIT_S, append, event, patient, wait_until
from tests.observer.cli.conftest import Finished
from tests.observer.observing import OBSERVE, START, SUCCESS, Observe, lock
from tests.observer.written import Script, small

Start = Callable[..., Observe]


def lines(*numbers: int) -> list[bytes]:
    script = Script()
    for number in range(1, max(numbers) + 1):
        script.add("info", {"message": f"event {number}"}, at=number)
    return [script.lines[number - 1] for number in numbers]


def seqs(viewer: Observe | Finished) -> list[int]:
    return [int(line.split(b",")[0].removeprefix(b'{"seq":')) for line in viewer.out.splitlines()]


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """A file of five events, the last one without its newline, that nobody writes any more."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join(lines(1, 2, 3, 4, 5)))
    return path


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["-n", "0"], []),
        (["-n", "1"], [5]),
        (["-n", "2"], [4, 5]),
        (["-n", "9"], [1, 2, 3, 4, 5]),
        (["-n", "2", "--type", "info"], [4, 5]),
        (["-n", "2", "--grep", "event [14]"], [1, 4]),
        (["-n", "1", "--grep", "nothing"], []),
        (["--type", "error"], []),
        (["--grep", "event 5"], [5]),
        (["--from-seq", "5"], [5]),
        (["--from-seq", "6"], []),
        (["--since", "2026-11-23T01:12:34Z"], [4, 5]),
        (["--since", "2026-11-23T01:12:36Z"], []),
        (["--until", "2026-11-23T01:12:34Z"], [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("source", ["file", "standard input", "gzip", "zstd", "two files"])
def test_a_last_line_without_newline_counts_as_a_line(
    run_command: Callable[..., Finished], unfinished: Path, options: list[str], shown: list[int], source: str
) -> None:
    done = run_command("tail", "--no-follow", "-o", "json", *options, *arguments(source, unfinished), stdin=unfinished)

    assert done.code == 0
    assert seqs(done) == shown


def arguments(source: str, path: Path) -> list[Path]:
    """Return the arguments that make `observe tail` read the lines of a file from a kind of source."""
    match source:
        case "gzip":
            path.with_name("b.ndjson.gz").write_bytes(gzip.compress(path.read_bytes()))
            return [path.with_name("b.ndjson.gz")]
        case "zstd":
            path.with_name("b.ndjson.zst").write_bytes(zstandard.compress(path.read_bytes()))
            return [path.with_name("b.ndjson.zst")]
        case "two files":
            path.with_name("empty.ndjson").write_bytes(b"")
            return [path, path.with_name("empty.ndjson")]
        case "standard input":
            return [Path("-")]
        case _:
            return [path]


@pytest.mark.parametrize("source", ["file", "standard input", "gzip", "zstd", "two files"])
def test_a_process_shows_a_last_line_without_newline(observe: Start, unfinished: Path, source: str) -> None:
    with unfinished.open("rb") as file:
        viewer = observe(
            "tail", "--no-follow", "-o", "json", "-n", "2", *arguments(source, unfinished), stdin=file.fileno()
        )

    assert viewer.ends() == 0
    assert seqs(viewer) == [4, 5]


def test_lines_of_two_runs_are_never_joined(observe: Start, unfinished: Path) -> None:
    other = unfinished.with_name("b.ndjson")
    other.write_bytes(unfinished.read_bytes())
    viewer = observe("tail", "--no-follow", "-o", "json", unfinished, other)

    assert viewer.ends() == 0
    assert sorted(seqs(viewer)) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_an_event_that_is_not_written_yet_is_waited_for(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join(lines(1, 2, 3)) + b"\n")
    viewer = observe("tail", "-o", "json", "--from-seq", "6", path)
    wait_until(lambda: str(path) in descriptors(viewer))
    append(path, b"\n".join(lines(4, 5, 6, 7)) + b"\n")
    viewer.shows('"seq":7')

    assert seqs(viewer) == [6, 7]


def descriptors(viewer: Observe) -> set[str]:
    targets: set[str] = set()
    for name in Path(f"/proc/{viewer.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            targets.add(os.readlink(name))
    return targets


def test_an_event_of_many_megabytes_is_counted_and_can_be_a_start_position(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    first, big, last = lines(1, 2, 3)
    path.write_bytes(first + b"\n" + big.replace(b"event 2", b"x" * 5_000_000) + b"\n" + last + b"\n")
    by_number = observe("tail", "--no-follow", "-o", "json", "--from-seq", "2", path)
    counted = observe("tail", "--no-follow", "-o", "json", "-n", "2", "--grep", "x|event", path)

    assert (by_number.ends(), counted.ends()) == (0, 0)
    assert seqs(by_number) == seqs(counted) == [2, 3]


def test_a_byte_order_mark_does_not_affect_seeking(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines(1, 2)) + b"\n")
    viewer = observe("tail", "--no-follow", "-o", "json", "--from-seq", "1", path)

    assert viewer.ends() == 0
    assert viewer.out.count(b"\n") == 2


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.ndjson.zst"])
def test_everything_that_can_be_decompressed_is_shown_before_the_error(
    observe: Start, tmp_path: Path, name: str
) -> None:
    random = Script()
    for number in range(2000):
        random.add("info", {"message": os.urandom(20).hex()}, at=number)
    whole = gzip.compress(random.bytes) if name.endswith(".gz") else zstandard.compress(random.bytes)
    (tmp_path / name).write_bytes(whole[: -len(whole) // 4])
    viewer = observe("tail", "-o", "json", tmp_path / name)

    assert viewer.ends() == 2
    assert "is truncated" in viewer.err
    assert random.bytes.startswith(viewer.out)
    assert viewer.out.count(b"\n") > 1000


@pytest.mark.parametrize("name", ["p.ndjson", "p.ndjson.gz", "p.ndjson.zst"])
def test_a_fifo_is_rejected_at_once_under_any_name(observe: Start, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    viewer = observe("tail", tmp_path / name)

    assert viewer.ends() == 2
    assert "is a FIFO" in viewer.err


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [
        ("- <&-", 0, ""),
        ("- 0>/dev/null", 2, "cannot read standard input"),
        ("a.ndjson >/dev/full", 2, "cannot write the output: No space left on device"),
        ("-o json a.ndjson >/dev/full", 2, "cannot write the output"),
        ("--help >/dev/full", 2, "cannot write the output"),
        ("a.ndjson >&-", 0, ""),
        ("--no-follow none.ndjson 2>&-", 2, ""),
    ],
)
def test_closed_and_full_streams_end_it_with_at_most_one_message(
    tmp_path: Path, redirection: str, code: int, said: str
) -> None:
    small().to(tmp_path / "a.ndjson")
    command = f"{' '.join(OBSERVE)} tail {redirection}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == bool(said)


def test_a_crash_is_detected_after_a_first_line_of_any_length(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    writer = os.open(path, os.O_RDWR | os.O_CREAT)
    lock(writer)
    os.write(writer, START.replace(b"agent run x", b"x" * 200_000) + event("info", message="m") * 3)
    viewer = observe("tail", "-o", "json", "-n", "1", path)
    viewer.shows('"info"')
    os.close(writer)

    assert viewer.ends() == 4


def test_a_run_is_complete_with_a_last_line_of_any_length(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(START + SUCCESS.replace(b"all done", b"x" * 200_000))
    viewer = observe("tail", "--live", path)
    listed = observe("list", tmp_path)

    assert (viewer.ends(), listed.ends()) == (0, 0)
    assert b"complete" in listed.out


def test_a_truncated_line_is_shown_once_even_if_more_follows(observe: Start, tmp_path: Path) -> None:
    path, following = tmp_path / "a.ndjson", tmp_path / "b.ndjson"
    writer = os.open(path, os.O_RDWR | os.O_CREAT)
    lock(writer)
    os.write(writer, START + b'{"seq":4,"torn')
    link = tmp_path / "latest.ndjson"
    link.symlink_to("a.ndjson")
    viewer = observe("tail", "-F", "-o", "json", link)
    viewer.shows('"run_start"')
    os.close(writer)
    viewer.shows("torn")
    following.write_bytes(START + SUCCESS)
    link.unlink()
    link.symlink_to("b.ndjson")
    viewer.shows("all done")

    assert viewer.out == START + b'{"seq":4,"torn\n' + START + SUCCESS


def test_a_truncated_line_that_is_terminated_later_is_shown_once(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(START + b'{"seq":4,"torn')
    viewer = observe("tail", "-F", "-o", "json", path)
    viewer.shows("torn")
    append(path, b"\n" + SUCCESS)
    viewer.shows("all done")

    assert viewer.out == START + b'{"seq":4,"torn\n' + SUCCESS


def test_runs_that_were_skipped_are_reported(observe: Start, tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.ndjson").write_bytes(START + SUCCESS)
    link = tmp_path / "latest.ndjson"
    link.symlink_to("a.ndjson")
    viewer = observe("tail", "-F", "-o", "json", link)
    viewer.shows("all done")
    (tmp_path / "next").symlink_to("d.ndjson")
    (tmp_path / "next").rename(link)
    viewer.shows("now points to d.ndjson; not shown: b, c")


def test_the_directory_of_attachments_is_not_mistaken_for_the_run(observe: Start, tmp_path: Path) -> None:
    path = small().to(tmp_path / "20261123T011230Z-7f3a9c.ndjson")
    path.with_suffix("").mkdir()
    by_id = observe("tail", "-o", "json", "--runs", ".", path.stem, cwd=tmp_path)
    by_path = observe("tail", "-o", "json", path.with_suffix(""))

    assert (by_id.ends(), by_path.ends()) == (0, 0)
    assert by_id.out == by_path.out == path.read_bytes()


def test_a_run_and_its_compressed_copy_have_one_id(observe: Start, tmp_path: Path) -> None:
    path = small().to(tmp_path / "runs" / "20261123T011230Z-7f3a9c.ndjson")
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(b"{}\n"))
    viewer = observe("tail", "-o", "json", "2026", cwd=tmp_path)

    assert viewer.ends() == 0
    assert viewer.out == path.read_bytes()


def test_a_missing_path_with_a_trailing_slash_is_waited_for_as_a_directory(observe: Start, tmp_path: Path) -> None:
    viewer = observe("tail", "-o", "json", f"{tmp_path}/runs/")
    viewer.shows("waiting")
    small().to(tmp_path / "runs" / "a.ndjson")
    viewer.shows('"complete"')


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "the name of the run is empty"), ("a" * 5000, "no run in"), ("mem.ndjson", "cannot read mem.ndjson")],
)
def test_names_that_no_file_can_have_are_rejected(observe: Start, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "mem.ndjson").symlink_to("/proc/self/mem")
    viewer = observe("tail", "--no-follow", "--", name, cwd=tmp_path)

    assert viewer.ends() == 2
    assert said in viewer.err
    assert "Traceback" not in viewer.err


def test_a_file_name_cannot_control_the_terminal(observe: Start, tmp_path: Path) -> None:
    for end in "12":
        (tmp_path / f"a\x1b[31m{end}.ndjson").touch()
    viewer = observe("show", "a", "--runs", tmp_path)

    assert viewer.ends() == 2
    assert r"a\x1b[31m1, a\x1b[31m2" in viewer.err
    assert "\x1b" not in viewer.err


def test_until_ends_when_no_later_event_can_match(observe: Start, tmp_path: Path) -> None:
    broken, early = tmp_path / "broken.ndjson", tmp_path / "early.ndjson"
    broken.write_bytes(b"\n".join([*lines(1, 2, 3), b"garbage", *lines(4), b"garbage"]) + b"\n")
    early.write_bytes(b"\n".join(lines(1, 2)) + b"\n")
    viewer = observe("tail", "-o", "json", "--until", "2026-11-23T01:12:32Z", broken)
    folder = observe("tail", "-o", "json", "--until", "2026-11-23T01:12:33Z", tmp_path)

    assert (viewer.ends(), folder.ends()) == (0, 0)
    assert seqs(viewer) == [1, 2]


def test_until_ends_in_a_directory_that_was_empty_at_first(observe: Start, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    viewer = observe("tail", "--until", "1h", tmp_path / "runs")

    assert viewer.ends() == 0
    assert b"no runs in" in viewer.out


@pytest.mark.parametrize("moment", ["kill()", "type('Class', (), {'attribute': Described()})"])
def test_a_signal_in_its_first_moments_ends_it_quietly(tmp_path: Path, moment: str) -> None:
    path = small().to(tmp_path / "a.ndjson")
    code = """
import builtins, os, signal, sys
from observer.__main__ import main
from runtail_cli import exit_on_signals
find = builtins.__import__

def kill():
    os.kill(os.getpid(), signal.SIGINT)

class Described:
    def __set_name__(self, *_):  # Python 3.11 raises a RuntimeError in place of what this raises
        kill()

def interrupted(name, *rest):
    if name == "observer.cli.app":
        MOMENT
    return find(name, *rest)

builtins.__import__ = interrupted
sys.argv = ["observe", "tail", sys.argv[1]]
exit_on_signals()
main()
"""
    command = [sys.executable, "-c", code.replace("MOMENT", moment), path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "")


def test_a_closed_reader_is_noticed_in_a_long_pause(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join(lines(1, 60)) + b"\n")
    command = [*OBSERVE, "tail", "--speed", "0.01", "--full-gaps", "-o", "json", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as viewer:
        assert viewer.stdout is not None
        viewer.stdout.readline()
        viewer.stdout.close()
        assert viewer.wait(LIMIT_S) == 0


def test_a_truncated_line_has_no_type_even_if_its_envelope_is_complete(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    (whole,) = lines(1)
    path.write_bytes(whole + b"\n" + whole[:-20] + b"\n")
    sifted = observe("tail", "--no-follow", "-o", "json", "--type", "info", path)
    usual = observe("tail", "--no-follow", "-o", "json", "--type", "info", "--exclude", "error", path)

    assert (sifted.ends(), usual.ends()) == (0, 0)
    assert sifted.out == usual.out == whole + b"\n"


def test_a_type_of_another_program_can_be_selected(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"type":"deploy","data":{}}\n')
    viewer = observe("tail", "--no-follow", "-o", "json", "--type", "deploy", path)
    assert viewer.ends() == 0
    assert viewer.out == path.read_bytes()
    assert viewer.err.startswith("observe: unknown type 'deploy': known are api_retry")


@pytest.mark.parametrize("place", [["--from-seq", "2"], ["--since", "2026-11-23T01:12:32Z"]])
def test_seeking_finds_an_event_that_only_the_tolerant_decoder_accepts(
    observe: Start, tmp_path: Path, place: list[str]
) -> None:
    path = tmp_path / "a.ndjson"
    first, second, third = lines(1, 2, 3)
    path.write_bytes(b"\n".join([first, second.replace(b"event 2", rb"\ud83d"), third]) + b"\n")
    viewer = observe("tail", "--no-follow", "-o", "json", *place, path)

    assert viewer.ends() == 0
    assert seqs(viewer) == [2, 3]


@pytest.mark.parametrize("place", [["--from-seq", "3000"], ["--since", "2026-11-23T02:02:30Z"]])
def test_events_with_impossible_numbers_and_times_do_not_mislead_the_search(
    observe: Start, tmp_path: Path, place: list[str]
) -> None:
    script = Script()
    for number in range(1, 5001):
        script.add("info", {"message": "m"}, at=number)
    odd = [b'{"seq":0,"timestamp":"1970-01-01T00:00:00Z","type":"info","data":{}}'] * 3000
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"\n".join([*script.lines[:2500], *odd, *script.lines[2500:]]) + b"\n")
    viewer = observe("tail", "--no-follow", "-o", "json", *place, path)

    assert viewer.ends() == 0
    assert seqs(viewer) == list(range(3000, 5001))


def test_an_oversize_line_is_reported_whatever_the_filter(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"x" * 34_000_000 + b"\n")
    viewer = observe("tail", "--no-follow", "--exclude", "heartbeat", path)

    assert viewer.ends() == 0
    assert b"34 MB" in viewer.out


def test_a_replay_from_a_slow_pipe_keeps_its_timing(tmp_path: Path) -> None:
    gap_s = patient(1.0)
    first, last = lines(1, 1 + round(10 * gap_s))
    command = [*OBSERVE, "tail", "--speed", "10", "--full-gaps", "-o", "json", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as viewer:
        assert viewer.stdin is not None
        assert viewer.stdout is not None
        viewer.stdin.write(first + b"\n")
        viewer.stdin.flush()
        assert viewer.stdout.readline() == first + b"\n"
        began = time.monotonic()
        viewer.stdin.write(last + b"\n")
        viewer.stdin.close()
        assert viewer.stdout.readline() == last + b"\n"
        assert time.monotonic() - began > 0.9 * gap_s  # the first line was printed a little before it was read
