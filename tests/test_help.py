"""The help texts of both programs, `observe` and `agent`, on a terminal of 80 columns."""

import re
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from agent.cli.app import app as agent_app
from observer.cli.app import COMMANDS, load_command
from observer.cli.app import app as observe_app

APPS = {"observe": observe_app, "agent": agent_app}
WIDTH = 80
LEAKED_METAVARS = re.compile(r"\{\w+\}|<\w[^>]*>|\[?[\d.]*<?=?x[<>]=?[\d.]+|<=x")


def help_of(program: str, *arguments: str) -> str:
    result = CliRunner(env={"COLUMNS": str(WIDTH), "TERMINAL_WIDTH": str(WIDTH)}).invoke(
        APPS[program], [*arguments], prog_name=program
    )
    assert result.exit_code == 0, result.output
    return result.output


def commands() -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = []
    for program, app in APPS.items():
        group: Any = typer.main.get_command(app)
        names += [(program,), *((program, name) for name, command in group.commands.items() if not command.hidden)]
    return names


every_command = pytest.mark.parametrize("command", commands(), ids=" ".join)


@every_command
def test_help_fits_the_terminal_and_leaks_no_placeholders(command: tuple[str, ...]) -> None:
    text = help_of(*command, "--help")

    assert not LEAKED_METAVARS.findall(text)
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []


@every_command
def test_every_help_text_has_examples_that_begin_with_the_command(command: tuple[str, ...]) -> None:
    _, separator, examples = help_of(*command, "--help").partition("Example")

    assert separator
    assert " ".join(command) in examples


@every_command
def test_help_is_also_printed_for_h_and_by_the_command_help(command: tuple[str, ...]) -> None:
    program, *name = command

    assert help_of(*command, "-h") == help_of(program, "help", *name) == help_of(*command, "--help")


@pytest.mark.parametrize("program", APPS)
def test_help_for_an_unknown_command_is_a_usage_error(program: str) -> None:
    result = CliRunner().invoke(APPS[program], ["help", "nonsense"])

    assert result.exit_code == 2
    assert "nonsense" in result.output


@pytest.mark.parametrize(
    ("program", "arguments", "message"),
    [("observe", ["tail", "list"], "argument (list)"), ("agent", ["run", "build", "demo"], "arguments (build demo)")],
)
def test_help_for_more_than_one_command_is_a_usage_error(program: str, arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(APPS[program], ["help", *arguments])

    assert result.exit_code == 2
    assert f"Got unexpected extra {message}" in result.output


@pytest.mark.parametrize("name", COMMANDS)
def test_a_summary_in_the_list_of_commands_is_the_first_line_of_the_commands_help(name: str) -> None:
    assert load_command(name).help.partition("\n")[0] == COMMANDS[name]
