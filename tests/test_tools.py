"""The examples of docs/tools.md print what the page says, where the tool is installed; the files it ships are valid."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from tests.helpers import LIMIT_S
from tests.observer.written import Script

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "tools.md").read_text()
FORMAT = ROOT / "docs" / "lnav" / "runtail.json"
RUN = "20261123T011230Z-7f3a9c.ndjson"
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def example(section: str, language: str) -> tuple[str, str]:
    """Return the example of a section that has an output, and that output."""
    (found,) = re.findall(rf"```{language}\n([^`]*?)```\n```\n(.*?)```", SECTIONS[section], re.DOTALL)
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory in which the example is the most recent run."""
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / RUN).write_bytes((ROOT / "docs" / "example.ndjson").read_bytes())
    (runs / "latest.ndjson").symlink_to(RUN)
    return tmp_path


def shell(script: str, place: Path) -> str:
    """Return what a script prints; `observe` is that of this source, and nothing outside of `place` is changed."""
    script = f'observe() {{ {shlex.quote(sys.executable)} -m observer "$@"; }}\n{script}'
    env = os.environ | {"HOME": str(place), "TZ": "UTC", "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    command = ["bash", "-euc", script]
    shown = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def lnav(place: Path, *commands: str) -> str:
    options = " ".join(f"-c {shlex.quote(command)}" for command in commands)
    install = f"lnav -i {shlex.quote(str(FORMAT))} >&2"
    return shell(f"{install}\nlnav -n {options} runs/latest.ndjson", place)


@pytest.mark.needs("bash", "jq")
@pytest.mark.parametrize("section", ["jq", "Perfetto"])
def test_an_example_with_jq_prints_what_the_page_says(place: Path, section: str) -> None:
    script, output = example(section, "sh")
    assert shell(script, place) == output


@pytest.mark.needs("bash", "lnav")
def test_the_example_of_lnav_prints_what_the_page_says(place: Path) -> None:
    script, output = example("lnav", "sh")
    assert shell(f"lnav -i {shlex.quote(str(FORMAT))} >&2\n{script}", place) == output


@pytest.mark.needs("bash", "lnav")
def test_lnav_knows_time_level_agent_and_body_of_every_event(place: Path) -> None:
    script = Script().start().use("Bash", "t1", {"command": "make"}).result("Bash", "t1", "no rule", status="error")
    script.use("Bash", "t2", {"command": "curl x"}).result("Bash", "t2", "no", status="blocked")
    script.add("message", {"text": "It is done."}, parent="t9").add("error", {"message": "it broke", "kind": "bug"})
    (place / "runs" / RUN).write_bytes(b"".join(line + b"\n" for line in script.lines))

    query = ";SELECT type, log_level, log_time, parent, log_body FROM runtail_log"
    rows = json.loads(lnav(place, query, ":write-json-to -"))
    assert [(row["type"], row["log_level"]) for row in rows] == [
        ("run_start", "debug"), ("tool_use", "info"), ("tool_result", "error"), ("tool_use", "info"),
        ("tool_result", "warning"), ("message", "info"), ("error", "error"),
    ]  # fmt: skip
    assert {row["log_time"] for row in rows} == {"2026-11-23 01:12:30.000"}
    assert [row["parent"] for row in rows if row["parent"] is not None] == ["t9"]
    assert rows[5]["log_body"] == "It is done."
    shown = lnav(place, ":set-min-log-level error")
    assert "no rule" in shown
    assert "it broke" in shown
    assert "curl" not in shown


@pytest.mark.needs("duckdb")
def test_the_example_of_duckdb_returns_what_the_page_says(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = import_module("duckdb")
    monkeypatch.chdir(place)
    query, output = example("DuckDB", "sql")
    found = duckdb.sql(query)
    assert [[*found.columns], *([str(cell) for cell in row] for row in found.fetchall())] == [
        line.split() for line in output.splitlines()
    ]


def test_what_has_not_been_tested_says_so() -> None:
    for section, language in (("Vector", "toml"), ("Fluent Bit", "yaml")):
        assert SECTIONS[section].lstrip().startswith("Not tested.")
        assert f"```{language}\n" in SECTIONS[section]
    (config,) = re.findall(r"```toml\n(.*?)```", SECTIONS["Vector"], re.DOTALL)
    parts = tomllib.loads(config)
    assert parts["transforms"]["events"]["inputs"] == [*parts["sources"]]
    assert parts["sinks"]["out"]["inputs"] == [*parts["transforms"]]
