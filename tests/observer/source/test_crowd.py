"""Many viewers on one machine: each knows how many there are, and they take turns."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from observer.source.crowd import COUNTS_PER_S, MAX_COUNT_TTL_S, NAME, SOCKET_LIST, count_ttl
from observer.source.watcher import FEW, MAX_POLL_S, POLLS_PER_S, shared_poll_interval
from tests.helpers import append, event, wait_until
from tests.observer.observing import SUCCESS, Observe

Start = Callable[..., Observe]
BEGUN = event("info", message="begun")


def test_a_few_viewers_watch_and_many_poll_in_turn() -> None:
    assert shared_poll_interval(0) is shared_poll_interval(FEW) is None
    assert shared_poll_interval(FEW + 1) is not None
    assert [round(viewers / (shared_poll_interval(viewers) or 0)) for viewers in (200, 1000)] == [
        POLLS_PER_S,
        POLLS_PER_S,
    ]


def test_a_process_that_claims_to_be_a_million_viewers_does_not_stop_the_others() -> None:
    assert shared_poll_interval(1_000_000) == MAX_POLL_S
    assert count_ttl(1_000_000) == MAX_COUNT_TTL_S


def test_the_more_viewers_there_are_the_less_often_each_counts_them() -> None:
    assert [viewers / count_ttl(viewers) for viewers in (200, 1000)] == [COUNTS_PER_S, COUNTS_PER_S]


@pytest.fixture
def follower(observe: Start, tmp_path: Path) -> Observe:
    path = tmp_path / "a.ndjson"
    path.write_bytes(BEGUN)
    follower = observe("tail", "-o", "json", path)
    follower.shows("begun")
    return follower


def name_of(viewer: Observe) -> str:
    names = [held.laddr for held in psutil.Process(viewer.process.pid).net_connections("unix")]
    (name,) = [name for name in names if name.startswith(NAME.decode())]
    return name


def test_a_viewer_has_the_counted_name_as_long_as_it_lives(follower: Observe) -> None:
    name = name_of(follower)

    assert name.encode() in Path(SOCKET_LIST).read_bytes()
    follower.process.kill()
    follower.ends()
    assert name.encode() not in Path(SOCKET_LIST).read_bytes()


def test_a_viewer_accepts_no_connections_to_its_name(follower: Observe) -> None:
    with socket.socket(socket.AF_UNIX) as stranger, pytest.raises(ConnectionRefusedError):
        stranger.connect(name_of(follower).replace("@", "\0"))


def test_a_count_includes_new_viewers_and_no_viewers_that_ended() -> None:
    code = f"""
import sys
from observer.source import crowd
crowd.NAME = b"@runtail-test-{os.getpid()}-"
crowd.join()
print(crowd.FollowerCount().count(0), flush=True)
sys.stdin.read()
"""
    with ExitStack() as stack:

        def comes() -> tuple[subprocess.Popen[str], int]:
            process = subprocess.Popen([sys.executable, "-c", code], stdin=PIPE, stdout=PIPE, text=True)
            stack.callback(process.communicate)
            assert process.stdout is not None
            return process, int(process.stdout.readline())

        (first, alone), (_, two), (_, three) = comes(), comes(), comes()
        first.kill()
        first.wait()
        _, one_gone = comes()

    assert [alone, two, three, one_gone] == [1, 2, 3, 3]


@pytest.mark.parametrize(("begin", "policy"), [("join()", os.SCHED_IDLE), ("", os.SCHED_OTHER)])
def test_a_viewer_lowers_its_priority_only_among_very_many(begin: str, policy: int) -> None:
    code = f"""
import os, threading
from observer.source.crowd import join, use_idle_priority
threading.Thread(target=threading.Event().wait, daemon=True).start()
{begin}
use_idle_priority()
print(*{{os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(policy)]


def test_no_viewer_in_a_crowd_misses_a_line(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(BEGUN)
    viewers = [observe("tail", "-o", "json", path) for _ in range(3 * FEW)]
    wait_until(lambda: all(viewer.out == BEGUN for viewer in viewers))
    append(path, SUCCESS)

    assert [viewer.ends() for viewer in viewers] == [0] * len(viewers)
    assert all(viewer.out == BEGUN + SUCCESS for viewer in viewers)
