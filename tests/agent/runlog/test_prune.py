"""Old runs are removed or packed, and nothing else is.

Also tests agent.runlog.finished.
"""

import gzip
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.platform import process_start
from agent.runlog import prune as module
from agent.runlog.finished import InUse, open_run
from agent.runlog.prune import Pruned, prune, repair_latest
from agent.runlog.run_file import update_latest
from tests.agent.runlog.writing import events_of
from tests.helpers import RUN

DAY_S = 86_400.0
OTHER = "20261124T011230Z-0123ab"
DEAD = {"pid": 2**22 + 1, "pid_start": 1}
WRITER = """
import asyncio, sys
from agent import RunLog
async def main():
    async with RunLog.open(sys.argv[1]) as log:
        print(log.path, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    directory = tmp_path / "runs"
    directory.mkdir()
    return directory


def encoded(run: str, *events: tuple[str, dict[str, object]]) -> bytes:
    lines = [
        {"seq": number, "timestamp": "2026-11-23T01:12:30.000000Z", "run": run, "type": kind, "data": data}
        for number, (kind, data) in enumerate(events, 1)
    ]
    return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def start(**fields: object) -> tuple[str, dict[str, object]]:
    return "run_start", {"format": 1, "host": socket.gethostname(), "pid": os.getpid(), "lock": "ofd"} | fields


END: tuple[str, dict[str, object]] = ("complete", {"outcome": "success"})


def output(file: str) -> tuple[str, dict[str, object]]:
    return "tool_result", {"output_file": file, "images": [{"file": None}]}


def write_run(runs: Path, run: str, *events: tuple[str, dict[str, object]], age_s: float = 40 * DAY_S) -> Path:
    path = runs / f"{run}.ndjson"
    path.write_bytes(encoded(run, *(events or (start(), END))))
    return aged(path, age_s)


def aged(path: Path, age_s: float = 40 * DAY_S) -> Path:
    os.utime(path, (time.time() - age_s,) * 2, follow_symlinks=False)
    return path


def beside(run: Path, *names: str) -> list[Path]:
    """Write outputs into the directory of a run."""
    directory = run.with_suffix("")
    directory.mkdir(mode=0o700)
    for name in names:
        (directory / name).write_text("output " * 20_000)
    return [directory / name for name in names]


def pruned(runs: Path, *, pack: bool = False, dry_run: bool = False, older_s: float = 30 * DAY_S) -> list[Pruned]:
    return list(prune(runs, older_s, time.time(), pack=pack, dry_run=dry_run))


def kept(runs: Path, *, pack: bool = False, older_s: float = 30 * DAY_S) -> str:
    """Return why the only run was left alone."""
    before = sorted(runs.rglob("*"))
    (result,) = pruned(runs, pack=pack, older_s=older_s)
    assert sorted(runs.rglob("*")) == before
    assert not result.failed
    return result.kept


def test_an_old_run_is_removed_with_its_outputs(runs: Path) -> None:
    old, new = write_run(runs, RUN), write_run(runs, OTHER, age_s=29 * DAY_S)
    outputs = beside(old, "toolu_1.txt", "toolu_2.png")
    size = old.stat().st_size + sum(path.stat().st_size for path in outputs)
    assert pruned(runs) == [Pruned(old, size)]
    assert list(runs.iterdir()) == [new]


def test_a_dry_run_does_nothing(runs: Path) -> None:
    old = write_run(runs, RUN)
    beside(old, "toolu_1.txt")
    before = sorted(runs.rglob("*"))
    for pack in (True, False):
        (result,) = pruned(runs, pack=pack, dry_run=True)
        assert (result.path, result.size > 100_000, result.kept) == (old, True, "")
    assert sorted(runs.rglob("*")) == before


def test_a_packed_run_has_the_same_content_time_and_mode(runs: Path) -> None:
    old = write_run(runs, RUN)
    text, changed = old.read_bytes(), old.stat().st_mtime_ns
    text_output, image = beside(old, "toolu_1.txt", "toolu_2.png")
    (result,) = pruned(runs, pack=True)
    packed, packed_output = runs / f"{RUN}.ndjson.gz", Path(f"{text_output}.gz")
    assert sorted(path for path in runs.rglob("*") if path.is_file()) == [packed_output, image, packed]
    assert gzip.decompress(packed.read_bytes()) == text
    assert (packed.stat().st_mtime_ns, stat.S_IMODE(packed.stat().st_mode)) == (changed, 0o600)
    assert result.left == packed.stat().st_size + packed_output.stat().st_size
    assert result.size == len(text) + 140_000
    assert pruned(runs, pack=True) == [], "packing again finds nothing to do"


@pytest.mark.parametrize("pack_first", [True, False])
@pytest.mark.parametrize("run", [RUN, "nightly"])
def test_nothing_is_left_of_a_run(runs: Path, run: str, pack_first: bool) -> None:
    old = write_run(runs, run, start(), output(f"{run}/toolu_1.txt"), END)
    beside(old, "toolu_1.txt")
    if pack_first:
        assert pruned(runs, pack=True)[0].kept == ""
        assert len(list(runs.iterdir())) == 2
    assert [result.kept for result in pruned(runs)] == [""]
    assert list(runs.iterdir()) == []


def test_a_directory_of_the_users_that_is_called_like_a_run_loses_only_the_outputs(runs: Path) -> None:
    names = ("src/toolu_1.txt", "src/sub/x", "src/..", "src/", "../src/main.py", "/etc/passwd", "src", "other/main.py")
    old = write_run(runs, "src", start(), *map(output, names), END)
    beside(old, "toolu_1.txt", "main.py")
    (runs / "src" / "sub").mkdir()
    (runs / "src" / "sub" / "x").touch()
    assert pruned(runs)[0].kept == ""
    assert sorted(path.name for path in runs.rglob("*")) == ["main.py", "src", "sub", "x"]


def test_links_are_not_followed(runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    precious = [write_run(target, OTHER), target / "toolu_1.txt"]
    precious[1].write_text("precious")
    (runs / f"{OTHER}.ndjson").symlink_to(precious[0])
    aged(runs / f"{OTHER}.ndjson")
    (write_run(runs, RUN).with_suffix("")).symlink_to(target)
    second = write_run(runs, OTHER.replace("0123ab", "ab0123"))
    beside(second)
    (second.with_suffix("") / "link").symlink_to(target)
    (second.with_suffix("") / "toolu_1.txt").symlink_to(precious[1])
    assert [result.kept for result in pruned(runs)] == ["", ""]
    assert sorted(path.name for path in runs.iterdir()) == [RUN, f"{OTHER}.ndjson"]
    assert all(path.exists() for path in precious)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.ndjson", b"not a run\n"),
        ("notes.ndjson", b""),
        ("notes.ndjson", b'{"seq":1'),
        ("notes.ndjson.gz", b"not packed"),
        ("notes.ndjson.gz", gzip.compress(b"x" * 5000)[:-20]),
        ("copy.ndjson", encoded(RUN, start(), END)),
        (f"{RUN}.ndjson", encoded(RUN, END)),
        (f"{RUN}.ndjson", encoded(RUN, start(), END).replace(b'"seq":1,', b'"seq":2,')),
        (f"{RUN}.ndjson", b"[" * 2_000_000),
    ],
    ids=[
        "text",
        "empty",
        "half a line",
        "not packed",
        "truncated",
        "another run",
        "no start",
        "no first line",
        "nested",
    ],
)
def test_what_is_not_a_run_file_is_left_alone(runs: Path, name: str, text: bytes) -> None:
    (runs / name).write_bytes(text)
    aged(runs / name)
    assert "is not a run file" in kept(runs)


def test_other_files_are_not_even_mentioned(runs: Path) -> None:
    for name in ("notes.txt", f"{RUN}.json", f".{RUN}.ndjson", f"{RUN}.ndjson.zst"):
        aged(write_run(runs, "x").rename(runs / name))
    assert pruned(runs) == []


def test_a_link_is_not_opened_either(runs: Path) -> None:
    (runs / "link.ndjson").symlink_to(write_run(runs, RUN))
    with pytest.raises(InUse, match="not a regular file"):
        open_run(runs / "link.ndjson")


def test_a_pipe_is_left_alone(runs: Path) -> None:
    os.mkfifo(runs / "x.ndjson")
    aged(runs / "x.ndjson")
    assert kept(runs) == "it is not a regular file"


@pytest.fixture
def written(runs: Path) -> Iterator[Path]:
    """A run file that another process is writing, and that looks old."""
    command = [sys.executable, "-c", WRITER, str(runs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        yield aged(Path(writer.stdout.readline().strip()))
        writer.kill()


@pytest.mark.parametrize("pack", [True, False])
def test_a_run_that_is_being_written_is_left_alone_until_its_writer_is_dead(written: Path, pack: bool) -> None:
    assert kept(written.parent, pack=pack) == "it is being written"
    assert events_of(written)[-1]["type"] != "complete"


UNFINISHED = ("heartbeat", {})


@pytest.mark.parametrize(
    "said",
    [
        {"lock": "ofd"},
        {"lock": "flock"},
        {"lock": None, **DEAD},
        {"lock": None, "pid_start": None, "pid": 2**22 + 1},
        {"lock": None, "pid_start": 1},
    ],
)
def test_a_run_of_a_dead_writer_is_removed(runs: Path, said: dict[str, object]) -> None:
    write_run(runs, RUN, start(**said), UNFINISHED, age_s=3600)
    (result,) = pruned(runs, older_s=60)
    assert result.kept == ""
    assert list(runs.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "age_s"),
    [
        ({"lock": None, "pid_start": process_start(os.getpid())}, 40 * DAY_S),
        ({"lock": None, "pid_start": None}, 3600),
        ({"lock": None, "host": "build-7", **DEAD}, 3600),
        ({"lock": "ofd", "host": "build-7", **DEAD}, 3600),
    ],
)
def test_a_run_whose_writer_may_be_alive_is_left_alone(runs: Path, said: dict[str, object], age_s: float) -> None:
    write_run(runs, RUN, start(**said), UNFINISHED, age_s=age_s)
    assert kept(runs, older_s=60) == "it has no end, and its writer may be alive"


@pytest.mark.parametrize("said", [{"lock": None, "pid_start": None}, {"host": "build-7"}])
def test_a_writer_that_cannot_be_asked_is_dead_after_a_day_of_silence(runs: Path, said: dict[str, object]) -> None:
    write_run(runs, RUN, start(**said), UNFINISHED, age_s=2 * DAY_S)
    (result,) = pruned(runs, older_s=60)
    assert result.kept == ""


def test_a_failure_is_reported_and_the_others_are_pruned(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = write_run(runs, RUN), write_run(runs, OTHER)

    def refuse(path: Path) -> None:
        if path == bad:
            raise OSError(30, os.strerror(30))
        os.unlink(path)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert [(result.path, result.failed) for result in pruned(runs)] == [(bad, True), (good, False)]


def test_a_directory_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pruned(tmp_path / "missing")


def test_latest_points_to_the_run_that_changed_last_when_its_own_is_gone(runs: Path) -> None:
    changed_last, other, gone = (write_run(runs, name, age_s=age) for name, age in (("a", 1), ("b", 2), ("c", 3)))
    update_latest(gone)
    assert repair_latest(runs) is None, "its run is there"
    gone.unlink()
    assert repair_latest(runs) == changed_last
    assert (runs / "latest.ndjson").readlink() == Path(changed_last.name)
    assert other.exists()


def make_strangers(runs: Path) -> None:
    """Make files that are called like runs and are none: a directory, a FIFO, a socket, a text, a copy."""
    (runs / "dir.ndjson").mkdir()
    os.mkfifo(runs / "pipe.ndjson")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(runs / "socket.ndjson"))
    (runs / "text.ndjson").write_text("not a run\n")
    (runs / "copy.ndjson").write_bytes(encoded(RUN, start(), END))


@pytest.mark.parametrize("pack", [True, False])
@pytest.mark.parametrize("dry_run", [True, False])
def test_whatever_is_called_like_a_run_and_is_none_is_left_alone(
    runs: Path, pack: bool, dry_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(runs)  # the path of a socket is short
    make_strangers(runs)
    before = sorted(map(aged, runs.iterdir()))
    results = pruned(runs, pack=pack, dry_run=dry_run)
    assert [(result.path, result.failed) for result in results] == [(path, False) for path in before]
    assert all(result.kept.startswith("it is not a r") for result in results)
    assert sorted(runs.iterdir()) == before


def test_latest_never_points_to_what_is_not_a_run(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs)
    run = write_run(runs, "a")
    make_strangers(runs)
    (runs / "latest.ndjson").symlink_to("gone.ndjson")
    assert repair_latest(runs) == run
    run.unlink()
    assert repair_latest(runs) is None
    assert not (runs / "latest.ndjson").is_symlink()


def test_a_run_that_begins_meanwhile_is_the_latest(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run(runs, "a")
    (runs / "latest.ndjson").symlink_to("gone.ndjson")

    def begin(path: Path) -> None:
        if path.stem == "a":
            update_latest(write_run(runs, "b", age_s=0))
        update_latest(path)

    monkeypatch.setattr(module, "update_latest", begin)
    assert repair_latest(runs) == runs / "b.ndjson"
    assert (runs / "latest.ndjson").readlink() == Path("b.ndjson")


def test_without_a_run_there_is_no_latest(runs: Path) -> None:
    update_latest(write_run(runs, RUN))
    pruned(runs, pack=True)
    assert repair_latest(runs) is None
    assert [path.name for path in runs.iterdir()] == [f"{RUN}.ndjson.gz"]


def test_a_directory_without_latest_stays_without(runs: Path) -> None:
    write_run(runs, RUN)
    assert repair_latest(runs) is None
    assert not (runs / "latest.ndjson").is_symlink()


def test_a_run_that_begins_as_the_link_is_removed_has_its_link(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (runs / "latest.ndjson").symlink_to("gone.ndjson")
    begun = runs / "new.ndjson"
    unlink = Path.unlink

    def begin_first(path: Path, *, missing_ok: bool = False) -> None:
        begun.write_bytes(encoded("new", start()))
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", begin_first)
    assert repair_latest(runs) == begun
    assert (runs / "latest.ndjson").resolve() == begun
