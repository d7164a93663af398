"""The pipelines of docs/ci.md: every command except the installation, with a rehearsed build."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import yaml

from tests.end_to_end.test_build import flips
from tests.end_to_end.writing import conversation
from tests.helpers import patient, wait_until

PAGE = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8")
GITHUB, GITLAB = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory with a specification, with a project that has a feature list, so that one session is enough,
    and with `agent` (on a scripted model) and `observe` on the PATH."""
    (tmp_path / "SPEC.md").write_text("A greeter.\n")
    rows = [{"category": "f", "name": name, "description": "It.", "steps": [], "passes": False} for name in "ab"]
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "feature_list.json").write_text(json.dumps(rows))
    script = tmp_path / "script.toml"
    script.write_text(conversation("one", flips(a=True, b=True)))
    programs = {
        "agent": ["-m", "agent", '"$@"', f"--rehearsal {shlex.quote(str(script))} --pause 0 --no-sandbox"],
        "observe": ["-m", "observer", '"$@"'],
    }
    for name, words in programs.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} {' '.join(words)}\n")
        program.chmod(0o755)
    return tmp_path


def run(place: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a CI runner does: in bash, which exits at the first failure."""
    environment = {
        **os.environ,
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
    }
    # The output goes to a file, like a job log, because background processes may keep it open.
    with (place / "log").open("w+") as log:
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=place, env=environment, stdout=log, stderr=subprocess.STDOUT,
            timeout=patient(100), check=False,
        )  # fmt: skip
        log.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, log.read())


def commands_in(steps: list[dict[str, Any]]) -> dict[str, str]:
    return {step["name"]: step["run"] for step in steps if "run" in step and step["name"] != "Install"}


def test_the_workflow_for_github_does_what_its_steps_say(place: Path) -> None:
    steps = commands_in(GITHUB["jobs"]["agent"]["steps"])
    for name, script in steps.items():
        done = run(place, script)
        assert done.returncode == 0, f"{name}: {done.stdout}"
        if name == "Show the run":
            assert "tool_use" in done.stdout
            assert done.stdout.splitlines()[-1].split()[2] == "complete"
        if name == "Require all features to pass":
            assert done.stdout == "2 of 2 features pass\n"
        if name == "Validate the run file":
            assert done.stdout == "observe: 1 run checked, 0 findings\n"

    assert (place / "summary.md").read_text("utf-8").startswith("### ✅ complete")
    assert {"run.html", "run.xml", "trace.json"} <= {path.name for path in place.iterdir()}
    uploaded = next(step for step in GITHUB["jobs"]["agent"]["steps"] if "upload" in step.get("uses", ""))
    assert all((place / path).exists() for path in uploaded["with"]["path"].split())


def test_the_job_for_gitlab_does_what_its_script_says(place: Path) -> None:
    job = GITLAB["agent"]
    done = run(place, "\n".join(job["script"]))
    assert done.returncode == 0, done.stdout
    after = run(place, "\n".join(job["after_script"]))
    assert after.returncode == 0, after.stdout

    assert all((place / path).exists() for path in job["artifacts"]["paths"])
    cases = Xml.parse(place / job["artifacts"]["reports"]["junit"]).getroot().iter("testcase")
    features = [case.get("name") for case in cases if case.get("classname") == "feature"]
    assert len(features) == 2


def test_an_agent_that_cannot_start_fails_the_job_at_once_and_says_why(place: Path) -> None:
    (place / "bin" / "agent").write_text("#!/bin/sh\necho no API key\nexit 2\n")
    steps = commands_in(GITHUB["jobs"]["agent"]["steps"])

    assert run(place, steps["Start the agent"]).returncode == 0
    log = place / "agent.log"
    wait_until(lambda: log.exists() and log.read_text(), "the message of the agent")
    begun = run(place, steps["Wait for the first event"].replace("2m", "0.2"))
    assert begun.returncode == 1
    assert "latest.ndjson does not exist" in begun.stdout
    assert begun.stdout.endswith("no API key\n")


def test_a_build_that_fails_fails_the_job_at_the_right_step(place: Path) -> None:
    (place / "script.toml").write_text(conversation("one", flips(a=True)))
    steps = commands_in(GITHUB["jobs"]["agent"]["steps"])
    start = steps["Start the agent"].replace("--max-hours 5", "--max-sessions 1")

    assert run(place, start).returncode == 0
    assert run(place, steps["Show the run"]).returncode == 1
    gate = run(place, steps["Require all features to pass"])
    assert (gate.returncode, gate.stdout.startswith("condition not met: failed, 1/2 passing")) == (1, True)
    assert run(place, steps["Validate the run file"]).returncode == 0
    assert run(place, steps["Report"]).returncode == 0
    assert (place / "summary.md").read_text("utf-8").startswith("### ❌ failed")
