"""Exit codes and error messages of `agent`."""

import importlib.util

import pytest
import typer

from agent.cli.exits import epilog, exit_with, fail, require_sdk
from agent.events import Outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_only_success_exits_with_zero(outcome: Outcome) -> None:
    with pytest.raises(typer.Exit) as exit_:
        exit_with(outcome)
    assert exit_.value.exit_code == (0 if outcome is Outcome.SUCCESS else 1)


def test_an_error_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as exit_:
        fail("it is too late", 3)
    assert (exit_.value.exit_code, *capsys.readouterr()) == (3, "", "agent: it is too late\n")


def test_a_missing_sdk_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(typer.Exit) as exit_:
        require_sdk("agent run")
    assert exit_.value.exit_code == 2
    assert "pip install 'runtail[agent]'" in capsys.readouterr().err


def test_the_epilog_has_the_examples_and_then_the_exit_codes() -> None:
    examples, codes = epilog("agent demo", "agent run x").split("\n\n")
    assert examples == "\b\nExamples:\n  agent demo\n  agent run x"
    assert codes.startswith("\b\nExit codes:\n  0    ")
