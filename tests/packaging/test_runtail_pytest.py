"""The pytest plugin, in a pytest of its own: runtail_pytest and observer.testing.failure_report."""

from pathlib import Path

import pytest

from tests.observer.written import small
from tests.packaging.conftest import ALONE

pytest_plugins = ["pytester"]

WRITING = """
import asyncio
import pytest
from agent.events import Info, Outcome
from observer import assert_run

async def record(run_log, outcome):
    async with run_log as log:
        await log.emit(Info(message="hello from the test"))
        await log.complete(outcome, "that was it")
    return log.path
"""


def test_run_log_records_into_tmp_path_and_assert_run_reads_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        WRITING
        + """
def test_it(run_log, tmp_path):
    path = asyncio.run(record(run_log, Outcome.SUCCESS))
    assert path.parent == tmp_path / "runs"
    assert assert_run(path).completed().never_blocked().within(minutes=5).run.state.about == "test_it"
"""
    )
    pytester.runpytest_subprocess(*ALONE).assert_outcomes(passed=1)


def test_a_failing_test_shows_the_end_of_each_of_its_run_files(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        WRITING
        + """
def test_it(run_log):
    path = asyncio.run(record(run_log, Outcome.FAILED))
    path.with_name("other.ndjson").write_bytes(b'{"type":"info","data":{"message":"\\x1b[2J"}}' * 3)
    assert_run(path).completed()
"""
    )
    result = pytester.runpytest_subprocess(*ALONE)

    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert "expected outcome success, but the outcome is failed" in shown
    assert "last 3 of 3 events" in shown
    assert "hello from the test" in shown
    assert "other.ndjson" in shown
    assert "\x1b" not in shown
    assert "asserting.py" not in shown  # the failure points at the test


def test_run_files_of_a_failing_fixture_are_shown_and_malformed_lines_are_counted(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("""
import pytest
@pytest.fixture
def harness(tmp_path):
    (tmp_path / "early.ndjson").write_text('{"type":"info"}\\nTraceback\\n')
    raise RuntimeError("no agent")
@pytest.fixture
def cleaning(tmp_path):
    yield
    (tmp_path / "late.ndjson").write_text('{"type":"info"}\\n')
    raise RuntimeError("not clean")
def test_it(harness): pass
def test_that(cleaning): pass
""")
    result = pytester.runpytest_subprocess(*ALONE)

    result.assert_outcomes(errors=2, passed=1)
    result.stdout.fnmatch_lines_random(
        [
            "*early.ndjson (working), last 1 of 1 events; malformed lines: 1, first line 2 (*",
            "*late.ndjson (working), last 1 of 1 events*",
        ]
    )


def test_workers_show_run_files_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
def test_it(tmp_path):
    (tmp_path / "a.ndjson").write_text('{"type":"hello"}')
    assert False
""")
    result = pytester.runpytest_subprocess(*ALONE, "-n", "1")

    result.assert_outcomes(failed=1)
    assert '{"type":"hello"}' in result.stdout.str()


def test_only_the_end_of_a_long_run_is_shown(pytester: pytest.Pytester, tmp_path: Path) -> None:
    path = tmp_path / "long.ndjson"
    path.write_bytes(b"".join(small().bytes.replace(b"It works", b"%d" % number) for number in range(300)))
    pytester.makepyfile(f"""
import shutil
def test_it(tmp_path):
    shutil.copy({str(path)!r}, tmp_path / "long.ndjson")
    assert False
""")
    result = pytester.runpytest_subprocess(*ALONE)

    result.stdout.fnmatch_lines(["*long.ndjson (complete), last 20 of 3000 events*"])
    assert len(result.stdout.lines) < 100


def test_a_passing_test_and_one_without_files_show_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
def test_good(tmp_path):
    (tmp_path / "a.ndjson").write_text("{}")
def test_bad():
    assert False
""")
    result = pytester.runpytest_subprocess(*ALONE)

    result.assert_outcomes(passed=1, failed=1)
    assert "run file" not in result.stdout.str()


def test_the_fixture_is_listed_with_a_description(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess(*ALONE, "--fixtures")

    result.stdout.fnmatch_lines(["run_log*", "*Return a `RunLog` in `tmp_path*"])
