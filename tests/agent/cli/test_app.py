"""The help of `agent` and its commands."""

import re

import pytest
from typer.testing import CliRunner, Result

from agent import __version__
from agent.cli.app import app

COMMANDS = ["run", "build", "demo", "list", "stop", "prune"]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, prog_name="agent", env={"COLUMNS": "80"})


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_three_spellings(command: str) -> None:
    text = invoke(command, "--help").output
    assert text.startswith(f"Usage: agent {command} ")
    assert invoke(command, "-h").output == invoke("help", command).output == text


def test_help_without_a_command_is_that_of_the_program() -> None:
    text = invoke("--help").output
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert invoke("help").output == invoke("-h").output == text


def test_help_for_an_unknown_command_is_a_usage_error() -> None:
    result = invoke("help", "walk")
    assert (result.exit_code, "No such command 'walk'" in result.output) == (2, True)


@pytest.mark.parametrize("command", [[], *([command] for command in COMMANDS)])
def test_help_has_examples_and_exit_codes_and_fits_in_80_columns(command: list[str]) -> None:
    text = invoke(*command, "--help").output
    options, _, epilog = text.partition("  Examples:\n")
    assert "  Exit codes:\n" in epilog
    assert max(map(len, options.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_no_names_of_types_or_ranges(command: str) -> None:
    text = invoke(command, "--help").output
    assert not re.search(r"[{}<>]|x[<>=]|INTEGER|FLOAT|TEXT|PATH|RANGE", text)


def test_the_version_is_printed() -> None:
    assert invoke("--version").output == f"agent {__version__}\n"
