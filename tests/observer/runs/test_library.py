"""Tests what programs import from `observer`: it is there, and its examples are true; `observer.runs.live.follow`."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path

import pytest

import observer
from observer import Event, RunState, UnreadableError, follow
from observer.source.find import resolve_latest
from observer.testing.assertions import RunAssertion
from tests.helpers import LIMIT_S, append
from tests.observer.observing import START, SUCCESS, THOUGHT, lock
from tests.observer.written import small

pytest_plugins = ["pytester"]
runs_follow = import_module("observer.runs.live.follow")
ROOT = Path(__file__).parents[3]


def test_every_public_name_exists_and_has_a_docstring() -> None:
    for name in observer.__all__:
        assert name == "__version__" or getattr(observer, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = observer.nothing  # type: ignore[attr-defined]


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, observer; print([name for name in sys.modules if name.startswith('observer.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"


async def collected(path: Path, **how: int | bool) -> list[Event]:
    return [event async for event in follow(path, **how)]  # type: ignore[arg-type]


async def test_follow_yields_existing_and_new_events_until_the_run_ends(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    seen: list[str] = []
    asyncio.get_running_loop().call_later(0.05, append, path, START)  # it is not there yet
    async with asyncio.timeout(LIMIT_S):
        async for event in follow(path):
            seen.append(event.type)
            if event.type == "run_start":
                append(path, THOUGHT + b"not JSON\n")
            elif event.type == "thought":
                append(path, SUCCESS)
    assert seen == ["run_start", "thought", "complete"]


async def test_follow_ends_when_the_writer_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    writer = os.open(path, os.O_RDWR | os.O_CREAT)
    lock(writer)
    os.write(writer, START)
    state = RunState()
    async with asyncio.timeout(LIMIT_S):
        async for event in follow(path):
            state.apply(event)
            os.close(writer)

    assert state.host == socket.gethostname()
    assert state.outcome is None


async def test_follow_goes_past_the_end_of_a_run_only_with_forever(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    append(path, START + SUCCESS)
    seen: list[str] = []
    async with asyncio.timeout(LIMIT_S):
        async for event in follow(path, forever=True):
            seen.append(event.type)
            if event.type == "complete":
                asyncio.get_running_loop().call_later(0.5, append, path, THOUGHT)
            if event.type == "thought":
                break
    assert seen == ["run_start", "complete", "thought"]
    assert [event.type for event in await collected(path)] == seen


async def test_follow_can_start_near_the_end(tmp_path: Path) -> None:
    path = small().to(tmp_path / "run.ndjson")

    assert [event.type for event in await collected(path, last=2)] == ["session_end", "complete"]
    assert await collected(path, last=0) == []


async def test_follow_rejects_a_path_that_is_not_a_run_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="is a directory"):
        await collected(tmp_path)


PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
TESTS, PROGRAM = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_tests_in_the_documentation_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    pytester.mkdir("runs")
    shutil.copyfile(ROOT / "docs" / "example.ndjson", pytester.path / "runs" / "latest.ndjson")

    pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:xdist").assert_outcomes(passed=2)


def test_the_program_in_the_documentation_runs(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    shutil.copyfile(ROOT / "docs" / "example.ndjson", tmp_path / "runs" / "latest.ndjson")
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, check=True, text=True)

    assert done.stdout == "SINGLE 1 Write\nSINGLE 1 Bash\nsuccess 0.0121\n"


def test_every_method_of_an_assertion_is_in_the_documentation() -> None:
    methods = [name for name in vars(RunAssertion) if not name.startswith("_")]

    assert methods
    assert not [name for name in methods if f"{name}(" not in PAGE]


async def test_the_latest_run_is_looked_up_while_the_event_loop_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(path: Path) -> Path:
        threads.append(threading.current_thread())
        return resolve_latest(path)

    threads: list[threading.Thread] = []
    monkeypatch.setattr(runs_follow, "resolve_latest", resolve)
    (tmp_path / "a.ndjson").write_bytes(START + SUCCESS)
    assert [event.type for event in await collected(tmp_path / "latest.ndjson")] == ["run_start", "complete"]
    assert threads[0] is not threading.main_thread()
