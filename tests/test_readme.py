"""The README's commands and code do what it says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_library_example_records_a_run(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    shown = subprocess.run(
        [sys.executable, "-m", "observer", "tail"], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout
    assert "reading the catalogue" in shown
    assert "Looks complete." in shown


@pytest.mark.parametrize("command", re.findall(r"^(observe|agent) (\w+)", README, re.MULTILINE))
def test_every_command_it_names_exists(command: tuple[str, str]) -> None:
    program, name = command
    module = {"observe": "observer", "agent": "agent"}[program]
    asked = subprocess.run([sys.executable, "-m", module, name, "--help"], check=True, capture_output=True, text=True)
    assert "Usage" in asked.stdout


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed; CI installs it")
def test_the_jq_example_finds_the_failures(tmp_path: Path) -> None:
    (program,) = re.findall(r"^jq -r '([^']+)'", README, re.MULTILINE)
    file = tmp_path / "run.ndjson"
    file.write_text(
        '{"type":"tool_result","data":{"status":"error","output":"no such file"}}\n'
        '{"type":"tool_result","data":{"status":"success","output":"fine"}}\n'
    )
    found = subprocess.run(["jq", "-r", program, file], check=True, capture_output=True, text=True).stdout
    assert found == "no such file\n"
