"""Tests that `record` observes a client of the SDK before it connects."""

from pathlib import Path

import pytest
from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient

from agent.recorder.client import record
from tests.agent.runlog.writing import quiet_log


async def test_a_client_is_returned_itself_and_only_before_it_is_connected(tmp_path: Path) -> None:
    client = ClaudeSDKClient(ClaudeAgentOptions())
    async with quiet_log(tmp_path) as log:
        assert record(client, log) is client
        client._transport = object()  # type: ignore[assignment]  # as `connect` does
        with pytest.raises(RuntimeError, match="already connected; call record"):
            record(client, log)
