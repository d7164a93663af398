"""What a conversation had cost before it was resumed is read from its transcript, as the CLI does."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from claude_agent_sdk import ClaudeAgentOptions, InMemorySessionStore

from agent.events import Tokens
from agent.recorder.costs.spending import Total
from agent.recorder.effects.earlier_cost import ResumedConversation

OLD = "d6f464f8-1b50-42fb-b865-97f98c0bd0e7"
NEW = "946b28b4-b5ad-4ebc-87b2-86d590f03ab7"
BEFORE = Total(0.012, Tokens(input=2000, output=200, thinking=0))


def state(cost: Any, input_: int) -> str:
    models = {"claude-x": {"inputTokens": input_, "outputTokens": input_ // 10, "thinkingTokens": 0}}
    line = {"type": "cost-state", "sessionId": OLD, "totalCostUSD": cost, "modelUsage": models}
    return json.dumps(line, separators=(",", ":"))


def write(home: Path, *lines: str, project: str = "-p", id_: str = OLD) -> Path:
    path = home / ".claude" / "projects" / project / f"{id_}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def cost_before(home: Path, session_id: str = OLD, **options: Any) -> Total | None:
    options = {"env": {"HOME": str(home)}} | options
    return ResumedConversation(ClaudeAgentOptions(**options), {"HOME": "/nowhere"}).cost_before(session_id)


def test_the_last_total_counts(tmp_path: Path) -> None:
    write(tmp_path, '{"type":"user"}', state(0.006, 1000), '{"type":"user"}', state(0.012, 2000), '{"type":"user"}')
    assert cost_before(tmp_path, resume=OLD) == BEFORE


@pytest.mark.parametrize(
    ("options", "session_id", "total"),
    [
        ({}, OLD, Total()),
        ({"resume": OLD}, OLD, BEFORE),
        ({"continue_conversation": True}, OLD, BEFORE),
        ({"resume": OLD, "fork_session": True}, NEW, BEFORE),
        ({"extra_args": {"resume": OLD, "fork-session": None}}, NEW, BEFORE),
        ({"extra_args": {"continue": None}}, OLD, BEFORE),
        ({"resume": "the title of a conversation"}, OLD, BEFORE),
        ({"resume": "the title of a conversation", "fork_session": True}, NEW, None),
        ({"continue_conversation": True, "fork_session": True}, NEW, None),
        ({"resume": OLD, "session_store": InMemorySessionStore()}, OLD, None),
        ({"resume": NEW}, NEW, None),
    ],
)
def test_which_conversation_it_is(
    tmp_path: Path, options: dict[str, Any], session_id: str, total: Total | None
) -> None:
    write(tmp_path, state(0.012, 2000))
    assert cost_before(tmp_path, session_id, **options) == total


def test_a_conversation_whose_cli_was_killed_has_no_total_for_the_cli_either(tmp_path: Path) -> None:
    write(tmp_path, '{"type":"user","text":"cost-state"}')
    assert cost_before(tmp_path, resume=OLD) == Total()


@pytest.mark.parametrize("line", [state("much", 1), '{"type":"cost-state","total":1}', '{"type":"cost-state"'])
def test_a_total_in_another_form_is_not_known(tmp_path: Path, line: str) -> None:
    write(tmp_path, line)
    assert cost_before(tmp_path, resume=OLD) is None


def test_the_transcript_is_where_the_cli_keeps_it(tmp_path: Path) -> None:
    """The newest one counts if a conversation has moved to another directory."""
    older = write(tmp_path, state(0.006, 1000), project="-old")
    os.utime(older, (1, 1))
    write(tmp_path, state(0.012, 2000), project="-new")
    assert cost_before(tmp_path, resume=OLD) == BEFORE
    elsewhere = {"HOME": "/nowhere", "CLAUDE_CONFIG_DIR": str(tmp_path / ".claude")}
    assert cost_before(tmp_path, resume=OLD, env=elsewhere) == BEFORE
    assert cost_before(tmp_path, resume=OLD, env={"HOME": "/nowhere"}) is None
