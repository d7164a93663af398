"""`observe wait`: it returns the moment something happens, and its exit code says what."""

import gzip
import os
import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from observer.cli.wait import Waiter
from observer.errors import UsageError
from observer.format.timestamps import parse_timestamp
from observer.format.zone import Zone
from observer.runs.waiting.conditions import parse_conditions
from observer.source.items import Follow
from observer.source.open_source import open_source
from tests.helpers import LIMIT_S, RUN, append, encoded, event, wait_until
from tests.observer.observing import OBSERVE, START, SUCCESS, Observe, lock
from tests.observer.written import Script, small

Start = Callable[..., Observe]
FAILED = event("complete", outcome="failed", message="no", duration_ms=1000, cost_usd=None, project_dir="/p")
BLOCKED = event("tool_result", tool_use_id="t", name="Bash", status="blocked", reason="rm -rf / is never\nallowed")


def progress(passing: int) -> bytes:
    return event("progress", passing=passing, total=3, changed=[])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.ndjson"


@pytest.mark.parametrize(
    ("conditions", "lines", "code", "said"),
    [
        ([], SUCCESS, 0, "complete"),
        (["complete"], FAILED, 1, "condition not met: failed"),
        (["failed"], FAILED, 0, "failed"),
        ([], b'{"type":"complete","data":{"outcome":NaN}}\n', 1, "condition not met: ended"),
        (["ended"], b'{"type":"complete"}\n', 0, "ended"),
        (["failed"], SUCCESS, 1, "condition not met: complete"),
        (["ended"], FAILED, 0, "failed"),
        (["blocked"], BLOCKED, 0, r"Bash was blocked: rm -rf / is never\nallowed"),
        (["blocked"], SUCCESS, 1, "condition not met: complete"),
        (["type=error"], event("error", message="m", kind="k"), 0, "error event, seq 1"),
        (["progress=2"], progress(1) + progress(2), 0, "2 of 3 features pass"),
        (["progress=all"], progress(2) + progress(3), 0, "3 of 3 features pass"),
        (["progress=all"], progress(2) + SUCCESS, 1, "condition not met: complete, 2/3 passing"),
        (["progress=all,blocked"], progress(2) + BLOCKED, 0, "Bash was blocked"),
        (["crashed", "failed"], FAILED, 0, "failed"),
    ],
)
def test_existing_events_count(
    observe: Start, run: Path, conditions: list[str], lines: bytes, code: int, said: str
) -> None:
    run.write_bytes(START + lines)
    wait = observe("wait", run, *(f"--until={condition}" for condition in conditions))

    assert wait.ends() == code
    assert wait.err == ""
    (line,) = wait.out.decode().splitlines()
    assert line.startswith(said)


def test_it_waits_for_a_file_that_does_not_exist_yet_and_for_its_events(observe: Start, run: Path) -> None:
    wait = observe("wait", run.parent / "runs" / "latest.ndjson")
    run.parent.joinpath("runs").mkdir()
    path = run.parent / "runs" / "a.ndjson"
    writer = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    lock(writer)
    os.write(writer, START)
    path.with_name("latest.ndjson").symlink_to("a.ndjson")
    os.write(writer, SUCCESS)

    assert wait.ends() == 0
    assert wait.out.startswith(b"complete, 1.0s, $0.50, run 2026")
    os.close(writer)


def test_a_writer_that_dies_is_a_crash(observe: Start, run: Path) -> None:
    writer = os.open(run, os.O_RDWR | os.O_CREAT)
    lock(writer)
    os.write(writer, START)
    wait, wanted = observe("wait", run), observe("wait", run, "--until", "crashed")
    wait_until(
        lambda: all(Path(f"/proc/{one.process.pid}/fdinfo").exists() and opened(one, run) for one in (wait, wanted))
    )
    os.close(writer)

    assert (wait.ends(), wanted.ends()) == (4, 0)
    assert wait.out.startswith(b"crashed")


