"""Every limit of a test is scaled by RUNTAIL_TEST_PATIENCE: the limits of tests.helpers, and those of all tests."""

import ast
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import conftest
from tests.helpers import LIMIT_S, PATIENCE, patience_of, patient
from tests.sources import syntax_tree

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parent
LIMITED = {"timeout": 0, "wait": 0, "join": 0, "wait_for": 1, "communicate": 1}
"""Functions that wait, and the position of their limit."""


def test_limits_and_the_timeout_of_pytest_are_scaled(pytestconfig: pytest.Config) -> None:
    assert (LIMIT_S, patient(2)) == (60 * PATIENCE, 2 * PATIENCE)
    assert pytestconfig.getoption("timeout") >= 120 * PATIENCE


@pytest.mark.parametrize("text", ["x", "0", "-1", "nan", "inf", "1e9"])
def test_an_invalid_factor_is_not_a_number(text: str) -> None:
    assert math.isnan(patience_of(text))


def test_an_invalid_factor_ends_pytest_with_a_sentence(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTAIL_TEST_PATIENCE", "x")
    monkeypatch.setattr(conftest, "PATIENCE", patience_of("x"))
    pytester.makeconftest("from tests.conftest import pytest_configure")
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:randomly", "-p", "no:cacheprovider")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(['ERROR: RUNTAIL_TEST_PATIENCE: invalid factor "x"; use a number such as 4 *'])


def test_no_test_has_a_limit_that_is_not_scaled() -> None:
    assert [
        f"{path.relative_to(TESTS)}:{call.lineno}: {ast.unparse(call)}"
        for path in TESTS.rglob("*.py")
        for call in unscaled(syntax_tree(path))
    ] == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("asyncio.timeout(5)", 1),
        ("process.wait(5.0)", 1),
        ("process.wait(timeout=5)", 1),
        ("asyncio.wait_for(task, 2 * 5)", 1),
        ("process.communicate(None, 5)", 1),
        ("thread.join(5)", 1),
        ("subprocess.run(args, timeout=5)", 1),
        ("asyncio.timeout(patient(5))", 0),
        ("process.wait(LIMIT_S)", 0),
        ("process.wait(timeout=0)", 0),
        ("event.wait()", 0),
        ("subprocess.run(args, timeout=None)", 0),
        ('", ".join(names)', 0),
    ],
)
def test_a_planted_limit_is_found(code: str, count: int) -> None:
    assert len([*unscaled(ast.parse(code))]) == count


def unscaled(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that wait for a constant number of seconds at most."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        limits = [keyword.value for keyword in node.keywords if keyword.arg == "timeout"]
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in LIMITED:
            limits += node.args[LIMITED[name] : LIMITED[name] + 1]
        if any(_is_constant(limit) for limit in limits):
            yield node


def _is_constant(limit: ast.expr) -> bool:
    """Return whether the value is a number other than zero that no name takes part in."""
    if any(isinstance(node, ast.Name) for node in ast.walk(limit)):
        return False
    values = [node.value for node in ast.walk(limit) if isinstance(node, ast.Constant)]
    return any(isinstance(value, int | float) and not math.isclose(value, 0) for value in values)
