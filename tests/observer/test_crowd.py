"""Many viewers on one machine: each knows how many there are, and they take turns."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.crowd import COUNTS_PER_S, NAME, believed_in_crowd
from observer.wake import FEW, LOOKS_PER_S, poll_in_crowd
from tests.observer.observing import SUCCESS, Observe, append, event, eventually

Start = Callable[..., Observe]
BEGUN = event("info", message="begun")


def test_a_few_viewers_watch_and_many_look_in_turn() -> None:
    assert poll_in_crowd(0) is poll_in_crowd(FEW) is None
    assert poll_in_crowd(FEW + 1) is not None
    assert [round(viewers / (poll_in_crowd(viewers) or 0)) for viewers in (200, 1000)] == [LOOKS_PER_S, LOOKS_PER_S]


def test_the_more_viewers_there_are_the_rarer_each_counts_them() -> None:
    assert [viewers / believed_in_crowd(viewers) for viewers in (200, 1000)] == [COUNTS_PER_S, COUNTS_PER_S]


def name_of(viewer: Observe) -> bytes:
    return Path(f"/proc/{viewer.process.pid}/comm").read_bytes().strip()


def test_who_follows_bears_the_name_that_is_counted(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(BEGUN)
    follower = observe("tail", "-o", "json", path)
    follower.shows("begun")

    assert name_of(follower) == NAME


@pytest.mark.parametrize(("begin", "policy"), [("join()", os.SCHED_IDLE), ("", os.SCHED_OTHER)])
def test_who_is_one_of_very_many_viewers_steps_back_and_nobody_else_does(begin: str, policy: int) -> None:
    code = f"""
import os, threading
from observer.crowd import join, step_back
threading.Thread(target=threading.Event().wait, daemon=True).start()
{begin}
step_back()
print(*{{os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [str(policy)]


def test_in_a_crowd_nobody_misses_anything(observe: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(BEGUN)
    viewers = [observe("tail", "-o", "json", path) for _ in range(3 * FEW)]
    eventually(lambda: all(viewer.out == BEGUN for viewer in viewers))
    append(path, SUCCESS)

    assert [viewer.ends() for viewer in viewers] == [0] * len(viewers)
    assert all(viewer.out == BEGUN + SUCCESS for viewer in viewers)