def opened(one: Observe, path: Path) -> bool:
    for descriptor in Path(f"/proc/{one.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            if os.readlink(descriptor) == str(path):
                return True
    return False


def test_a_run_without_a_heartbeat_is_stalled(observe: Start, run: Path) -> None:
    script = Script().start().thought("hm", at=1)  # long ago, on another machine
    run.write_bytes(script.bytes)
    wait, wanted = observe("wait", run), observe("wait", run, "--until", "stalled")

    assert (wait.ends(), wanted.ends()) == (4, 0)
    assert wait.out.startswith(b"stalled for ")


def test_a_run_that_needs_a_person_can_be_waited_for(observe: Start, run: Path) -> None:
    def written_now(kind: str, **data: object) -> bytes:
        return encoded(1, datetime.now(UTC), RUN, kind, 1, None, data)

    run.write_bytes(written_now("run_start", host="elsewhere", heartbeat_s=600.0))
    wait = observe("wait", run, "--until", "waiting-on-human,ended")
    bash = {"id": "t", "name": "Bash", "elapsed_s": 65.0}
    append(
        run, written_now("heartbeat", state="waiting_on_human", in_flight=[bash], tokens={"input": 9000, "output": 0})
    )

    assert wait.ends() == 0
    assert re.match(rb"waiting on human Bash 1m \d\ds, .*9\.0k tokens, run 2026", wait.out)


def test_the_timeout_expires(observe: Start, run: Path) -> None:
    missing = observe("wait", run, "--timeout", "0.2")
    run.with_name("live.ndjson").write_bytes(event("thought", text="hm", message="m", block=0))
    going_on = observe("wait", run.with_name("live.ndjson"), "--timeout", "1s")

    assert (missing.ends(), going_on.ends()) == (3, 3)
    assert b"timed out after 0.2s" in missing.out
    assert b"does not exist" in missing.out
    assert b"timed out after 1.0s: working" in going_on.out


def test_a_timeout_of_zero_checks_once(observe: Start, run: Path) -> None:
    run.write_bytes(START + SUCCESS)
    run.with_name("new.ndjson").write_bytes(b"")
    done, new = (observe("wait", path, "--timeout", "0") for path in (run, run.with_name("new.ndjson")))

    assert (done.ends(), new.ends()) == (0, 3)
    assert new.out == b"timed out after 0ms: unknown: no event yet\n"


def test_standard_input_and_compressed_runs_can_be_waited_for(observe: Start, tmp_path: Path) -> None:
    packed = tmp_path / "a.ndjson.gz"
    packed.write_bytes(gzip.compress(small().bytes))
    cut = subprocess.run([*OBSERVE, "wait", "-"], input=Script().thought("hm").bytes, capture_output=True, check=False)

    assert observe("wait", packed).ends() == 0
    assert (cut.returncode, cut.stdout.startswith(b"the input ended: ")) == (1, True)


def test_a_run_that_starts_again_in_the_same_file_is_another_run(observe: Start, run: Path) -> None:
    run.write_bytes(progress(2))
    wait = observe("wait", run, "--until", "progress=3", "--timeout", f"{LIMIT_S:g}")
    wait_until(lambda: opened(wait, run))
    run.write_bytes(progress(1))
    append(run, progress(3))

    assert wait.ends() == 0


@pytest.mark.parametrize("condition", ["", "done", "progress=some", "type=", "progress=-1"])
def test_an_unknown_condition_is_rejected_with_the_known_ones(condition: str) -> None:
    with pytest.raises(UsageError, match="progress=all"):
        parse_conditions([condition])


def test_a_usage_error_exits_2_with_a_message(observe: Start, run: Path) -> None:
    until_what, how_long, folder = (
        observe("wait", run, "--until", "x"), observe("wait", run, "--timeout", "soon"), observe("wait", run.parent),
    )  # fmt: skip

    assert (until_what.ends(), how_long.ends(), folder.ends()) == (2, 2, 2)
    assert 'unknown condition "x"' in until_what.err
    assert "use for example 90s, 30m or 1h30m" in how_long.err
    assert "is a directory" in folder.err


async def test_a_time_is_in_the_zone_that_is_asked_for(run: Path) -> None:
    run.write_bytes(
        event("run_start", host="elsewhere") + event("rate_limit", status="rejected", resets_at="2026-11-23T03:00:00Z")
    )
    now, tokyo = parse_timestamp("2026-11-23T01:12:31Z") or 0.0, Zone("Asia/Tokyo", timezone(timedelta(hours=9), "JST"))
    os.utime(run, (now, now))
    waiter = Waiter(
        open_source(run, follow=Follow.NOT), parse_conditions(["complete"]), clock=lambda: now, zone=tokyo,
    )  # fmt: skip
    assert "rate limited until 12:00:00 JST" in (await waiter.run()).message


def test_the_name_of_the_file_is_told_where_it_is_not_the_run(observe: Start, run: Path) -> None:
    run.write_bytes(START + SUCCESS)
    waiter = observe("wait", run)
    assert waiter.ends() == 0
    assert f"run {RUN} in run.ndjson" in waiter.out.decode()
