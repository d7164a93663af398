"""Exit codes and error messages of `agent`."""

import re
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from agent.cli.exits import PACKAGES, epilog, exit_with, fail, require_packages
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


def test_missing_packages_are_an_error_that_names_them_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "claude_agent_sdk", None)
    monkeypatch.setitem(sys.modules, "psutil", None)
    with pytest.raises(typer.Exit) as exit_:
        require_packages("agent run")
    assert exit_.value.exit_code == 2
    assert capsys.readouterr().err == (
        "agent: agent run requires packages that are not installed (claude_agent_sdk, psutil); "
        "run: pip install '.[agent]' (in a checkout of runtail) or pip install 'FILE.whl[agent]' (its wheel)\n"
    )


def test_the_required_packages_are_those_of_the_extra() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.split("[^a-z-]", text)[0] for text in project["optional-dependencies"]["agent"]]
    assert list(PACKAGES) == [name.replace("-", "_") for name in names]


def test_the_epilog_has_the_examples_and_then_the_exit_codes() -> None:
    examples, codes = epilog("agent demo", "agent run x").split("\n\n")
    assert examples == "\b\nExamples:\n  agent demo\n  agent run x"
    assert codes.startswith("\b\nExit codes:\n  0    ")
