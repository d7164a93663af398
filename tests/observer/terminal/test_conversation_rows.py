"""The events of a conversation as rows: prompts, ends of messages, things to do, what belongs to a result."""

import json
import re

import pytest

from tests.observer.terminal.rendering import render
from tests.observer.written import IMAGE, TODO, every_type


def line(kind: str, parent: str | None = None, /, **data: object) -> str:
    return json.dumps({"type": kind, "timestamp": "2026-11-23T01:12:30Z", "parent": parent, "data": data})


def piece(text: str, message: str = "m1", kind: str = "thought", **more: object) -> str:
    return line(kind, text=text, message=message, block=0, **more)


def message(text: str, id_: str = "m1", stop_reason: str | None = "end_turn") -> str:
    return line("message", id=id_, model="claude-x", stop_reason=stop_reason, tokens=None, text=text)


def test_a_prompt_begins_a_turn_after_a_blank_line() -> None:
    call = line("tool_use", id="t", name="Bash", input={"command": "ls"})
    assert render(call, line("prompt", text="Add a test.\nThen stop.\n", source="user"), piece("Yes.")) == (
        "● Bash  ls\n\n▸ Add a test.\n  Then stop.\n\nYes.\n"
    )


@pytest.mark.parametrize(("source", "remark"), [("user", ""), ("harness", "  harness"), ("queued", "  queued")])
def test_a_prompt_says_who_spoke_unless_it_was_the_user(source: str, remark: str) -> None:
    assert render(line("prompt", text="go", source=source)) == f"▸ go{remark}\n"


def test_a_long_prompt_is_shortened_unless_everything_is_shown() -> None:
    text = "\n".join(f"line {number}" for number in range(20))
    shortened = render(line("prompt", text=text, source="user"))
    assert "  line 5\n  … 12 more lines, 149 B in total (--full)\n  line 18\n" in shortened
    assert render(line("prompt", text=text, source="user"), full=True).count("line ") == 20


def test_what_the_cli_or_a_subagents_parent_wrote_is_one_quiet_row() -> None:
    assert render(line("prompt", text="<system-reminder>\nBe brief.", source="cli")) == (
        "▸ cli: <system-reminder> (1 more line)\n"
    )
    task = line("tool_use", id="t", name="Agent", input={"description": "Look"})
    assert render(task, line("prompt", "t", text="Look well", source="subagent")) == (
        "● Agent  Look\n│ ▸ subagent: Look well\n"
    )
    assert "Be brief." in render(line("prompt", text="<system-reminder>\nBe brief.", source="cli"), full=True)


def test_a_prompt_of_an_old_file_is_a_prompt() -> None:
    assert render(line("info", kind="user_message", message="go")) == "▸ go\n"
    assert render(line("info", kind="resumed", message="resumed")) == "· resumed\n"


def test_images_are_shown_with_their_type_size_and_place() -> None:
    assert render(line("prompt", text="See", source="user", images=[IMAGE, IMAGE | {"file": None}])) == (
        "▸ See  2 images\n  image/png, 12 kB, in 20261123T011230Z-7f3a9c/t3-0.png\n  image/png, 12 kB, not kept\n"
    )
    result = {"tool_use_id": "t", "name": "Read", "status": "success", "output": ""}
    assert "    image/png, 12 kB, in 2026" in render(line("tool_result", **result, images=[IMAGE]))


def test_an_output_that_the_cli_had_shortened_says_so() -> None:
    for name in ("Read", "Bash", "Write"):
        result = {"tool_use_id": "t", "name": name, "status": "success", "output": "a\nb", "truncated": True}
        assert "the CLI had shortened this output" in render(line("tool_result", **result))


def test_the_text_of_a_message_is_shown_once() -> None:
    assert render(piece("It "), piece("works."), message("It works.")) == "It works.\n"
    assert render(message("It works.")) == "It works.\n"
    assert render(piece("One.", "m0"), message("It works.")) == "One.\n\nIt works.\n"
    assert render(message("It works."), context=(piece("It works."),)) == "It works.\n", (
        "the piece is not on the screen"
    )


@pytest.mark.parametrize("reason", ["refusal", "max_tokens", "pause_turn", "model_context_window_exceeded", "new"])
def test_an_unusual_end_of_a_message_is_said(reason: str) -> None:
    shown = render(piece("I "), message("I ", stop_reason=reason))
    assert re.match("I ?\n\n↻ the ", shown, re.IGNORECASE)


@pytest.mark.parametrize("reason", ["end_turn", "tool_use", "stop_sequence", None])
def test_the_usual_end_of_a_message_is_not(reason: str | None) -> None:
    assert render(message("", stop_reason=reason)) == ""


def test_redacted_thinking_is_said() -> None:
    assert render(piece("", kind="thinking", redacted=True)) == "∴ redacted thinking\n"
    assert render(piece("", kind="thinking")) == ""


def test_things_to_do_are_counted_and_listed_only_in_full() -> None:
    todo = line("todo", items=list(TODO))
    assert render(todo) == "☑ 1/3 done  Ask for the colour\n"
    assert render(todo, full=True).split("\n")[1:4] == [
        "  ☑ Look at the page",
        "  ◐ Ask for the colour",
        "  ☐ Write the style",
    ]


def test_a_list_that_the_call_above_has_described_is_not_described_again() -> None:
    todos = [{"content": item["text"], "status": item["status"]} for item in TODO]
    call, todo = line("tool_use", id="t", name="TodoWrite", input={"todos": todos}), line("todo", items=list(TODO))
    assert render(call, todo) == "● TodoWrite  Ask for the colour  1/3 done\n"
    assert render(call, todo, line("todo", items=[])).endswith("\n☑ 0/0 done\n")


def test_a_session_says_what_it_works_with_and_which_server_failed() -> None:
    start = {"agent_type": "SINGLE", "model": "claude-x", "cli_version": "2.1.332", "cwd": "/p"}
    servers = [{"name": "git", "status": "connected"}, {"name": "tickets", "status": "failed"}]
    shown = render(line("run_start", project_dir="/p"), line("session_start", **start, mcp_servers=servers))
    assert shown.endswith("\n\nclaude-x · CLI 2.1.332 · 2 MCP servers\n✗ MCP server tickets failed\n")
    assert render(line("session_start", **start)).endswith("claude-x · CLI 2.1.332 · /p\n")


def test_the_end_of_a_session_says_why_and_lists_its_errors() -> None:
    end = {"outcome": "failed", "turns": 1, "terminal_reason": "api_error", "errors": ["overloaded", "again"]}
    assert render(line("session_end", **end)) == "session failed: api error  1 turn\n  overloaded\n  again\n"


@pytest.mark.parametrize("width", [20, 60, 100, 200])
def test_a_run_with_every_type_fits_the_screen(width: int) -> None:
    shown = render(*(data.decode() for data in every_type().lines), width=width)
    assert all(len(row) <= width for row in shown.split("\n"))
    assert "malformed" not in shown
