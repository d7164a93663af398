"""`agent demo`, as a new user runs it: agent.cli.demo and agent.cli.viewer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import WARNED, WARNING, Workplace, finish, script
from tests.end_to_end.writing import DONE, bash, wait
from tests.helpers import LIMIT_S, wait_until
from tests.other_systems import path_of


def test_the_demo_shows_a_real_run_and_what_to_try_next(cold_place: Workplace) -> None:
    place = cold_place
    code, out, err = finish(place.start("agent", "demo", TMPDIR=str(place.temporary)))

    events = place.events()
    types = {event["type"] for event in events}
    (project,) = {event["data"]["project_dir"] for event in events if event["type"] == "complete"}
    assert (code, err) == (0, WARNED)
    assert events[-1]["data"]["outcome"] == "success"
    assert {"thought", "thinking", "tool_use", "tool_result", "subagent_start", "subagent_complete"} <= types
    assert {event["data"]["status"] for event in events if event["type"] == "tool_result"} == {"success", "error"}
    assert sorted(file.suffix for file in Path(project).iterdir() if file.is_file()) == [".py", ".py"]
    assert out.index("humantime.py") < out.index("✓ complete") < out.index("Try next")
    assert "observe tail runs/latest.ndjson" in out
    assert 'agent run "' in out
    assert "\x1b" not in out
    wait_until(lambda: not place.leftovers(), "the end of every process of the demo")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not use bubblewrap")
def test_without_a_sandbox_the_demo_runs_and_says_what_keeps_it_from_working(place: Workplace) -> None:
    tools = place.root / "tools"
    tools.mkdir()
    for name, program in (("bwrap", "#!/bin/sh\necho bwrap: denied >&2\nexit 1\n"), ("socat", "#!/bin/sh\n")):
        (tools / name).write_text(program)
        (tools / name).chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    code, out, _ = finish(place.start("agent", "demo", TMPDIR=str(place.temporary), PATH=path))
    assert code == 0
    _, said, rest = out.partition("The demo ran without the sandbox that `agent run` and `agent build` use: ")
    assert said
    assert rest.startswith("the sandbox does not work on this machine (bwrap: denied)")
    assert "Try next" in rest


def test_a_reader_that_goes_away_does_not_change_how_the_run_ends_nor_what_grep_finds(place: Workplace) -> None:
    process = place.rehearse(script(bash(wait("closed")), *[bash("echo more")] * 4, DONE), "--view")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    place.create("closed")
    assert process.wait(LIMIT_S) == 0
    assert process.stderr is not None
    assert process.stderr.read() == WARNING
    assert place.events()[-1]["data"]["outcome"] == "success"
    tools = sum(event["type"] == "tool_use" for event in place.events())
    grep = subprocess.run(["grep", "-c", '"type":"tool_use"', place.latest], capture_output=True, text=True, check=True)
    assert int(grep.stdout) == tools == 5


@pytest.mark.needs("sandbox")
def test_the_demo_runs_and_is_shown_on_a_simulated_macos(cold_place: Workplace) -> None:
    place = cold_place  # for Python reads PYTHONPATH when it starts
    macos = {"PYTHONPATH": path_of("macos"), "TMPDIR": str(place.temporary)}
    code, out, err = finish(place.start("agent", "demo", **macos))
    assert (code, err) == (0, "")
    assert out.index("humantime.py") < out.index("✓ complete") < out.index("Try next")

    assert "humantime.py" in finish(place.start("observer", "tail", **macos))[1]
    assert place.events()[-1]["data"]["outcome"] == "success"
    wait_until(lambda: not place.leftovers(), "the end of every process of the demo")
