"""Tests the interfaces for other programs: `--stdout` for a parent that reads a pipe, and the library.

Tests agent.cli.viewer and agent.recorder.client.
"""

import asyncio
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient, ResultMessage

from agent import RunLog
from agent.events import AgentType, Outcome, StopReason
from agent.harness.limits import BuildLimits
from agent.harness.loop import build
from agent.harness.session_times import SessionTimes
from agent.recorder.client import record
from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.server import serve
from agent.runlog import run_file
from agent.session.sdk_options import Model, Safety
from tests.agent.runlog.writing import events_of
from tests.end_to_end.conftest import NO_SANDBOX, Workplace, finish, text_of, without_heartbeats
from tests.end_to_end.test_build import flips
from tests.end_to_end.writing import DONE, bash, conversation
from tests.helpers import LIMIT_S, wait_until_async

PARENT = Path(__file__).parent / "parent.mjs"


@pytest.mark.needs("node")
def test_a_parent_that_reads_the_pipe_sees_every_event_in_order_while_it_runs(place: Workplace) -> None:
    place.with_features(a=False)
    (place.root / "SPEC.md").write_text("Something.")
    script = place.root / "script.toml"
    script.write_text(conversation("one", bash("sleep 1.5; echo ok"), flips(a=True), DONE))
    agent = [sys.executable, "-m", "agent", "build", "SPEC.md", "--project", "project", "--rehearsal", str(script)]
    node = subprocess.run(
        ["node", str(PARENT), *agent, "--stdout", "--no-sandbox"],
        cwd=place.root,
        env=os.environ | {"HOME": str(place.root)},
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT_S,
    )
    result = json.loads(node.stdout)
    assert result["code"] == 0
    assert [each["line"] for each in result["seen"]] == place.latest.read_text().splitlines()
    by_type = {each["event"]["type"]: each for each in result["seen"]}
    assert by_type["tool_use"]["running"]
    assert by_type["session_end"]["running"]


def test_nothing_but_lines_goes_to_standard_output(place: Workplace) -> None:
    place.with_features(a=False)
    _, out, err = finish(place.build(conversation("one", flips(a=True)), "--stdout", "--unsafe", "--view"))
    assert out == place.latest.read_text()
    assert "unsafe" in err


def test_a_parent_that_closes_the_pipe_does_not_stop_the_agent(place: Workplace) -> None:
    place.with_features(a=False)
    process = place.build(conversation("one", bash("echo 1"), flips(a=True)), "--stdout")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    assert process.wait(LIMIT_S) == 0
    assert place.events()[-1]["data"]["outcome"] == "success"


def isolated(base_url: str, home: Path) -> Model:
    return Model(env=isolated_env(base_url, home), settings=())


async def test_build_is_one_call(place: Workplace) -> None:
    place.with_features(a=False)
    file = place.root / "script.toml"
    file.write_text(conversation("one", bash("echo 1"), flips(a=True)))
    async with serve(load_script(file), project=place.project) as rehearsal:
        outcome = await build(
            "A specification.",
            place.project,
            runs_dir=place.root / "runs",
            model=isolated(rehearsal.base_url, place.root / "home"),
            limits=BuildLimits(max_sessions=3),
            times=SessionTimes(pause_s=0),
            safety=Safety(sandbox=False),
        )
    assert (outcome.outcome, outcome.reason) == (Outcome.SUCCESS, StopReason.ALL_PASS)
    assert (outcome.passing, outcome.total, outcome.sessions) == (1, 1, 1)
    assert outcome.run_file == place.latest.resolve()
    assert place.events()[0]["data"]["about"] == "A specification."


async def test_a_program_gets_the_warnings_of_a_build(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(run_file, "update_latest", refuse)
    place.with_features(a=True)  # so there is nothing to do
    warnings: list[str] = []
    await build(
        "Spec.", place.project, runs_dir=place.root / "runs", safety=Safety(sandbox=False), warn=warnings.append
    )
    assert ["no links here" in warning for warning in warnings] == [True]


async def test_build_can_be_stopped_and_cancelled(place: Workplace) -> None:
    place.with_features(a=False)
    file = place.root / "script.toml"
    file.write_text(conversation("one", bash("touch begun; for i in $(seq 600); do sleep 0.1; done")))
    stop = asyncio.Event()
    async with serve(load_script(file), project=place.project) as rehearsal:
        model = isolated(rehearsal.base_url, place.root / "home")
        safety = Safety(sandbox=not NO_SANDBOX)
        work = asyncio.create_task(
            build("Spec.", place.project, runs_dir=place.root / "runs", model=model, stop=stop, safety=safety)
        )
        await wait_until_async((place.project / "begun").exists, "a file begun")
        stop.set()
        await asyncio.sleep(0.5)
        assert not work.done()  # a tool is running, and a clean end waits for it
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert place.events()[-1]["data"]["outcome"] == "interrupted"
    assert place.leftovers() == []


async def test_an_existing_harness_is_recorded_with_two_lines(place: Workplace) -> None:
    file = place.root / "script.toml"
    file.write_text(conversation("one", bash("echo hello"), DONE, bash("exit 3"), DONE))
    async with serve(load_script(file), project=place.project) as rehearsal:
        options = ClaudeAgentOptions(
            cwd=place.project,
            env=isolated_env(rehearsal.base_url, place.root / "home"),
            setting_sources=[],
            allowed_tools=["Bash"],
        )
        received = []
        async with RunLog.open(place.root / "runs", about="mine") as log:
            client = ClaudeSDKClient(options)
            assert record(client, log, agent_type=AgentType.CODING, iteration=7) is client
            await client.connect("First.")
            received += [message async for message in client.receive_response()]
            with pytest.raises(RuntimeError, match="before connect"):
                record(client, log)
            await client.query("Second.")
            received += [message async for message in client.receive_response()]
            await client.disconnect()
    assert sum(isinstance(message, ResultMessage) for message in received) == 2
    events = [event for event in without_heartbeats(events_of(log.path)) if event["type"] != "thinking"]
    types = [event["type"] for event in events]
    assert types == [
        "run_start", "session_start",
        "prompt", "tool_use", "message", "tool_result", "thought", "message",
        "prompt", "tool_use", "message", "tool_result", "thought", "message",
        "session_end", "complete",
    ]  # fmt: skip
    prompts = [event["data"] for event in events if event["type"] == "prompt"]
    assert [(prompt["source"], prompt["text"]) for prompt in prompts] == [("harness", "First."), ("harness", "Second.")]
    assert [event["data"]["status"] for event in events if event["type"] == "tool_result"] == ["success", "error"]
    started = types.index("session_start")
    assert {(event["phase"], event["iteration"]) for event in events[started:]} == {("coding", 7)}
    assert events[-2]["data"]["outcome"] == "success"
    assert events[-2]["data"]["cost_usd"] > 0
    assert text_of(events) == "All done.\nAll done."


async def test_a_recorded_client_raises_the_same_errors(place: Workplace) -> None:
    missing = ClaudeAgentOptions(cwd=place.project, cli_path=place.root / "nowhere")
    async with RunLog.open(place.root / "runs") as log:
        with pytest.raises(Exception, match="nowhere"):
            async with record(ClaudeSDKClient(missing), log):
                pass
    assert [event["type"] for event in without_heartbeats(events_of(log.path))] == ["run_start", "complete"]
