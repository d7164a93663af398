"""The pytest plugin, in a pytest of its own: runtail_pytest and observer.testing.failure_report."""

import re
from pathlib import Path

import pytest

from tests.observer.written import small
from tests.packaging.conftest import ALONE

pytest_plugins = ["pytester"]

SUITE = """
import asyncio
import shutil
import pytest
from agent.events import Info, Outcome
from observer import assert_run

async def record(run_log, outcome):
    async with run_log as log:
        await log.emit(Info(message="hello from the test"))
        await log.complete(outcome, "that was it")
    return log.path

def test_recorded(run_log, tmp_path):
    path = asyncio.run(record(run_log, Outcome.SUCCESS))
    assert path.parent == tmp_path / "runs"
    assert assert_run(path).completed().never_blocked().within(minutes=5).run.state.about == "test_recorded"

def test_failing(run_log):
    path = asyncio.run(record(run_log, Outcome.FAILED))
    path.with_name("other.ndjson").write_bytes(b'{"type":"info","data":{"message":"\\xc2\\x9b2J"}}\\n' * 3)
    assert_run(path).completed()

@pytest.fixture
def harness(tmp_path):
    (tmp_path / "early.ndjson").write_text('{"type":"info"}\\nTraceback\\n')
    raise RuntimeError("no agent")

def test_set_up(harness): pass

@pytest.fixture
def cleaning(tmp_path):
    yield
    (tmp_path / "late.ndjson").write_text('{"type":"info"}\\n')
    raise RuntimeError("not clean")

def test_torn_down(cleaning): pass

def test_long(tmp_path):
    shutil.copy(LONG, tmp_path / "long.ndjson")
    assert False

def test_passing(tmp_path):
    (tmp_path / "a.ndjson").write_text("{}")

def test_without_files():
    assert False
"""


def test_a_failing_test_shows_the_end_of_each_of_its_run_files(pytester: pytest.Pytester, tmp_path: Path) -> None:
    long = tmp_path / "long.ndjson"
    long.write_bytes(b"".join(small().bytes.replace(b"It works", b"%d" % number) for number in range(300)))
    pytester.makepyfile(SUITE.replace("LONG", repr(str(long))))

    result = pytester.runpytest_subprocess(*ALONE)

    result.assert_outcomes(passed=3, failed=3, errors=2)
    shown = result.stdout.str()
    assert "\x9b" not in shown
    assert "asserting.py" not in shown  # the failure points at the test
    _, *parts = re.split(r"^_{3,} (.+) _{3,}$", shown, flags=re.MULTILINE)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    assert sections.keys() == {
        "test_failing", "test_long", "test_without_files", "ERROR at setup of test_set_up",
        "ERROR at teardown of test_torn_down",
    }  # fmt: skip
    failing = sections["test_failing"]
    assert "expected outcome success, but the outcome is failed" in failing
    assert "last 3 of 3 events" in failing
    assert "hello from the test" in failing
    assert "other.ndjson" in failing
    early, late = sections["ERROR at setup of test_set_up"], sections["ERROR at teardown of test_torn_down"]
    assert "early.ndjson (working), last 1 of 1 events; malformed lines: 1, first line 2 (" in early
    assert "late.ndjson (working), last 1 of 1 events" in late
    assert "long.ndjson (complete), last 20 of 3000 events" in sections["test_long"]
    assert sections["test_long"].count("\n") < 60
    assert "run file" not in sections["test_without_files"]


def test_workers_show_run_files_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
def test_it(tmp_path):
    (tmp_path / "a.ndjson").write_text('{"type":"hello"}')
    assert False
""")
    result = pytester.runpytest_subprocess(*ALONE, "-n", "1")

    result.assert_outcomes(failed=1)
    assert '{"type":"hello"}' in result.stdout.str()


def test_the_fixture_is_listed_with_a_description(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*ALONE, "--fixtures")

    result.stdout.fnmatch_lines(["run_log*", "*Return a `RunLog` in `tmp_path*"])
