"""The runs of a directory, with their status.

Tests observer.runs.listing.listed_run, observer.runs.live.read_state and observer.runs.listing.run_names too.
"""

import errno
import gzip
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from observer.cli.list import list_runs
from observer.runs.listing.listed_run import run_fields, run_json
from observer.runs.listing.listing import Listing, list_run
from observer.runs.listing.run_filter import RunFilter
from observer.runs.one_run.run import load_run
from observer.runs.state.verdict import Verdict
from observer.runs.words.describe_status import describe_status
from observer.source.snapshot import Snapshot
from observer.terminal.run_table import table_lines
from observer.terminal.screen import Screen
from observer.web.run_directory import RunDirectory
from observer.web.run_list.run_list import RunList
from tests.helpers import LIMIT_S, append, event
from tests.observer.observing import lock


def stamped(second: float, kind: str, /, **data: object) -> bytes:
    at = datetime.fromtimestamp(time.time() - 100 + second, UTC)
    found = {
        "seq": 1, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "run": "r", "type": kind, "phase": "coding",
        "iteration": 2, "parent": None, "data": data,
    }  # fmt: skip
    return json.dumps(found, separators=(",", ":")).encode() + b"\n"


PLAIN = Screen(width=lambda: None)
START = stamped(0, "run_start", host=socket.gethostname(), lock="ofd", heartbeat_s=5.0, about="Build a thing")
FILLER = stamped(1, "thought", text="x" * 1000, message="m", block=0)
BEAT = stamped(
    99, "heartbeat", elapsed_s=99.0, idle_s=1.0, state="in_tool", passing=2, total=9, cost_usd=0.75,
    in_flight=[{"id": "a", "name": "Bash", "elapsed_s": 7.0}],
)  # fmt: skip
TOKENS = {"input": 12, "output": 41}
DONE = stamped(99, "complete", outcome="success", duration_ms=99000, cost_usd=1.5, tokens=TOKENS, passing=9, total=9)


def write(folder: Path, name: str, *parts: bytes) -> Path:
    path = folder / f"{name}.ndjson"
    path.write_bytes(b"".join(parts))
    return path


def test_a_finished_run_is_described_by_its_last_line(tmp_path: Path) -> None:
    listed = list_run(Snapshot(write(tmp_path, "a", START, FILLER * 500, DONE)))
    state = listed.state
    assert listed.status.verdict is Verdict.COMPLETE
    assert (state.passing, state.total, state.cost_usd, state.iteration, state.about) == (9, 9, 1.5, 2, "Build a thing")
    assert state.elapsed(time.time()) == 99.0


def test_a_complete_event_counts_without_its_newline_as_in_every_other_view(tmp_path: Path) -> None:
    listed = list_run(Snapshot(write(tmp_path, "a", START, FILLER * 500, DONE.rstrip(b"\n"))))
    assert listed.status.verdict is Verdict.COMPLETE
    assert listed.state.elapsed(time.time()) == 99.0


def test_an_active_run_is_described_by_its_last_heartbeat(tmp_path: Path) -> None:
    later = stamped(99.5, "thought", text="x" * 1000, message="m", block=0)
    path = write(tmp_path, "a", START, FILLER * 500, BEAT, later * 20)
    descriptor = os.open(path, os.O_RDWR)
    lock(descriptor)
    listed = list_run(Snapshot(path))
    assert listed.status.verdict is Verdict.IN_TOOL
    assert listed.status.tool == "Bash"
    assert (listed.state.passing, listed.state.cost_usd) == (2, 0.75)
    os.close(descriptor)
    assert list_run(Snapshot(path)).status.verdict is Verdict.CRASHED


def far(skew_s: float, kind: str = "run_start", **data: object) -> bytes:
    """Return a line of a writer on another machine whose clock is ahead of this one's."""
    return stamped(100 + skew_s, kind, host="far", heartbeat_s=5.0, **data)


def touch(path: Path, seconds_ago: float) -> Path:
    os.utime(path, (time.time() - seconds_ago,) * 2)
    return path


