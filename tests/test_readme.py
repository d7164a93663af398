"""The README's commands and code do what it says."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from typer.models import OptionInfo
from typer.testing import CliRunner

from agent.cli.app import app as agent_app
from agent.cli.build import build_command
from agent.cli.demo import demo_command
from agent.cli.run import run_command
from observer.cli.app import app as observe_app
from observer.cli.check import check_command
from observer.cli.list import list_command
from observer.cli.relay import relay_command
from observer.cli.report import report_command
from observer.cli.serve import serve_command
from observer.cli.show import show_command
from observer.cli.tail import tail_command
from observer.cli.wait import wait_command
from tests.helpers import LIMIT_S
from tests.warm import run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
AGENT_PAGE = (ROOT / "docs" / "agent.md").read_text()


def test_the_library_example_records_a_run(tmp_path: Path) -> None:
    (code,) = [code for code in EXAMPLES if "nightly import" in code]
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    shown = run("observer", "tail", cwd=tmp_path, timeout=LIMIT_S, text=True).stdout
    assert "reading the catalogue" in shown
    assert "Looks complete." in shown


@pytest.mark.parametrize("command", re.findall(r"^(observe|agent) (\w+)", README, re.MULTILINE))
def test_every_command_in_the_readme_exists(command: tuple[str, str]) -> None:
    program, name = command
    app = {"observe": observe_app, "agent": agent_app}[program]
    asked = CliRunner().invoke(app, [name, "--help"])
    assert asked.exit_code == 0
    assert "Usage" in asked.stdout


@pytest.mark.parametrize("code", [*EXAMPLES, *re.findall(r"```python\n(.*?)```", AGENT_PAGE, re.DOTALL)])
def test_the_imports_of_an_example_exist(code: str) -> None:
    imports = "".join(line for line in code.splitlines(keepends=True) if line.startswith(("import ", "from ")))
    compile(code, "example", "exec")
    exec(imports, {})


def names_of(parameter: inspect.Parameter, option: OptionInfo) -> list[str]:
    """Return the names of an option, long ones first; typer keeps the first name as if it were a default."""
    given = [name for name in (option.default, *(option.param_decls or ())) if isinstance(name, str)]
    names = [part for name in given for part in name.split("/")] or [f"--{parameter.name.replace('_', '-')}"]
    return sorted(names, key=lambda name: not name.startswith("--"))


def test_the_page_of_the_agent_names_every_option_with_its_default() -> None:
    for command in (run_command, build_command, demo_command):
        for parameter in inspect.signature(command).parameters.values():
            kinds = [found for found in get_args(parameter.annotation) if isinstance(found, OptionInfo)]
            for option in kinds:
                name = names_of(parameter, option)[0]
                (row,) = re.findall(rf"^\| `{name}(?![\w-])[^|]*\|[^|]*\|([^|]*)\|", AGENT_PAGE, re.MULTILINE)
                default = parameter.default
                if isinstance(default, int | float) and not isinstance(default, bool):
                    assert row.strip() == f"{default:g}", name
                elif default is None:
                    assert row.strip() in {"none", "the SDK's", "the usual", "the package's"}, name


@pytest.mark.parametrize(
    ("page", "commands"),
    [
        ("observer.md", (tail_command, list_command, show_command)),
        ("ci.md", (check_command, wait_command, report_command)),
        ("serve.md", (serve_command,)),
        ("many-machines.md", (relay_command,)),
    ],
)
def test_a_page_names_every_option_of_its_commands(page: str, commands: tuple[Callable[..., None], ...]) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    for command in commands:
        for parameter in inspect.signature(command).parameters.values():
            for option in [found for found in get_args(parameter.annotation) if isinstance(found, OptionInfo)]:
                names = names_of(parameter, option)
                assert any(re.search(rf"`[^`]*{name}(?![\w-])", text) for name in names), names


@pytest.mark.needs("jq")
def test_the_jq_example_finds_the_failures(tmp_path: Path) -> None:
    (program,) = re.findall(r"^jq -r '([^']+)'", README, re.MULTILINE)
    file = tmp_path / "run.ndjson"
    file.write_text(
        '{"type":"tool_result","data":{"status":"error","output":"no such file"}}\n'
        '{"type":"tool_result","data":{"status":"success","output":"fine"}}\n'
    )
    found = subprocess.run(["jq", "-r", program, file], check=True, capture_output=True, text=True).stdout
    assert found == "no such file\n"
