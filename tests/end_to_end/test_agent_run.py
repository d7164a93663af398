"""`agent run` with the real SDK and CLI: the file contains everything that happens, and the exit code is right.

Tests agent.__main__, agent.cli.run, agent.cli.execute, agent.session.run, agent.session.workplace,
agent.session.session and agent.session.timeouts.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import psutil
import pytest

from agent.rehearsal.load import load_script
from agent.rehearsal.server import serve
from agent.schema import run_file_schema
from tests.end_to_end.conftest import WARNED, WARNING, Workplace, finish, script, text_of
from tests.end_to_end.writing import DONE, bash, wait, write
from tests.helpers import wait_until

SLOW_TOOL = bash("for i in $(seq 600); do echo $i; sleep 0.1; done")


def test_a_run_from_first_line_to_last(cold_place: Workplace) -> None:
    place = cold_place
    code, out, err = finish(place.rehearse(script(write("{project}/hello.txt"), DONE)))

    events = place.events()
    assert (code, err) == (0, WARNED)
    assert "runs/" in out
    assert (place.project / "hello.txt").read_text() == "hello"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)
    types = [event["type"] for event in place.without_heartbeats()]
    assert [types[0], *types[-2:]] == ["run_start", "session_end", "complete"]
    assert events[-1]["data"]["outcome"] == "success"
    assert text_of(events) == "All done."
    validator = jsonschema.Draft202012Validator(run_file_schema())
    assert [error.message for event in events for error in validator.iter_errors(event)] == []


def test_a_tool_that_is_not_allowed_is_blocked(place: Workplace) -> None:
    finish(place.rehearse(script(bash("python3 -c 'print(open(chr(120), chr(119)))'"), DONE), "--allow-tools", "Read"))
    (result,) = place.of_type("tool_result")
    assert result["data"]["status"] == "blocked"
    assert not (place.project / "x").exists()


def test_a_permanent_refusal_is_a_failure_whatever_the_sdk_calls_it(place: Workplace) -> None:
    refusal = 'fault = [{ type = "http", status = 400, message = "prompt refused", times = inf }]'
    code, out, _ = finish(place.rehearse(script(refusal)))
    (error,) = place.of_type("error")
    assert code == 1
    assert "prompt refused" in error["data"]["message"]
    assert "prompt refused" in out
    last = place.without_heartbeats()[-2:]
    assert [(event["type"], event["data"]["outcome"]) for event in last] == [
        ("session_end", "failed"),
        ("complete", "failed"),
    ]
    assert place.events()[-1] == last[-1]


@pytest.mark.parametrize(
    ("status", "error", "retries", "said"),
    [
        (401, "authentication_error", 2, "the API refuses the credentials (401 authentication_failed); set a valid"),
        (404, "not_found_error", 0, "the API refuses the model ("),
    ],
)
def test_a_wrong_key_or_model_ends_the_run_early_with_one_sentence(
    place: Workplace, status: int, error: str, retries: int, said: str
) -> None:
    refusal = f'fault = [{{ type = "http", status = {status}, error = "{error}", times = inf }}]'
    code, out, err = finish(place.rehearse(script(refusal)))
    last = place.events()[-1]["data"]
    assert (code, last["outcome"]) == (1, "failed")
    assert last["message"].startswith(said)
    assert err == f"{WARNING}agent: {last['message']}\n"
    assert last["message"] not in out
    assert len(place.of_type("api_retry")) == retries  # the CLI would try a key eleven times, in three minutes


def test_warnings_are_printed_once_the_run_has_begun_and_not_at_all_with_quiet(place: Workplace) -> None:
    code, _, err = finish(place.rehearse(script(DONE), "--unsafe"))
    assert code == 0
    assert [line.split(":")[1].strip().partition(" ")[0] for line in err.splitlines()] == ["unsafe", "no"]
    assert finish(place.rehearse(script(DONE), "--unsafe", "--quiet")) == (0, "", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_a_tool_ends_the_run_as_interrupted(
    sandboxed_place: Workplace, number: signal.Signals, code: int
) -> None:
    place = sandboxed_place
    process = place.rehearse(script(SLOW_TOOL))
    place.wait_for("tool_use")
    process.send_signal(number)

    exit_code, _, err = finish(process)

    assert (exit_code, err) == (code, WARNED)
    around = {"prompt", "message"}  # the CLI's word of the interrupt, and the end of the message that it cut
    types = [event["type"] for event in place.without_heartbeats() if event["type"] not in around]
    assert types[-3:] == ["tool_result", "session_end", "complete"]
    end, complete = (place.of_type(kind)[0]["data"] for kind in ("session_end", "complete"))
    assert (complete["outcome"], end["terminal_reason"]) == ("interrupted", "aborted_tools")
    assert complete["cost_usd"] == end["cost_usd"] > 0
    wait_until(lambda: not place.leftovers(), "the end of every process of the run")


@pytest.mark.needs("sandbox")
def test_a_session_whose_sandbox_does_not_start_has_failed(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    tools = place.root / "tools"
    tools.mkdir()
    (tools / "socat").write_text("#!/bin/sh\nexit 1\n")
    (tools / "socat").chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"

    code, _, err = finish(place.rehearse(script(bash("true"), DONE), PATH=path))

    (error,) = place.of_type("error")
    assert (code, err, error["data"]["kind"]) == (1, "", "sandbox")
    last = place.without_heartbeats()[-2:]
    assert [(event["type"], event["data"]["outcome"]) for event in last] == [
        ("session_end", "failed"),
        ("complete", "failed"),
    ]
    assert place.events()[-1]["data"]["message"] == error["data"]["message"]


def test_a_killed_run_is_seen_as_crashed_and_leaves_no_process_and_no_home(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    process = place.rehearse(script(SLOW_TOOL), TMPDIR=str(place.temporary))
    place.wait_for("tool_use")
    viewer = place.start("observer", "tail", "runs/latest.ndjson")
    wait_until(lambda: viewer.stdout is not None and viewer.stdout.readline(), "the viewer's first line")
    assert [*place.temporary.glob("runtail-home-*")]
    process.kill()
    process.wait()

    code, out, _ = finish(viewer)

    assert code == 4
    assert "crashed" in out
    assert place.latest.read_bytes().endswith(b"\n")
    assert not {"tool_result", "complete"} & {event["type"] for event in place.events()}
    wait_until(lambda: not place.leftovers(), "the end of every process of the run")
    wait_until(lambda: not [*place.temporary.glob("runtail-home-*")], "the end of the home of the rehearsal")


def test_a_killed_cli_fails_the_run_with_an_error(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    process = place.rehearse(script(SLOW_TOOL))
    place.wait_for("tool_use")
    agent = psutil.Process(process.pid)
    (cli,) = [child for child in agent.children() if "claude" in child.name()]
    cli.kill()

    code, out, err = finish(process)

    (error,) = place.of_type("error")
    assert (code, err) == (1, WARNED)
    assert error["data"]["message"] == "the agent's process ended with exit code -9"
    assert "exit code -9" in out
    assert place.events()[-1]["data"]["outcome"] == "failed"
    wait_until(lambda: not place.leftovers(), "the end of every process of the run")


def test_a_run_waits_for_work_in_the_background(place: Workplace) -> None:
    call = f'input = {{ command = "{wait("late")}", run_in_background = true }}'
    start = f'block = [{{ type = "tool_use", name = "Bash", {call} }}]'
    process = place.rehearse(script(start, 'block = [{ type = "text", text = "Started." }]', DONE))
    wait_until(lambda: text_of(place.events()) == "Started.", "the end of the first turn")
    place.create("late")
    code, _, _ = finish(process)
    assert code == 0
    assert text_of(place.events()) == "Started.\nAll done."
    assert [event["data"]["kind"] for event in place.of_type("info")] == ["unsafe", "background"]


def test_a_command_in_the_background_that_ends_during_the_last_message_leads_to_another_turn(place: Workplace) -> None:
    call = f'input = {{ command = "{wait("late")}", run_in_background = true }}'
    start = f'block = [{{ type = "tool_use", name = "Bash", {call} }}]'
    last = '{ type = "text", text = "Started." }, { type = "text", text = "Later.", delay_s = 2 }'
    process = place.rehearse(script(start, f"block = [{last}]", DONE))
    wait_until(lambda: text_of(place.events()) == "Started.", "the first text")
    place.create("late")
    assert finish(process)[0] == 0
    assert text_of(place.events()).endswith("Later.\nAll done.")


def test_viewers_that_come_go_and_are_killed_do_not_affect_the_agent(place: Workplace) -> None:
    process = place.rehearse(script(bash(wait("watched")), DONE))
    place.wait_for("tool_use")
    viewers = [place.start("observer", "tail", "runs/latest.ndjson", "-o", "json") for _ in range(6)]
    for viewer in viewers:
        wait_until(lambda viewer=viewer: viewer.stdout.readline(), "a viewer's first line")  # type: ignore[misc, union-attr]  # a pipe
    for viewer in viewers[:3]:
        os.killpg(viewer.pid, signal.SIGKILL)
    place.create("watched")

    code, _, err = finish(process)

    assert (code, err) == (0, WARNING)
    assert [finish(viewer)[0] for viewer in viewers] == [-signal.SIGKILL] * 3 + [0] * 3


def test_a_missing_api_key_is_reported_at_once_together_with_the_demo(place: Workplace) -> None:
    code, out, err = finish(place.start("agent", "run", "Do it.", "--project", "project"))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert all(way in err for way in ("ANTHROPIC_API_KEY", "log in once with the CLI", "agent demo"))
    assert not place.latest.exists()


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--project", "nowhere"], "nowhere"),
        (["--rehearsal", "missing.toml"], "missing.toml"),
        (["--runs", "file", "--rehearsal", "good.toml"], "file"),
    ],
)
def test_a_run_that_cannot_start_fails_with_a_one_line_error(place: Workplace, args: list[str], named: str) -> None:
    (place.root / "file").write_text("not a directory")
    (place.root / "good.toml").write_text(script(DONE))
    code, out, err = finish(
        place.start("agent", "run", "Do it.", "--no-sandbox", *args, ANTHROPIC_API_KEY="placeholder")
    )
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert named in err


def test_an_empty_prompt_is_refused(place: Workplace) -> None:
    code, out, err = finish(place.start("agent", "run", "  "))
    assert (code, out) == (2, "")
    assert err == "agent: the prompt is empty; describe the task for the agent\n"


async def test_the_sdks_own_variables_are_respected(place: Workplace) -> None:
    file = place.root / "script.toml"
    file.write_text(script(DONE))
    async with serve(load_script(file), project=place.project) as model:
        process = place.start(
            "agent", "run", "Do it.", "--project", "project", "--no-view", "--no-sandbox",
            ANTHROPIC_BASE_URL=model.base_url, ANTHROPIC_API_KEY="placeholder", DISABLE_TELEMETRY="1",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", DISABLE_AUTOUPDATER="1",
        )  # fmt: skip
        code, _, _ = await asyncio.to_thread(finish, process)
    assert code == 0
    assert text_of(place.events()) == "All done."


def test_missing_credentials_are_an_error_before_the_sdk_is_loaded(tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['agent', 'run', 'x']; import agent.__main__ as main\n"
    code += "try: main.main()\nfinally: print('claude_agent_sdk' in sys.modules)"
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (2, "False\n")
    assert run.stderr.startswith("agent: no credentials for a model")
