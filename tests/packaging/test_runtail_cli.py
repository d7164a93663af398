"""The order in which the programs search for modules; test_own_packages.py runs them in a project."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import agent.__main__
import observer.__main__
import runtail_cli

ROOT = str(Path(__file__).parent.parent.parent)
STANDARD = os.path.dirname(os.__file__)


@pytest.mark.parametrize(("start", "program"), [(runtail_cli.agent, agent), (runtail_cli.observe, observer)])
def test_a_program_searches_the_standard_library_then_the_installation_then_the_rest(
    monkeypatch: pytest.MonkeyPatch, start: Callable[[], None], program: object
) -> None:
    searched: list[list[str]] = []
    monkeypatch.setattr(program.__main__, "main", lambda: searched.append(sys.path))  # type: ignore[attr-defined]
    monkeypatch.setattr(sys, "path", ["/venv/bin", "/project", STANDARD, f"{STANDARD}/lib-dynload", "/site-packages"])

    start()

    assert searched == [[STANDARD, f"{STANDARD}/lib-dynload", ROOT, "/site-packages", "/venv/bin", "/project"]]
