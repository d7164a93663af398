"""Tests of tests/needs.py: what is missing is skipped, counted in one line, and fails where it is required."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import NEEDS, is_there, required, summary
from tests.sources import syntax_tree

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
QUIET = ("-p", "tests.needs", "-p", "no:asyncio", "-p", "no:randomly", "-p", "no:cacheprovider", "-rs")
THREE_TESTS = """
import pytest

@pytest.fixture
def cluster():
    raise AssertionError("is not set up")

@pytest.mark.needs("jq", "man")
def test_both(): raise AssertionError("is not called")

def test_by_fixture(cluster): raise AssertionError("is not called")

def test_none(): pass
"""


@pytest.fixture
def bare(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """A suite of three tests, on a machine without a program."""
    pytester.makepyfile(THREE_TESTS)
    monkeypatch.setenv("PATH", str(pytester.mkdir("empty")))
    monkeypatch.setenv("PYTHONPATH", str(TESTS.parent))
    monkeypatch.delenv("RUNTAIL_REQUIRE", raising=False)
    is_there.cache_clear()
    yield pytester
    is_there.cache_clear()


@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_is_missing_is_skipped_with_its_package_and_counted_in_one_line(
    bare: pytest.Pytester, workers: str
) -> None:
    result = bare.runpytest_inprocess(*QUIET, "-n", workers)

    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines_random([
        "SKIPPED * needs jq: apt install jq; needs man: apt install man-db",
        "SKIPPED * needs nats-server: apt install nats-server",
        "skipped for want of: * 1 (apt install *), * 1 (apt install *), * 1 (apt install *)",
    ])  # fmt: skip


@pytest.mark.parametrize(("variable", "errors"), [("all", 2), ("man", 1), (" jq, nats-server,", 2), ("node", 0)])
def test_what_is_required_fails(
    bare: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, variable: str, errors: int
) -> None:
    monkeypatch.setenv("RUNTAIL_REQUIRE", variable)
    result = bare.runpytest_inprocess(*QUIET, "-n", "0")

    result.assert_outcomes(passed=1, skipped=2 - errors, errors=errors)
    if errors:
        result.stdout.fnmatch_lines(["*needs *: apt install * (required by RUNTAIL_REQUIRE)"])


def test_an_unknown_requirement_is_refused_with_the_known_ones(
    bare: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTAIL_REQUIRE", "jq,nats")
    result = bare.runpytest_inprocess(*QUIET)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: RUNTAIL_REQUIRE: unknown name nats; choose from: all, *nats-server*"])


def test_all_requires_what_lies_outside_the_machine_only_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = {"codex", "duckdb", "network", "npm", "pip-index"}
    monkeypatch.setenv("RUNTAIL_REQUIRE", "all")
    assert required() == NEEDS.keys() - outside
    monkeypatch.setenv("RUNTAIL_REQUIRE", "all,npm")
    assert required() == NEEDS.keys() - outside | {"npm"}


def test_an_unknown_need_is_refused(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile('import pytest\n@pytest.mark.needs("jqq")\ndef test_it(): pass\n')
    monkeypatch.setenv("PYTHONPATH", str(TESTS.parent))
    result = pytester.runpytest_inprocess(*QUIET)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: test_an_unknown_need_is_refused.py::test_it: unknown need jqq; *"])


def test_nothing_is_said_when_nothing_is_missing() -> None:
    assert summary([]) == ""


def test_every_need_says_how_to_get_it() -> None:
    for need in NEEDS.values():
        assert need.remedy.startswith(("apt install ", "npm install ", "python -m ", "run the tests as ", "connect "))


def test_tests_skip_by_the_system_or_by_what_they_need_only() -> None:
    """Any other skip would be one that RUNTAIL_REQUIRE does not know of."""
    assert [
        f"{path.relative_to(TESTS)}:{call.lineno}: {ast.unparse(call)}"
        for path in TESTS.rglob("*.py")
        for call in skips(syntax_tree(path))
        if path != TESTS / "needs.py"
    ] == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("pytest.skip('no jq')", 1),
        ("pytest.importorskip('jq')", 1),
        ("pytest.mark.skipif(shutil.which('jq') is None, reason='no jq')", 1),
        ("pytest.mark.skip(reason='later')", 1),
        ("pytest.mark.xfail(reason='later')", 1),
        ("pytest.mark.skipif(sys.platform != 'linux', reason='only there')", 0),
        ("reader.skip(5)", 0),
    ],
)
def test_a_planted_skip_is_found(code: str, count: int) -> None:
    assert len([*skips(ast.parse(code))]) == count


def skips(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that skip a test, other than by the system that it runs on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("pytest."):
            name = ast.unparse(node.func).rpartition(".")[2]
            by_system = name == "skipif" and ast.unparse(node.args[0]).startswith("sys.platform ")
            if name in {"skip", "skipif", "importorskip", "xfail"} and not by_system:
                yield node
