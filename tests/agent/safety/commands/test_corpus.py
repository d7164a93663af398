"""How many everyday command lines the guard refuses, and how many dangerous ones, with the sandbox on and off.

That the dangerous lines which it lets through do no harm in the real sandbox is tested in
tests/end_to_end/test_dangerous.py.
"""

from pathlib import Path

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import ToolCall
from agent.safety.commands.policy import Guard
from tests.agent.safety.commands.corpus import DANGEROUS_LINES, EVERYDAY_LINES

PROJECT = Path("/nowhere/project")
DOCS = Path(__file__).parents[4] / "docs" / "agent.md"
MAX_REFUSED = 0.03
"""The share of everyday lines that may be refused with the sandbox on."""
REFUSED = ["docker compose up -d db && docker compose logs --tail=20 db", "terraform fmt -check && terraform validate"]
"""The everyday lines that are refused with the sandbox on: they need a profile that is off by default."""


def refused(name: str, lines: list[str], *, sandboxed: bool) -> list[str]:
    """Return the lines that the guard refuses, and print their rate, which `pytest -rP` shows."""
    guard = Guard(Allowlist.load(PROJECT), PROJECT, sandboxed=sandboxed)
    commands = [line.replace("{outside}", "/srv/outside") for line in lines]
    denied = [command for command in commands if guard(ToolCall("Bash", {"command": command}, PROJECT)) is not None]
    state = "on" if sandboxed else "off"
    print(f"{name}, sandbox {state}: {len(denied)} of {len(lines)} refused ({len(denied) / len(lines):.1%})")
    return denied


def test_hardly_any_everyday_line_is_refused_with_the_sandbox_on() -> None:
    in_sandbox = refused("everyday", EVERYDAY_LINES, sandboxed=True)
    assert len(EVERYDAY_LINES) >= 150
    assert in_sandbox == REFUSED
    assert len(in_sandbox) <= MAX_REFUSED * len(EVERYDAY_LINES)


def test_the_guard_refuses_more_without_the_sandbox_as_the_documentation_says() -> None:
    figures = []
    for name, lines in {"everyday": EVERYDAY_LINES, "dangerous": DANGEROUS_LINES}.items():
        in_sandbox, strict = (refused(name, lines, sandboxed=sandboxed) for sandboxed in (True, False))
        assert {*in_sandbox} < {*strict}
        figures.append(f"| {name} | {len(lines)} | {len(in_sandbox)} | {len(strict)} |")
    assert len(DANGEROUS_LINES) >= 60
    assert [line for line in figures if line not in DOCS.read_text("utf-8").splitlines()] == []
