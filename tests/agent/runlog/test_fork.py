"""Processes that are forked inside the block of a run: they neither end it, nor write to it, nor keep its lock."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agent import RunLog
from tests.agent.runlog.writing import PRELUDE, events_of, program, types_of
from tests.helpers import LIMIT_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="cannot fork")

POOL = {
    "async": """
        import multiprocessing
        async def main():
            async with RunLog.open("runs", run="r", heartbeat_s=0.05) as log:
                for _ in range(3):
                    with multiprocessing.get_context("fork").Pool(2) as pool:
                        pool.map(abs, range(10))
                    await log.emit(Info(message="a pool was terminated"))
        asyncio.run(main())
        """,
    "sync": """
        import multiprocessing
        with RunLog.open("runs", run="r", heartbeat_s=0.05) as log:
            for _ in range(3):
                with multiprocessing.get_context("fork").Pool(2) as pool:
                    pool.map(abs, range(10))
                log.emit(Info(message="a pool was terminated"))
        """,
}


@pytest.mark.parametrize("kind", POOL)
def test_a_worker_that_is_terminated_does_not_end_its_parent(tmp_path: Path, kind: str) -> None:
    process = program(POOL[kind], tmp_path)
    _, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    types = [kind for kind in types_of(tmp_path / "runs/r.ndjson") if kind != "heartbeat"]
    assert types == ["run_start", "info", "info", "info", "complete"]


ENTER = {"async": "async with RunLog", "sync": "with RunLog"}


@pytest.mark.parametrize("kind", ENTER)
def test_a_worker_that_is_terminated_as_soon_as_it_is_forked_ends(tmp_path: Path, kind: str) -> None:
    process = program(
        """
        import collections
        async def main():
            end_is_open, end = os.pipe()
            ended = collections.Counter()
            with RunLog.open("runs", run="r"):
                children = []
                for _ in range(40):
                    child = os.fork()
                    if child == 0:
                        os.close(end)
                        os.read(end_is_open, 1)
                        os._exit(42)  # the signal was lost: the pipe was closed after it
                    os.kill(child, signal.SIGTERM)
                    children.append(child)
                os.close(end)
                for child in children:
                    ended[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])] += 1
            print(dict(ended))
        asyncio.run(main())
        """.replace("with RunLog", ENTER[kind]),
        tmp_path,
    )
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (0, "{-15: 40}\n", "")


def test_a_fork_leaves_the_signals_that_a_thread_blocks_as_they_were(tmp_path: Path) -> None:
    process = program(
        """
        import contextlib, threading
        def blocked():
            return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

        def masks_after_fork():
            child = os.fork()
            if child == 0:
                print("child", blocked(), flush=True)
                os._exit(0)
            os.waitpid(child, 0)
            print("parent", blocked(), flush=True)

        def fork_in_thread():
            thread = threading.Thread(target=masks_after_fork)
            thread.start()
            thread.join()

        for also in ([], [signal.SIGUSR1], [signal.SIGUSR1, signal.SIGTERM]):
            signal.pthread_sigmask(signal.SIG_SETMASK, also)
            with RunLog.open("runs"), RunLog.open("runs"):
                masks_after_fork()
                fork_in_thread()
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    masks = ([], [signal.SIGUSR1], sorted([signal.SIGUSR1, signal.SIGTERM]))
    assert out.splitlines() == [f"{who} {mask}" for mask in masks for who in ("child", "parent") * 2]


DURING_FORK = """
import os, signal
os.register_at_fork(before=lambda: during_fork())  # called last, as it is registered first
"""


