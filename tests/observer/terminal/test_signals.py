"""A signal ends `observe` at once, but never in the middle of what holds a lock."""

import subprocess
import sys

BEGIN = """
import os, signal, threading, time
from observer.terminal.signals import Stop

signal.signal(signal.SIGTERM, Stop())
"""


def outcome(code: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", BEGIN + code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_signal_is_put_off_until_a_lock_is_let_go() -> None:
    code = """
within = {"__name__": "threading", "kill": lambda: os.kill(os.getpid(), signal.SIGTERM)}
exec("def locked():\\n    kill()\\n    print('let go', flush=True)", within)
within["locked"]()
time.sleep(10)
"""
    assert outcome(code) == (143, "let go\n")


def test_a_viewer_of_a_stream_puts_off_what_ends_its_copies_too() -> None:
    code = """
from observer.nats.fetch_thread import _leaving_nothing
within = {"__name__": "threading", "kill": lambda: os.kill(os.getpid(), signal.SIGHUP)}
exec("def locked():\\n    kill()\\n    print('let go', flush=True)", within)
with _leaving_nothing():
    within["locked"]()
    time.sleep(10)
"""
    assert outcome(code) == (129, "let go\n")


def test_whoever_waits_where_locks_are_held_is_ended_all_the_same() -> None:
    code = """
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
threading.Event().wait()
"""
    assert outcome(code) == (143, "")


def test_what_was_made_and_not_begun_is_not_told_of() -> None:
    code = """
async def work(): ...
made = work()
os.kill(os.getpid(), signal.SIGTERM)
"""
    assert outcome(code) == (143, "")


SLOW = """
class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(0.1)

slow = Slow()
within = {"__name__": "threading", "kill": lambda: os.kill(os.getpid(), signal.SIGTERM)}
"""


def test_a_program_that_ends_by_itself_meanwhile_ends_as_it_would_have() -> None:
    code = """
exec("def locked():\\n    kill()\\n    raise SystemExit(2)", within)
within["locked"]()
"""
    assert outcome(SLOW + code) == (2, "")


def test_a_signal_among_the_last_handlers_does_not_kill_it() -> None:
    code = """
import atexit
exec("def locked():\\n    kill()", within)
atexit.register(within["locked"])
raise SystemExit(2)
"""
    assert outcome(SLOW + code) == (2, "")


def test_a_signal_that_was_withdrawn_ends_nothing() -> None:
    code = """
within = {"__name__": "threading", "kill": lambda: os.kill(os.getpid(), signal.SIGTERM)}
exec("def locked():\\n    kill()", within)
within["locked"]()
signal.getsignal(signal.SIGTERM).withdraw()
time.sleep(0.1)
os.kill(os.getpid(), signal.SIGTERM)
"""
    assert outcome(code) == (143, "")
