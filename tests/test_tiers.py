"""Tests of tests/tiers.py: which tests are fast, and that they stay so."""

from pathlib import Path

import pytest

from tests.tiers import is_slow_file

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
QUIET = ("-p", "tests.tiers", *(f"-pno:{plugin}" for plugin in (
    "anyio", "asyncio", "cacheprovider", "hypothesispytest", "randomly", "timeout", "xdist",
)))  # fmt: skip
"""Without the plugins that take most of the time to load."""
STARTS = """
import os
import socket
import pytest

@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)):
        yield

def test_system(): os.system("true")

def test_fork(): os.fork() or os._exit(0)

def test_spawn(): os.posix_spawn("/bin/true", ["true"], {})

def test_listen(): socket.create_server(("127.0.0.1", 0))

def test_hidden():
    try:
        os.system("true")
    except Exception:
        pass

def test_set_up(server): pass

@pytest.fixture
def hidden():
    try:
        os.system("true")
    except Exception:
        pass

def test_hidden_set_up(hidden): pass

def test_none(): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(TESTS.parent))
    return pytester


@pytest.mark.parametrize("file", ["observer/runs/filters/test_filter.py", "agent/safety/commands/test_policy.py"])
def test_a_file_is_fast_unless_it_imports_what_starts_something(file: str) -> None:
    assert not is_slow_file(TESTS / file)


@pytest.mark.parametrize(
    "file",
    [
        "agent/safety/test_process_tree.py",  # imports subprocess
        "agent/runlog/test_closing.py",  # a helper does
        "observer/web/responses/test_sse.py",  # a helper of a helper imports the server
        "end_to_end/test_build.py",
        "observer/nats/test_messages.py",  # in such a directory
    ],
)
def test_a_file_is_slow_by_its_directory_or_its_imports_and_those_of_its_helpers(file: str) -> None:
    assert is_slow_file(TESTS / file)


def test_a_fast_test_that_starts_a_process_or_a_server_fails_even_if_it_hides_it(suite: pytest.Pytester) -> None:
    suite.makepyfile(STARTS)
    result = suite.runpytest_subprocess(*QUIET)

    result.assert_outcomes(passed=1, failed=5, errors=2)
    result.stdout.fnmatch_lines(["*a fast test must not start a process or a server (os.system)*"])


def test_only_fast_tests_are_guarded_and_selected(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_slow="import subprocess\nsubprocess.run('true')\ndef test_it(): subprocess.run('true')\n",
        test_fast="import pytest\ndef test_it(): pass\ndef test_its_fixture(pytester): pytester.run('true')\n",
    )
    suite.makeconftest('pytest_plugins = ["pytester"]')

    suite.runpytest_subprocess(*QUIET).assert_outcomes(passed=3)
    suite.runpytest_subprocess(*QUIET, "-m", "fast").assert_outcomes(passed=1, deselected=1)
    suite.runpytest_subprocess(*QUIET, "-m", "not fast").assert_outcomes(passed=2, deselected=1)


def test_files_without_a_fast_test_are_not_even_imported(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_slow="import subprocess\nraise RuntimeError('is imported')\n", test_fast="def test_it(): 0\n")

    suite.runpytest_subprocess(*QUIET, "-m", "fast").assert_outcomes(passed=1)
