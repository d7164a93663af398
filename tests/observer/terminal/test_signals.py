"""A signal ends `observe` at once and quietly, but never in the middle of what holds a lock.

That it does so at any moment of any command is tested in tests/faults/test_starts.py.
"""

import subprocess
import sys

import pytest

from tests.helpers import LIMIT_S

BEGIN = """
import asyncio, os, signal, sys, threading, time
from observer.terminal import signals
from observer.terminal.output import OutputStream

signals.GRACE_S = 600.0  # or its alarm would hide that a signal was lost
signals.install()

def kill(number=signal.SIGTERM):
    os.kill(os.getpid(), number)
"""


def outcome(code: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_blocking_code_at_once(name: str, code: int) -> None:
    assert outcome(f"kill(signal.{name}); time.sleep(60)") == (code, "")


def test_a_hangup_that_is_ignored_stays_ignored() -> None:
    code = "signal.signal(signal.SIGHUP, signal.SIG_IGN); signals.install(); kill(signal.SIGHUP); print('still here')"
    assert outcome(code) == (0, "still here\n")


def test_a_signal_is_deferred_until_locks_are_released() -> None:
    code = """
with signals.deferred():
    with signals.deferred():
        kill()
    print("released", flush=True)
time.sleep(60)
"""
    assert outcome(code) == (143, "released\n")


def test_a_thread_that_waits_for_a_lock_is_interrupted() -> None:
    assert outcome("threading.Timer(0.1, kill).start(); threading.Event().wait()") == (143, "")


def test_a_signal_cancels_the_main_task_which_may_clean_up() -> None:
    code = """
async def main():
    threading.Timer(0.1, kill).start()
    try:
        await asyncio.sleep(60)
    finally:
        kill(signal.SIGINT)  # a second signal does not interrupt this
        await asyncio.sleep(0.05)
        print("cleaned up", flush=True)

signals.run(main)
"""
    assert outcome(code) == (143, "cleaned up\n")


def test_a_signal_calls_what_stops_the_main_task_instead() -> None:
    code = """
stop = asyncio.Event()

async def main():
    kill()
    await stop.wait()
    print("stopped", flush=True)

signals.run(main, stop=stop.set)
"""
    assert outcome(code) == (143, "stopped\n")


def test_a_signal_ends_a_coroutine_that_runs_without_a_loop_and_it_may_clean_up() -> None:
    code = """
async def main():
    try:
        threading.Timer(0.1, kill).start()
        while True: pass
    finally:
        print("cleaned up", flush=True)

signals.run_at_once(main())
"""
    assert outcome(code) == (143, "cleaned up\n")


def test_a_signal_that_arrives_as_the_loop_ends_is_not_lost() -> None:
    assert outcome("async def main(): kill()\nsignals.run(main)\nprint('lost')") == (143, "")


@pytest.mark.parametrize("before_the_write", [True, False])
def test_a_signal_ends_a_write_that_no_one_reads(before_the_write: bool) -> None:
    code = """
reader, writer = os.pipe()
async def main():
    KILL
    OutputStream(writer).write(bytes(4 << 20))
signals.run(main)
"""
    kill = "kill()" if before_the_write else "threading.Timer(0.1, kill).start()"
    assert outcome(code.replace("KILL", kill)) == (143, "")


def test_a_signal_that_a_destructor_swallows_is_raised_again() -> None:
    code = """
class Swallowing:
    def __del__(self):
        kill()
        for _ in range(10): pass

Swallowing()
time.sleep(60)
"""
    assert outcome(code) == (143, "")


def test_a_signal_that_code_swallows_is_raised_again() -> None:
    code = """
try:
    kill()
except:
    pass
time.sleep(60)
"""
    assert outcome(code) == (143, "")


def test_cleaning_up_after_a_signal_is_not_interrupted_by_the_same_signal() -> None:
    code = """
try:
    kill()
finally:
    time.sleep(0.3)
    print("cleaned up", flush=True)
"""
    assert outcome(code) == (143, "cleaned up\n")


def test_a_coroutine_that_was_created_but_not_started_causes_no_warning() -> None:
    assert outcome("async def work(): ...\nmade = work()\nkill()") == (143, "")


def test_a_thread_that_never_ends_delays_the_exit_only_for_a_grace_period() -> None:
    code = """
signals.GRACE_S = 0.3
async def main():
    threading.Timer(0.2, kill).start()
    await asyncio.to_thread(time.sleep, 600)
signals.run(main)
"""
    assert outcome(code) == (143, "")


def test_a_signal_among_pythons_own_exit_handlers_exits_at_once() -> None:
    code = """
import atexit
atexit.register(time.sleep, 60)
atexit.register(kill)
signals.exit_at_once()
raise SystemExit(2)
"""
    assert outcome(code) == (143, "")


def test_without_handlers_it_is_only_an_event_loop() -> None:
    code = "import asyncio\nfrom observer.terminal import signals\nasync def main(): return 5\nprint(signals.run(main))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"5\n"