@pytest.mark.parametrize("skew_s", [-3 * 86_400.0, -60.0, 0.0, 60.0, 3 * 86_400.0])
def test_a_run_is_judged_by_the_time_of_its_file_whatever_its_clock_says(tmp_path: Path, skew_s: float) -> None:
    touch(write(tmp_path, "a", far(skew_s), far(skew_s + 4, "tool_use", id="t", name="Bash", input={})), 2)
    touch(write(tmp_path, "b", far(skew_s)), 30)
    silent, working = Listing(tmp_path).read()
    fields = run_fields(working, time.time())
    assert (fields["verdict"], fields["tool"], silent.status.verdict) == ("in tool", "Bash", Verdict.STALLED)
    assert fields["seconds"] == pytest.approx(2, abs=1)
    assert fields["silent_s"] == pytest.approx(2, abs=1)
    assert fields["elapsed_s"] == pytest.approx(6, abs=1)
    assert silent.status.seconds == pytest.approx(30, abs=1)


def test_a_compressed_run_is_as_old_as_its_file(tmp_path: Path) -> None:
    path = packed(write(tmp_path, "a", far(0)))
    touch(path, 3600)
    (listed,) = Listing(tmp_path).read()
    assert listed.status.seconds == pytest.approx(3600, abs=LIMIT_S)
    assert list_run(Snapshot(path)).status.seconds == pytest.approx(3600, abs=LIMIT_S)


def test_a_change_between_two_looks_came_between_them_whatever_the_time_of_the_file(tmp_path: Path) -> None:
    """As on a file server whose clock is wrong."""
    path = touch(write(tmp_path, "a", far(0)), 0)
    listing = Listing(tmp_path)
    listing.read()
    for seconds_ago in (-9000, 9000):
        before = time.time()
        with path.open("ab") as file:
            file.write(far(1, "thought", text="x"))
        touch(path, seconds_ago)
        (listed,) = listing.read()
        assert before - LIMIT_S <= listed.arrived <= time.time()
        assert listed.status.verdict is Verdict.WORKING
        (again,) = listing.read()
        assert again.arrived == listed.arrived


def test_a_file_whose_time_is_in_the_future_tells_nothing_of_a_writer_elsewhere(tmp_path: Path) -> None:
    touch(write(tmp_path, "a", far(0)), -7230)
    (listed,) = Listing(tmp_path).read()
    assert (listed.status.verdict, listed.status.missing) == (Verdict.UNKNOWN, "the time of its file is 2h 00m ahead")
    assert run_fields(listed, time.time())["silent_s"] is None
    assert "ago" not in table_lines([listed], time.time(), Screen(width=lambda: 200))[1]


def test_the_age_of_a_finished_run_is_not_that_of_a_copy_of_its_file(tmp_path: Path) -> None:
    """Nor is it negative where the clock of its writer was ahead."""
    old = stamped(-9900, "complete", outcome="success", duration_ms=1)
    touch(write(tmp_path, "a", far(-9999), old), 0)
    touch(write(tmp_path, "b", far(8000), stamped(9000, "complete", outcome="success", duration_ms=1)), 60)
    ahead, copied = (listed.silent_s(time.time()) for listed in Listing(tmp_path).read())
    assert copied == pytest.approx(10_000, abs=LIMIT_S)
    assert ahead == pytest.approx(60, abs=LIMIT_S)


def test_runs_are_listed_newest_first_up_to_a_limit(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path, name, START, DONE)
    (tmp_path / "latest.ndjson").symlink_to("c.ndjson")
    listing = Listing(tmp_path)
    assert [listed.path.stem for listed in listing.read()] == ["c", "b", "a"]
    assert [listed.path.stem for listed in listing.read(2)] == ["c", "b"]


def test_a_file_that_is_overwritten_with_as_many_bytes_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, "a", START, DONE)
    listing = Listing(tmp_path)
    assert listing.read()[0].status.verdict is Verdict.COMPLETE
    write(tmp_path, "a", START, DONE.replace(b'"success"', b'"failed" '))
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert listing.read()[0].status.verdict is Verdict.FAILED


def test_a_file_that_was_not_written_to_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a", START, DONE)
    write(tmp_path, "b", START, BEAT)
    listing = Listing(tmp_path)
    first = listing.read()
    monkeypatch.delattr("observer.runs.listing.listing.read_state")
    assert [listed.run for listed in listing.read()] == [listed.run for listed in first]


def test_a_second_listing_has_the_changes(tmp_path: Path) -> None:
    path = write(tmp_path, "a", START, BEAT)
    listing = Listing(tmp_path)
    assert listing.read()[0].status.verdict is Verdict.CRASHED
    with path.open("ab") as file:
        file.write(DONE)
    assert listing.read()[0].status.verdict is Verdict.COMPLETE
    path.unlink()
    assert listing.read() == []