def run_with_hook(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program whose function `during_fork` is called just before each fork."""
    command = [sys.executable, "-c", DURING_FORK + PRELUDE + textwrap.dedent(code)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def test_sigterm_is_blocked_during_a_fork_only_while_a_run_handles_it(tmp_path: Path) -> None:
    process = run_with_hook(
        """
        def during_fork():
            print(signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ()), flush=True)

        def fork():
            child = os.fork()
            if child == 0:
                os._exit(signal.getsignal(signal.SIGTERM) is own)
            return bool(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

        def own(*_):
            raise AssertionError
        with RunLog.open("runs"):
            print("own in child:", fork())
        print("own in child:", fork())
        signal.signal(signal.SIGTERM, own)
        with RunLog.open("runs"):
            print("own in child:", fork())
        """,
        tmp_path,
    )
    assert (process.returncode, process.stderr) == (0, "")
    out = "True\nown in child: False\nFalse\nown in child: False\nFalse\nown in child: True\n"
    assert process.stdout == out


@pytest.mark.parametrize("kind", ENTER)
def test_a_parent_that_is_terminated_while_it_forks_closes_its_run(tmp_path: Path, kind: str) -> None:
    process = run_with_hook(
        """
        def during_fork():
            signal.raise_signal(signal.SIGTERM)

        async def main():
            with RunLog.open("runs", run="r") as log:
                if os.fork() == 0:
                    os._exit(0)
                for _ in range(600):
                    await asyncio.sleep(1)
        asyncio.run(main())
        """.replace("with RunLog", ENTER[kind]),
        tmp_path,
    )
    assert (process.returncode, process.stderr) == (-signal.SIGTERM, "")
    assert events_of(tmp_path / "runs/r.ndjson")[-1]["data"]["message"] == "stopped by SIGTERM"


def test_a_child_does_not_keep_the_lock_of_a_run_whose_writer_was_killed(tmp_path: Path) -> None:
    process = program(
        """
        with RunLog.open("runs", run="r") as log:
            if os.fork() == 0:
                print(os.getpid(), flush=True)
                time.sleep(600)
            time.sleep(600)
        """,
        tmp_path,
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        process.kill()
        process.wait(LIMIT_S)
        with RunLog.resume(tmp_path / "runs/r.ndjson") as log:
            pass
        assert types_of(log.path) == ["run_start", "info", "complete"]
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_a_child_that_emits_is_told_who_writes_the_run_and_leaves_the_block_without_a_trace(tmp_path: Path) -> None:
    process = program(
        """
        with RunLog.open("runs", run="r", heartbeat_s=0.01) as log:
            log.emit(Info(message="parent"))
            child = os.fork()
            if child == 0:
                for call in (lambda: log.emit(Info(message="child")), lambda: log.complete(Outcome.FAILED, "no")):
                    try:
                        call()
                    except RunLogClosed as error:
                        print(error, flush=True)
                log.touch()
                log.writer.tool_started("t", "Bash")
            else:
                os.waitpid(child, 0)
        print("left by", "child" if child == 0 else "parent", flush=True)
        """.replace("with RunLog", "from agent import RunLogClosed\n        with RunLog", 1),
        tmp_path,
    )
    out, err = process.communicate(timeout=LIMIT_S)
    path = tmp_path / "runs/r.ndjson"
    sentence = f"{path} is written by the process that forked this one; emit there, or open another run here"
    assert (process.returncode, err) == (0, "")
    assert out.splitlines() == [sentence, sentence, "left by child", "left by parent"]
    assert [kind for kind in types_of(path) if kind != "heartbeat"] == ["run_start", "info", "complete"]
    assert events_of(path)[-1]["data"]["outcome"] == "success"


LEAVE = """
        async def main():
            try:
                async with RunLog.open("runs", run="r", heartbeat_s=3600) as log, log.waiting("waiting_on_human"):
                    child = os.fork()
                    if child == 0:
                        for call in (log.emit(Info(message="child")), log.complete(Outcome.FAILED, "no"), enter()):
                            try:
                                await call
                            except RunLogError as error:
                                print(error, flush=True)
                        sys.exit(3)
                    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
                    await log.emit(Info(message="parent"))
            except SystemExit as exit:
                os._exit(exit.code)  # as Process does: closing the loop would close that of the parent

        async def enter():
            async with RunLog.open("runs"):
                raise AssertionError

        from agent import RunLogError
        asyncio.run(main())
        """


def test_a_child_of_an_event_loop_leaves_the_block_without_a_trace_too(tmp_path: Path) -> None:
    process = program(LEAVE, tmp_path)
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    *sentences, no_loop, code = out.splitlines()
    assert [sentence.partition(" is ")[2] for sentence in sentences] == [
        "written by the process that forked this one; emit there, or open another run here"
    ] * 2
    assert ("in a process that was forked while it ran; use `with RunLog.open(...)`" in no_loop, code) == (True, "3")
    assert types_of(tmp_path / "runs/r.ndjson") == ["run_start", "heartbeat", "info", "heartbeat", "complete"]


def test_a_child_leaves_a_wait_that_began_in_its_parent(tmp_path: Path) -> None:
    process = program(
        """
        with RunLog.open("runs", run="r", heartbeat_s=3600) as log:
            with log.waiting("waiting_on_human"):
                child = os.fork()
                if child == 0:
                    sys.exit(3)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (0, "3\n", "")
    assert types_of(tmp_path / "runs/r.ndjson") == ["run_start", "heartbeat", "heartbeat", "complete"]


def test_a_child_may_record_a_run_of_its_own(tmp_path: Path) -> None:
    process = program(
        """
        with RunLog.open("runs", run="parent") as log:
            child = os.fork()
            if child == 0:
                with RunLog.open("runs", run="child", heartbeat_s=0.01) as own:
                    own.emit(Info(message=str(os.getpid())))
                    os.kill(os.getpid(), signal.SIGTERM)
                    time.sleep(600)
            log.emit(Info(message=str(os.waitpid(child, 0)[1])))
        """,
        tmp_path,
    )
    _, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    assert events_of(tmp_path / "runs/child.ndjson")[-1]["data"]["message"] == "stopped by SIGTERM"
    parent = events_of(tmp_path / "runs/parent.ndjson")
    assert [event["data"].get("message") for event in parent] == [None, str(int(signal.SIGTERM)), "done"]


def test_a_program_that_is_started_with_all_descriptors_does_not_keep_the_lock(tmp_path: Path) -> None:
    process = program(
        """
        import subprocess
        with RunLog.open("runs", run="r"):
            child = subprocess.Popen(["sleep", "600"], close_fds=False, stdout=subprocess.DEVNULL)
            print(child.pid, flush=True)
            time.sleep(600)
        """,
        tmp_path,
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        process.kill()
        process.wait(LIMIT_S)
        with RunLog.resume(tmp_path / "runs/r.ndjson"):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_a_fork_at_any_moment_leaves_no_descriptor_in_the_child(tmp_path: Path) -> None:
    """Other threads open and close runs meanwhile."""
    process = program(
        """
        import contextlib, threading
        def has_run_file():
            for number in os.listdir("/proc/self/fd"):
                with contextlib.suppress(FileNotFoundError):  # the descriptor that lists them
                    if os.readlink(f"/proc/self/fd/{number}").endswith(".ndjson"):
                        return True
            return False

        stop = threading.Event()
        def record():
            while not stop.is_set():
                with RunLog.open("runs", heartbeat_s=3600) as log:
                    log.emit(Info(message="hello"))
        threads = [threading.Thread(target=record) for _ in range(3)]
        for thread in threads:
            thread.start()
        kept = 0
        for _ in range(200):
            child = os.fork()
            if child == 0:
                os._exit(has_run_file())
            kept += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        stop.set()
        for thread in threads:
            thread.join()
        print(kept)
        """,
        tmp_path,
    )
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (0, "0\n", "")
