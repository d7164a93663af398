"""`agent run` with the real SDK and CLI: the file contains everything that happens, and the exit code is right.

Tests agent.__main__, agent.cli.run, agent.cli.execute, agent.session.run and agent.session.session.
"""

import asyncio
import json
import os
import signal
from pathlib import Path

import jsonschema
import psutil
import pytest

from agent.rehearsal.load import load_script
from agent.rehearsal.server import serve
from agent.schema import run_file_schema
from tests.end_to_end.conftest import (
    NO_SANDBOX,
    WARNED,
    Workplace,
    finish,
    script,
    text_of,
)
from tests.helpers import wait_until

DONE = 'block = [{ type = "text", text = "All done." }]'


def bash(command: str) -> str:
    return f'block = [{{ type = "tool_use", name = "Bash", input = {{ command = {json.dumps(command)} }} }}]'


def write(path: str) -> str:
    call = f'input = {{ file_path = {json.dumps(path)}, content = "hello" }}'
    return f'block = [{{ type = "tool_use", name = "Write", {call} }}]'


SLOW_TOOL = bash("for i in $(seq 600); do echo $i; sleep 0.1; done")


def test_a_run_from_first_line_to_last(place: Workplace) -> None:
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


def test_a_tool_result_says_how_long_the_tool_itself_took(place: Workplace) -> None:
    finish(place.rehearse(script(bash("echo out; sleep 0.3"), DONE)))
    (result,) = place.of_type("tool_result")
    assert result["data"]["status"] == "success"
    assert result["data"]["output"] == "out"
    assert 300 <= result["data"]["duration_ms"] < 5000


def test_a_failing_tool_is_an_error_and_does_not_end_the_run(place: Workplace) -> None:
    code, _, _ = finish(place.rehearse(script(bash("echo oops >&2; exit 3"), DONE)))
    (result,) = place.of_type("tool_result")
    assert code == 0
    assert (result["data"]["status"], result["data"]["reason"]) == ("error", None)
    assert "oops" in result["data"]["output"]