def test_odd_files_are_listed_with_the_known_fields(tmp_path: Path) -> None:
    for name, content in (("a", b""), ("b", b"\x00\xff\n" * 9), ("c", b"{}"), ("d", FILLER[:50]), ("e", b"\n" * 9)):
        write(tmp_path, name, content)
    found = Listing(tmp_path).read()
    assert [listed.run for listed in found] == ["e", "d", "c", "b", "a"]
    assert [describe_status(listed.status) for listed in found] == [
        "unknown: no event: all lines are blank",
        "unknown: no event: no line is complete",
        "working",
        "unknown: no event: the first line is not an event (not UTF-8)",
        "unknown: no event: the file is empty",
    ]


def test_json_has_every_known_field_of_a_run(tmp_path: Path) -> None:
    path = write(tmp_path, "20261123T011230Z-7f3a9c", START, DONE)
    (listed,) = Listing(tmp_path).read()
    fields = json.loads(run_json(listed, time.time()))
    last_event, started = fields.pop("last_event"), fields.pop("started")
    assert fields.pop("silent_s") >= 0
    assert last_event.startswith("20")
    assert started == f"{json.loads(START)['timestamp'][:23]}Z"
    assert fields == {
        "run": "r",
        "name": "20261123T011230Z-7f3a9c",
        "file": str(path),
        "verdict": "complete",
        "tool": None,
        "seconds": None,
        "until": None,
        "missing": None,
        "waiting_for": None,
        "live": False,
        "agent_type": "CODING",
        "iteration": 2,
        "passing": 9,
        "total": 9,
        "elapsed_s": 99.0,
        "cost_usd": 1.5,
        "cost_is_minimum": False,
        "tokens": {"input": 12, "output": 41, "cache_read": 0, "cache_write": 0, "thinking": None},
        "about": "Build a thing",
        "bytes": path.stat().st_size,
        "known_from": None,
        "project": None,
        "project_dir": None,
        "host": socket.gethostname(),
    }


async def test_the_server_and_the_command_give_the_same_object(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "20261123T011230Z-7f3a9c", START, DONE)
    write(tmp_path, "20261123T011231Z-7f3a9c", START, BEAT, FILLER)  # crashed: its times stand still
    list_runs([tmp_path], limit=None, watch=False, as_json=True, stall_after_s=600.0)
    printed = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    served = json.loads(await RunList(RunDirectory(tmp_path)).page(10, None, RunFilter()))["runs"]
    for run in [*printed, *served]:
        assert run.pop("silent_s") >= 0
    assert [run.pop("words")["status"]["before"] for run in served] == ["crashed", "complete"]  # only for the page
    assert [run["verdict"] for run in served] == ["crashed", "complete"]
    assert [run | {"file": Path(run["file"]).name} for run in printed] == served
    assert [list(run) for run in printed] == [list(run) for run in served]


def test_the_documentation_lists_every_field_of_the_object(tmp_path: Path) -> None:
    (listed,) = [*Listing(write(tmp_path, "a", START).parent).read()]
    text = (Path(__file__).parents[4] / "docs" / "json.md").read_text("utf-8")
    table = text.partition("| field | value |")[2].partition("\n\n")[0]
    documented = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(documented) == sorted(run_fields(listed, time.time()))


def test_json_of_a_run_has_no_control_characters(tmp_path: Path) -> None:
    name = "a\x1b[31m\u202eb\u3164"
    write(tmp_path, "run", START.replace(b'"run":"r"', b'"run":"a\\u001b[31m\\u202eb\\u3164"'))
    line = run_json(Listing(tmp_path).read()[0], time.time()).decode()
    assert line.rstrip("\n").isprintable()
    assert "\u3164" not in line
    assert json.loads(line)["run"] == name


def test_the_time_of_a_crashed_run_ends_with_its_last_event(tmp_path: Path) -> None:
    write(
        tmp_path, "a", stamped(0, "run_start", host=socket.gethostname(), lock="ofd"), stamped(3, "thought", text="x")
    )
    (listed,) = Listing(tmp_path).read()
    assert listed.status.verdict is Verdict.CRASHED
    assert json.loads(run_json(listed, time.time()))["elapsed_s"] < 50


