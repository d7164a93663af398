"""Assertions on a run: what passes, and what a failure says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from observer import assert_run, load_run
from observer.testing.assertions import RunAssertion
from tests.observer.written import Script, small


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return small().to(tmp_path / "a.ndjson")


def bad() -> Script:
    script = Script().start().use("Bash", "t1", {"command": "rm -rf /"}, at=1)
    script.result("Bash", "t1", status="blocked", reason="never", rule="rm", at=2)
    script.add("progress", {"passing": 1, "total": 3, "changed": []}, at=3)
    script.add("error", {"message": "gave \x1b[31mup", "kind": "cli"}, at=4)
    script.add("session_end", {"outcome": "failed", "turns": 1, "duration_ms": 1, "cost_usd": 2.5}, at=5)
    return script.complete(outcome="failed", at=400, duration_ms=400_000, cost_usd=2.5)


def test_assertions_on_a_good_run_pass_and_can_be_chained(good: Path) -> None:
    checked = assert_run(good).completed().used("Write", "Bash").used("Bash", times=1).never_used("Edit")

    assert checked.never_blocked().without_errors().said("It works").within(seconds=9).cost_at_most(0.5).run.outcome


def test_a_loaded_run_is_accepted(good: Path) -> None:
    run = load_run(good)

    assert assert_run(run).completed().run is run


Assertion = Callable[[RunAssertion], object]


@pytest.mark.parametrize(
    ("assertion", "said", "lines"),
    [
        (lambda run: run.completed(), "expected outcome success, but the outcome is failed", [5, 7]),
        (lambda run: run.ended("interrupted"), "expected outcome interrupted, but the outcome is failed", [5, 7]),
        (lambda run: run.used("Write"), "at least one call of Write, but there is none; tools used: Bash", []),
        (lambda run: run.used("Bash"), "one call of Bash, but there is none, and 1 blocked call", [2, 3]),
        (lambda run: run.used("Bash", times=2), "expected 2 calls of Bash, but there is none", [2, 3]),
        (lambda run: run.never_used("Edit", "Bash"), "expected no call of Edit or Bash, but there is 1", [2, 3]),
        (lambda run: run.never_blocked(), "expected no blocked call, but there is 1", [2, 3]),
        (lambda run: run.blocked("Write"), "expected a blocked call of Write, but there is 1 blocked", [2, 3]),
        (lambda run: run.blocked(rule="chmod"), "expected a blocked call by rule chmod", [2, 3]),
        (lambda run: run.without_errors(), "expected no error event, but there is 1", [5]),
        (lambda run: run.said("It works"), "expected the agent to write 'It works', but it did not", []),
        (lambda run: run.passing(), "expected all features to pass, but 1 of 3 do", [4]),
        (lambda run: run.passing(2), "expected 2 features to pass, but 1 of 3 do", [4]),
        (lambda run: run.within(minutes=5), "expected at most 5m 00s, but it took 6m 40s", [1, 7]),
        (lambda run: run.cost_at_most(1), "expected at most $1.00, but it cost $2.50", [6]),
    ],
)
def test_a_failure_quotes_the_relevant_lines(tmp_path: Path, assertion: Assertion, said: str, lines: list[int]) -> None:
    path = bad().to(tmp_path / "runs" / "bad.ndjson")

    with pytest.raises(AssertionError) as raised:
        assertion(assert_run(path))

    text = str(raised.value)
    assert said in text
    assert [int(number) for number in re.findall(rf"^  {path}:(\d+): ", text, re.MULTILINE)] == lines
    assert "\x1b" not in text


def test_assertions_that_describe_a_bad_run_pass(tmp_path: Path) -> None:
    run = assert_run(bad().to(tmp_path / "a.ndjson"))

    assert run.failed().ended("failed").blocked().blocked("Bash", rule="rm").passing(1).within(hours=1)


@pytest.mark.parametrize("assertion", [lambda run: run.used(), lambda run: run.never_used(), lambda run: run.within()])
def test_an_assertion_without_a_condition_is_an_error(tmp_path: Path, assertion: Assertion) -> None:
    run = assert_run(bad().to(tmp_path / "a.ndjson"))

    with pytest.raises(TypeError):
        assertion(run)


def test_long_lines_and_long_lists_are_truncated_with_a_count(tmp_path: Path) -> None:
    script = Script().start()
    for number in range(9):
        script.use("Bash", f"t{number}", {"command": "x" * 5000})

    with pytest.raises(AssertionError) as raised:
        assert_run(script.to(tmp_path / "a.ndjson")).never_used("Bash")

    assert "\n  and 4 lines more" in str(raised.value)
    assert re.search(r" \.\.\. \(5,\d\d\d bytes\)\n", str(raised.value))
    assert len(str(raised.value)) < 3000


def test_an_active_run_has_not_completed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"it has not ended \(.*\)"):
        assert_run(Script().start().thought("hm").to(tmp_path / "a.ndjson")).completed()
    with pytest.raises(AssertionError, match="its duration is unknown"):
        assert_run(Script().to(tmp_path / "b.ndjson")).within(hours=1)
    with pytest.raises(AssertionError, match="its cost is unknown"):
        assert_run(Script().to(tmp_path / "b.ndjson")).cost_at_most(1)
    script = Script().start().complete(cost_usd=0.5, cost_is_minimum=True)
    with pytest.raises(AssertionError, match=r"it cost at least \$0\.50"):
        assert_run(script.to(tmp_path / "c.ndjson")).cost_at_most(1)