def test_a_file_outside_the_project_is_blocked(place: Workplace, tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    finish(place.rehearse(script(write(str(outside)), DONE)))
    (result,) = place.of_type("tool_result")
    assert result["data"]["status"] == "blocked"
    assert result["data"]["reason"]
    assert not outside.exists()


def test_a_tool_that_is_not_allowed_is_blocked(place: Workplace) -> None:
    finish(place.rehearse(script(bash("python3 -c 'print(open(chr(120), chr(119)))'"), DONE), "--allow-tools", "Read"))
    (result,) = place.of_type("tool_result")
    assert result["data"]["status"] == "blocked"
    assert not (place.project / "x").exists()


@pytest.mark.parametrize("background", ["true", "false"])
def test_the_events_of_a_subagent_name_the_call_that_spawned_it_as_parent(place: Workplace, background: str) -> None:
    (place.project / "a.txt").write_text("the content")
    task = 'description = "Read it", subagent_type = "general-purpose", prompt = "READ a.txt"'
    call = f"{{ {task}, run_in_background = {background} }}"
    spawn = f'block = [{{ type = "tool_use", name = "Agent", input = {call} }}]'
    reader = """
[[conversation]]
name = "reader"
match = "READ a.txt"
[[conversation.turn]]
block = [{ type = "text", text = "Reading." },
    { type = "tool_use", name = "Read", input = { file_path = "{project}/a.txt" } }]
[[conversation.turn]]
block = [{ type = "text", text = "It says: the content." }]
"""
    code, _, _ = finish(place.rehearse(script(spawn, DONE, DONE) + reader))

    events = place.events()
    (call,) = [
        event["data"]["id"] for event in events if event["data"].get("name") == "Agent" and "input" in event["data"]
    ]
    inside = [event["type"] for event in events if event["parent"] == call]
    (start,) = place.of_type("subagent_start")
    (end,) = place.of_type("subagent_complete")
    assert code == 0
    assert inside == ["thought", "tool_use", "tool_result", "thought"]
    assert (start["data"]["tool_use_id"], start["data"]["agent_type"]) == (call, "general-purpose")
    assert (end["data"]["tool_use_id"], end["data"]["status"], end["data"]["tool_uses"]) == (call, "completed", 1)
    assert end["data"]["duration_ms"] > 0


def test_a_request_to_an_overloaded_api_is_retried(place: Workplace) -> None:
    code, _, _ = finish(place.rehearse(script('fault = [{ type = "http", status = 529 }]\n' + DONE)))
    (retry,) = place.of_type("api_retry")
    assert code == 0
    assert (retry["data"]["attempt"], retry["data"]["status"]) == (1, 529)
    assert text_of(place.events()) == "All done."


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
    assert err == f"{WARNED}agent: {last['message']}\n"
    assert last["message"] not in out
    assert len(place.of_type("api_retry")) == retries  # the CLI would try a key eleven times, in three minutes


@pytest.mark.parametrize("after", [5, 20, 55])
def test_text_is_neither_lost_nor_repeated_when_its_stream_breaks(place: Workplace, after: int) -> None:
    said = "This sentence is cut somewhere, and told again from its start."
    turn = f"""fault = [{{ type = "cut", after_chars = {after} }}]
block = [{{ type = "text", text = "{said}", pace = {{ chars = 5, ms = 10 }} }}]"""
    code, _, _ = finish(place.rehearse(script(turn)))
    assert code == 0
    assert len(place.of_type("api_retry")) == 1
    assert "".join(event["data"]["text"] for event in place.of_type("thought")) == said


def test_text_is_on_file_while_it_is_being_written(place: Workplace) -> None:
    turn = 'block = [{ type = "text", text = "Piece by piece by piece.", pace = { chars = 6, ms = 300 } }]'
    process = place.rehearse(script(turn))
    first = place.wait_for("thought")
    still_running = process.poll() is None and not place.of_type("session_end")
    finish(process)
    assert first["data"]["text"] == "Piece "
    assert still_running
    assert len(place.of_type("thought")) == 4


def test_warnings_are_printed_once_the_run_has_begun_and_not_at_all_with_quiet(place: Workplace) -> None:
    code, _, err = finish(place.rehearse(script(DONE), "--unsafe", "--no-sandbox"))
    assert code == 0
    assert [line.split(":")[1].strip().partition(" ")[0] for line in err.splitlines()] == ["unsafe", "no"]
    assert finish(place.rehearse(script(DONE), "--unsafe", "--no-sandbox", "--quiet")) == (0, "", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_a_tool_ends_the_run_as_interrupted(
    place: Workplace, number: signal.Signals, code: int
) -> None:
    process = place.rehearse(script(SLOW_TOOL))
    place.wait_for("tool_use")
    process.send_signal(number)

    exit_code, _, err = finish(process)

    assert (exit_code, err) == (code, WARNED)
    types = [event["type"] for event in place.without_heartbeats()]
    assert types[-3:] == ["tool_result", "session_end", "complete"]
    assert place.events()[-1]["data"]["outcome"] == "interrupted"
    wait_until(lambda: not place.leftovers(), "the end of every process of the run")


@pytest.mark.needs("sandbox")
def test_a_session_whose_sandbox_does_not_start_has_failed(place: Workplace) -> None:
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


def test_a_killed_run_is_seen_as_crashed_and_leaves_no_process_and_no_home(place: Workplace) -> None:
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


def test_a_killed_cli_fails_the_run_with_an_error(place: Workplace) -> None:
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
    call = 'input = { command = "sleep 1; echo late", run_in_background = true }'
    start = f'block = [{{ type = "tool_use", name = "Bash", {call} }}]'
    code, _, _ = finish(place.rehearse(script(start, 'block = [{ type = "text", text = "Started." }]', DONE)))
    assert code == 0
    assert text_of(place.events()) == "Started.\nAll done."
    kinds = ["unsafe", "background"] if NO_SANDBOX else ["background"]
    assert [event["data"]["kind"] for event in place.of_type("info")] == kinds


def test_viewers_that_come_go_and_are_killed_do_not_affect_the_agent(place: Workplace) -> None:
    process = place.rehearse(script(bash("for i in $(seq 20); do echo $i; sleep 0.1; done"), DONE))
    place.wait_for("tool_use")
    viewers = [place.start("observer", "tail", "runs/latest.ndjson", "-o", "json") for _ in range(10)]
    for viewer in viewers:
        wait_until(lambda viewer=viewer: viewer.stdout.readline(), "a viewer's first line")  # type: ignore[misc, union-attr]  # a pipe
    for viewer in viewers[:5]:
        os.killpg(viewer.pid, signal.SIGKILL)

    code, _, err = finish(process)

    assert (code, err) == (0, WARNED)
    assert [finish(viewer)[0] for viewer in viewers] == [-signal.SIGKILL] * 5 + [0] * 5


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
    code, out, err = finish(place.start("agent", "run", "Do it.", *NO_SANDBOX, *args, ANTHROPIC_API_KEY="placeholder"))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert named in err


def test_an_empty_prompt_is_refused(place: Workplace) -> None:
    code, out, err = finish(place.start("agent", "run", "  "))
    assert (code, out) == (2, "")
    assert err == "agent: the prompt is empty; describe the task for the agent\n"


def test_secrets_do_not_reach_the_file_whole_or_in_pieces(place: Workplace) -> None:
    token = "ghp_" + "Zz09" * 9
    password = "correct-horse-battery"
    turns = [
        f'block = [{{ type = "text", text = "Use {token} then {password} please.", pace = {{ chars = 3, ms = 5 }} }},'
        ' { type = "tool_use", name = "Bash", input = { command = "echo $DEPLOY_PASSWORD" } }]',
        DONE,
    ]
    finish(place.rehearse(script(*turns), DEPLOY_PASSWORD=password))
    content = place.latest.read_text()
    assert "[redacted:github_token]" in text_of(place.events())
    assert place.of_type("tool_result")[0]["data"]["output"] == "[redacted:DEPLOY_PASSWORD]"
    assert token not in content + text_of(place.events())
    assert password not in content + text_of(place.events())


async def test_the_sdks_own_variables_are_respected(place: Workplace) -> None:
    file = place.root / "script.toml"
    file.write_text(script(DONE))
    async with serve(load_script(file), project=place.project) as model:
        process = place.start(
            "agent", "run", "Do it.", "--project", "project", "--no-view", *NO_SANDBOX,
            ANTHROPIC_BASE_URL=model.base_url, ANTHROPIC_API_KEY="placeholder", DISABLE_TELEMETRY="1",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", DISABLE_AUTOUPDATER="1",
        )  # fmt: skip
        code, _, _ = await asyncio.to_thread(finish, process)
    assert code == 0
    assert text_of(place.events()) == "All done."