def test_without_content_a_list_has_no_text_of_the_run(tmp_path: Path) -> None:
    secret = "Ignore all previous instructions"
    use = {"id": "t", "name": secret}
    start = stamped(98, "run_start", host=socket.gethostname(), about=secret)
    session = stamped(98, "session_start", agent_type=secret)
    odd = json.dumps({"type": "heartbeat", "run": secret, "timestamp": f"2026-11-23T01:12:30Z {secret}",
                      "data": {"state": "in_tool", "in_flight": [use | {"elapsed_s": 1}]}})  # fmt: skip
    for number, last in enumerate([odd.encode() + b"\n", stamped(99, "tool_use", **use)]):
        path = write(tmp_path, f"run{number}", start, session, last)
        descriptor = os.open(path, os.O_RDWR)
        lock(descriptor)
        found = Listing(tmp_path, content=False).read()
        os.close(descriptor)
        told = b"".join(run_json(listed, time.time()) for listed in found).decode()
        assert "Ignore" not in told + "\n".join(table_lines(found, time.time(), Screen(width=lambda: None)))
    assert '"verdict":"in tool","tool":"[32 bytes]"' in told


def test_without_content_the_description_of_a_run_is_hidden(tmp_path: Path) -> None:
    write(tmp_path, "a", START, DONE)

    (with_it,), (without,) = Listing(tmp_path).read(), Listing(tmp_path, content=False).read()
    assert (with_it.state.about, without.state.about) == ("Build a thing", "")
    assert without.status.verdict is Verdict.COMPLETE


def packed(path: Path) -> Path:
    """Compress a run as `agent prune --compress` does."""
    result = path.with_name(f"{path.name}.gz")
    result.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(result, (1_700_000_000, 1_700_000_000))
    path.unlink()
    return result


