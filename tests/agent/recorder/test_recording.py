"""Tests what a recording writes of a session beside the events of its messages."""

from pathlib import Path

from claude_agent_sdk import ClaudeAgentOptions, ProcessError

from agent.events import AgentType, Outcome
from agent.recorder.recording import Recording
from tests.agent.runlog.writing import QuietLog, quiet_log


def recording(log: QuietLog) -> Recording:
    return Recording(log, agent_type=AgentType.SINGLE, iteration=1)


async def test_a_process_that_dies_is_described_with_its_last_output(tmp_path: Path) -> None:
    printed: list[str] = []
    async with quiet_log(tmp_path) as log:
        target = recording(log)
        stderr = target.add_to_options(ClaudeAgentOptions(stderr=printed.append)).stderr
        assert stderr is not None
        for number in range(30):
            stderr(f"line {number}")
        result = await target.record_failure(ProcessError("it died", exit_code=9))
    first, *lines = result.message.split("\n")
    assert (result.outcome, first) == (Outcome.FAILED, "the agent's process ended with exit code 9")
    assert lines == [f"line {number}" for number in range(10, 30)]
    assert printed == [f"line {number}" for number in range(30)]
