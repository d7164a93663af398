"""Processes that are forked inside the block of a run: they neither end it, nor write to it, nor keep its lock."""

import os
import signal
import sys
from pathlib import Path

import pytest

from agent import RunLog
from tests.agent.runlog.writing import events_of, program, types_of
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
                log.tool_started("t", "Bash")
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