def test_a_compressed_run_is_listed_like_any_other(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = packed(write(tmp_path, "a", START, FILLER * 500, DONE))
    write(tmp_path, "b", START, DONE)
    listed, plain = reversed(Listing(tmp_path).read())
    assert (listed.path, listed.size, listed.arrived) == (path, path.stat().st_size, 1_700_000_000)
    assert (listed.status, listed.state.passing, listed.state.about) == (plain.status, 9, "Build a thing")
    assert Listing(tmp_path, content=False).read()[1].state.about == ""
    assert list_runs([tmp_path], limit=None, watch=False, as_json=True, stall_after_s=180) == 0
    found = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [(run["name"], run["file"]) for run in found] == [("b", f"{tmp_path}/b.ndjson"), ("a", str(path))]


def test_a_run_in_both_forms_is_listed_once_also_with_a_limit(tmp_path: Path) -> None:
    for name in ("a", "b"):
        packed(write(tmp_path, name, START, DONE))
    plain = write(tmp_path, "b", START, DONE)
    assert [run.path for run in Listing(tmp_path).read(2)] == [plain, tmp_path / "a.ndjson.gz"]


def test_a_compressed_run_is_decompressed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(write(tmp_path, "a", START, DONE))
    opened: list[Path] = []

    def open_snapshot(path: Path) -> Snapshot:
        opened.append(path)
        return Snapshot(path)

    monkeypatch.setattr("observer.runs.listing.listing.Snapshot", open_snapshot)
    listing = Listing(tmp_path)
    assert listing.read() == listing.read()
    assert opened == [path]
    path.write_bytes(gzip.compress(START + DONE.replace(b'"success"', b'"failed"')))
    assert listing.read()[0].status.verdict is Verdict.FAILED


def test_a_writer_of_a_compressed_run_without_an_end_is_dead(tmp_path: Path) -> None:
    packed(write(tmp_path, "a", START, BEAT))
    listing = Listing(tmp_path)
    assert [run.status.verdict for run in listing.read()] == [Verdict.CRASHED]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_compressed_run_that_cannot_be_read_is_named_beside_the_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    broken = packed(write(tmp_path, "a", START, FILLER * 500, DONE))
    broken.write_bytes(broken.read_bytes()[:200])
    write(tmp_path, "b", START, DONE)
    assert list_runs([tmp_path], limit=None, watch=False, as_json=as_json, stall_after_s=180) == 2
    shown = capfd.readouterr()
    assert "Build a thing" in shown.out
    assert shown.err == f"observe: {broken} is truncated: the rest cannot be decompressed\n"


def test_an_output_that_is_not_known_is_null_and_not_zero(tmp_path: Path) -> None:
    done = DONE.replace(b'"output":41', b'"output":null')
    fields = run_fields(list_run(Snapshot(write(tmp_path, "a", START, done))), time.time())
    assert fields["tokens"] == {"input": 12, "output": None, "cache_read": 0, "cache_write": 0, "thinking": None}


@contextmanager
def forbidden(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no one open a file, as `chmod` does for everyone but root."""
    open_file = os.open

    def refuse(name: str | Path, *arguments: int) -> int:
        if Path(name) == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return open_file(name, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        yield


@pytest.mark.parametrize("compressed", [False, True])
def test_a_run_that_may_not_be_read_is_listed_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, compressed: bool
) -> None:
    write(tmp_path, "a", START, DONE)
    path = write(tmp_path, "b", START, DONE)
    path = packed(path) if compressed else path
    listing = Listing(tmp_path)
    with forbidden(path, monkeypatch):
        hidden, known = listing.read()
        assert listing.unreadable == [f"cannot read {path} (Permission denied)"]
    assert known.status.verdict is Verdict.COMPLETE
    assert describe_status(hidden.status) == "unknown: unreadable: permission denied"
    assert (hidden.run, hidden.size) == ("b", path.stat().st_size)
    assert [run.status.verdict for run in listing.read()] == [Verdict.COMPLETE] * 2
    assert listing.unreadable == []


@pytest.mark.parametrize("as_json", [False, True])
def test_the_list_has_a_row_and_a_note_for_a_run_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    path = write(tmp_path, "a", START, DONE)
    with forbidden(path, monkeypatch):
        assert list_runs([tmp_path], limit=None, watch=False, as_json=as_json, stall_after_s=180) == 2
    shown = capfd.readouterr()
    assert "unreadable: permission denied" in shown.out
    assert shown.err == f"observe: cannot read {path} (Permission denied)\n"


def test_a_run_that_vanishes_while_it_is_listed_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a", START, DONE)
    monkeypatch.setattr(
        "observer.runs.listing.listing.run_files", lambda _: [tmp_path / "a.ndjson", tmp_path / "gone.ndjson"]
    )
    assert [listed.run for listed in Listing(tmp_path).read()] == ["r"]


def test_the_title_of_a_run_names_its_file_if_that_is_called_otherwise(tmp_path: Path) -> None:
    path = write(tmp_path, "r", START, DONE)
    copy = write(tmp_path, "copy", START, DONE)
    link = tmp_path / "latest.ndjson"
    link.symlink_to("copy.ndjson")
    titles = [list_run(Snapshot(file)).title for file in (path, copy, link)]
    assert titles == ["r", "r in copy.ndjson", "r"]
    assert [row.split()[0] for row in table_lines(Listing(tmp_path).read(), 0, PLAIN)] == [
        "RUN", "r", "copy",
    ]  # fmt: skip


@pytest.mark.parametrize(("cut", "reason"), [(0, "ends before the run does"), (12, "is truncated")])
@pytest.mark.parametrize("host", ["elsewhere", None])
def test_a_compressed_run_without_an_end_is_not_at_work(
    tmp_path: Path, cut: int, reason: str, host: str | None
) -> None:
    content = gzip.compress(event("run_start", host=host, heartbeat_s=5.0) + FILLER * 20)
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(content[: len(content) - cut])
    for written in (time.time(), time.time() - 9000):
        os.utime(path, (written, written))
        statuses = [Listing(tmp_path).read()[0].status, load_run(path).status()]
        with closing(Snapshot(path)) as snapshot:
            statuses.append(list_run(snapshot).status)
        assert {(status.verdict, status.missing) for status in statuses} == {
            (Verdict.UNKNOWN, f"the compressed file {reason}")
        }


def test_the_end_of_a_run_that_was_seen_to_arrive_is_not_dated_by_a_slow_clock(tmp_path: Path) -> None:
    def late(line: bytes) -> bytes:
        at = datetime.fromtimestamp(time.time() - 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return json.dumps(json.loads(line) | {"timestamp": at}).encode() + b"\n"

    path = write(tmp_path, "a", late(START) + late(BEAT))
    watching = Listing(tmp_path)
    watching.read()
    append(path, late(DONE))
    now = time.time()
    assert watching.read()[0].silent_s(now) < LIMIT_S
    assert watching.read()[0].silent_s(now) < LIMIT_S
    assert Listing(tmp_path).read()[0].silent_s(now) > 3000  # it may be a copy
