"""The program `observe` as a whole: its commands, and how errors become exit codes.

Tests observer.cli.app and observer.errors.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from observer.cli.app import COMMANDS, app, load_command, options_of
from tests.observer.observing import START, SUCCESS, THOUGHT, Observe

ENDING = {
    "tail": (0, ["a.ndjson"]),
    "list": (0, ["."]),
    "show": (0, ["a.ndjson"]),
    "compare": (0, ["a.ndjson", "a.ndjson"]),
    "check": (1, ["a.ndjson"]),
    "wait": (0, ["a.ndjson"]),
    "report": (0, ["a.ndjson", "-o", "a.html"]),
    "schema": (0, []),
    "ui": (2, ["a.ndjson"]),
    "serve": (2, ["--host", "no such host", "."]),
    "relay": (2, [".", "--to", "http://localhost/"]),
}
"""Of each command, arguments with which it ends by itself, and its exit code."""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_started_by_python(observe: Callable[..., Observe], tmp_path: Path, name: str) -> None:
    (tmp_path / "a.ndjson").write_bytes(START + THOUGHT + SUCCESS)
    code, arguments = ENDING[name]
    command = observe(name, *arguments, cwd=tmp_path, cold=True)

    assert command.ends() == code
    assert command.out or command.err or (tmp_path / "a.html").exists()
    assert "Traceback" not in command.err


def modules_loaded_by(*arguments: str) -> set[str]:
    code = (
        "import sys\nfrom observer.cli.app import app\n"
        f"try: app({list(arguments)!r})\nexcept SystemExit: pass\nprint(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_the_help_of_the_program_loads_no_command() -> None:
    modules = modules_loaded_by("--help")

    assert not {f"observer.cli.{name}" for name in COMMANDS} & modules
    assert not {"msgspec", "asyncio", "rich.console"} & modules


def test_a_command_loads_no_other_command() -> None:
    modules = modules_loaded_by("schema")

    assert {name for name in COMMANDS if f"observer.cli.{name}" in modules} == {"schema"}


def test_a_mistyped_command_is_corrected() -> None:
    result = CliRunner().invoke(app, ["tial"])

    assert result.exit_code == 2
    assert "Did you mean 'tail'?" in result.output


def test_an_error_of_the_observer_is_one_line_with_exit_code_2() -> None:
    result = CliRunner().invoke(app, ["show", "--runs", "nowhere", "2026"])

    assert result.exit_code == 2
    assert result.stderr.startswith("observe: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_its_options_are_known_by_their_long_names(name: str) -> None:
    options: Mapping[str, object] = options_of(name)

    assert load_command(name).name == name
    assert ("runs" in options) == (name != "schema")
