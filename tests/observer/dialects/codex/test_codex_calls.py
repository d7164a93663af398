"""Calls of Codex's tools, of old and new versions, as calls of the tools that views know."""

import json
from typing import Any

import pytest

from observer.dialects.codex.codex_calls import Call, command_text, read_call
from observer.format.fields import Fields

PATCH = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** End Patch\n"


def function(name: str, arguments: Any, **more: Any) -> Fields:
    return Fields({"type": "function_call", "name": name, "arguments": arguments, **more})


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (function("exec_command", '{"cmd":"ls","workdir":"/p"}'), Call("Bash", {"command": "ls", "workdir": "/p"})),
        (function("shell_command", {"command": "ls -l"}), Call("Bash", {"command": "ls -l"})),
        (function("shell", '{"command":["bash","-lc","ls | wc"]}'), Call("Bash", {"command": "ls | wc"})),
        (function("exec_command", "no json"), Call("Bash", {"command": "no json"})),
        (
            Fields({"type": "local_shell_call", "action": {"type": "exec", "command": ["git", "log"], "env": {}}}),
            Call("Bash", {"command": "git log", "env": {}}),
        ),
        (function("write_stdin", '{"chars":"y\\n"}'), Call("write_stdin", {"chars": "y\n"})),
        (function("add", '{"a":1}', namespace="mcp__sums"), Call("mcp__sums__add", {"a": 1})),
        (function("list_agents", "{}", namespace="collaboration"), Call("list_agents", {})),
        (
            function("update_plan", '{"plan":[{"step":"a","status":"pending"}],"explanation":"e"}'),
            Call("TodoWrite", {"todos": [{"content": "a", "status": "pending"}], "explanation": "e"}),
        ),
        (
            function("spawn_agent", '{"message":"Look","task_name":"look","agent_type":"scout","model":"m"}'),
            Call("Agent", {"description": "look", "prompt": "Look", "subagent_type": "scout", "model": "m"}),
        ),
        (
            Fields({"type": "web_search_call", "action": {"type": "search", "query": "cats"}}),
            Call("WebSearch", {"query": "cats"}),
        ),
        (
            Fields({"type": "web_search_call", "action": {"type": "open_page", "url": "http://a"}}),
            Call("WebFetch", {"url": "http://a"}),
        ),
        (Fields({"type": "tool_search_call", "arguments": {"query": "add"}}), Call("ToolSearch", {"query": "add"})),
        (
            Fields({"type": "image_generation_call", "revised_prompt": "a cat"}),
            Call("image_generation", {"prompt": "a cat"}),
        ),
        (Fields({"type": "custom_tool_call", "name": "sql", "input": "select 1"}), Call("sql", {"input": "select 1"})),
        (function("", None), Call("tool", {})),
    ],
)  # fmt: skip
def test_a_call_has_the_name_and_the_input_that_views_know(payload: Fields, expected: Call) -> None:
    assert read_call(payload) == [expected]


@pytest.mark.parametrize(
    "payload",
    [
        Fields({"type": "custom_tool_call", "name": "apply_patch", "input": PATCH}),
        function("apply_patch", json.dumps({"input": PATCH})),
        function("apply_patch", {"patch": PATCH}),
        function("shell", {"command": ["apply_patch", PATCH]}),
    ],
)
def test_a_patch_is_one_call_for_each_file(payload: Fields) -> None:
    write, delete = Call("Write", {"file_path": "a", "content": "x\n"}), Call("Delete", {"file_path": "b"}, 1)
    assert read_call(payload) == [write, delete]


def test_a_patch_that_cannot_be_read_is_shown_as_it_is() -> None:
    payload = Fields({"type": "custom_tool_call", "name": "apply_patch", "input": "oops"})
    assert read_call(payload) == [Call("apply_patch", {"input": "oops"})]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/bin/bash -lc 'ls -la'", "ls -la"),
        ("/usr/bin/zsh -lc \"echo 'a'\"", "echo 'a'"),
        ("bash -c 'echo '\"'\"'a'\"'\"", "echo 'a'"),
        ("bash -lc 'not closed", "bash -lc 'not closed"),
        ("grep -c x file", "grep -c x file"),
        ("make test", "make test"),
        (["sh", "-c", "a; b"], "a; b"),
        (["ls", "a b"], "ls 'a b'"),
        (["ls", 7, None], "ls"),
        (None, ""),
        (7, ""),
    ],
)
def test_a_command_is_shown_without_the_shell_around_it(command: object, expected: str) -> None:
    assert command_text(command) == expected
