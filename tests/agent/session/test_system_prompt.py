"""What a session is told of servers and of places that it can write, and that the advice works."""

from pathlib import Path

import pytest

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import ToolCall
from agent.safety.commands.policy import Guard
from agent.session.system_prompt import system_prompt

DOCS = Path(__file__).parents[3] / "docs" / "agent.md"


def recipe(text: str) -> str:
    return text.split("```sh\n")[1].split("```", maxsplit=1)[0]


@pytest.mark.parametrize("sandbox", [True, False])
def test_every_session_is_told_how_to_use_a_server(sandbox: bool) -> None:
    assert "Start it,\nuse it and end it in one command" in system_prompt(sandbox=sandbox)


def test_only_a_session_in_the_sandbox_is_told_of_it() -> None:
    assert "sandbox" in system_prompt(sandbox=True)
    assert "not in /tmp: write temporary files to $TMPDIR" in system_prompt(sandbox=True)
    assert "sandbox" not in system_prompt(sandbox=False)


def test_the_recommended_way_to_verify_a_server_is_allowed(tmp_path: Path) -> None:
    command = recipe(system_prompt(sandbox=True))
    assert 'kill "$!"' in command
    guard = Guard(Allowlist.load(tmp_path), tmp_path, sandboxed=True)
    assert guard(ToolCall("Bash", {"command": command}, tmp_path)) is None


def test_the_documentation_recommends_the_same() -> None:
    assert recipe(DOCS.read_text("utf-8")) == recipe(system_prompt(sandbox=True))
