"""Reads the tool calls of Codex as calls of the tools that views know: `exec_command` is `Bash`, a patch edits files.

Pure.
"""

import shlex
from typing import NamedTuple

from observer.dialects.codex.codex_patch import BEGIN, file_changes
from observer.dialects.event_data import Data
from observer.dialects.records import parse_arguments
from observer.format.fields import Fields

SHELL, PLAN, AGENT = "Bash", "TodoWrite", "Agent"
_SHELLS = frozenset({"exec_command", "shell", "shell_command", "local_shell", "container.exec", "unified_exec"})
_COMMAND_KEYS = ("cmd", "command")
_PATCH_KEYS = ("input", "patch")
_LONGEST_QUOTED = 64 * 1024
"""Characters of a command line up to which its quotes are removed: splitting takes a microsecond for each."""


class Call(NamedTuple):
    """A call of a tool. `part` is 0 for the call itself, 1, 2 ... for further files that the same patch changes."""

    name: str
    input: Data
    part: int = 0


def read_call(payload: Fields) -> list[Call]:
    """Return what a record of a tool call asks for: one call, or one for each file that a patch changes."""
    match payload.text("type"):
        case "local_shell_call":
            action = payload.object("action")
            return [_shell(action.data)]
        case "web_search_call":
            return [search_call(payload)]
        case "tool_search_call":
            return [Call("ToolSearch", parse_arguments(payload.value("arguments")))]
        case "image_generation_call":
            return [Call("image_generation", {"prompt": payload.text("revised_prompt")})]
        case "custom_tool_call":
            return _function(payload, {"input": payload.value("input")})
    return _function(payload, parse_arguments(payload.value("arguments")))


def command_text(command: object) -> str:
    """Return a command as a person would type it, without the shell that runs it.

    >>> command_text(["/bin/bash", "-lc", "ls -la"]), command_text("/bin/zsh -lc 'echo \\"a b\\"'")
    ('ls -la', 'echo "a b"')
    >>> command_text(["git", "commit", "-m", "a b"]), command_text("make test")
    ("git commit -m 'a b'", 'make test')
    """
    if isinstance(command, list):
        words = [word for word in command if isinstance(word, str)]
        return _script(words) or shlex.join(words)
    if not isinstance(command, str):
        return ""
    if (" -lc " not in command[:60] and " -c " not in command[:60]) or len(command) > _LONGEST_QUOTED:
        return command
    try:
        return _script(shlex.split(command)) or command
    except ValueError:  # a quote that is not closed
        return command


def search_call(payload: Fields) -> Call:
    """Return a web search, or a page of its results that is opened."""
    action = payload.object("action")
    if url := action.text("url"):
        return Call("WebFetch", {"url": url})
    queries = action.texts("queries")
    return Call("WebSearch", {"query": action.text("query") or payload.text("query") or "; ".join(queries)})


def mcp_name(server: str, tool: str) -> str:
    """Return the name of a tool of an MCP server."""
    return f"mcp__{server}__{tool}"


def todo_items(plan: list[Fields]) -> list[Data]:
    """Return the steps of a plan as things to do."""
    return [{"text": step.text("step"), "status": step.text("status") or "pending"} for step in plan]


def _function(payload: Fields, arguments: Data) -> list[Call]:
    name, namespace = payload.text("name"), payload.text("namespace")
    if name in _SHELLS:
        return _shell_or_patch(arguments)
    if name == "apply_patch":
        return _patch(next((text for key in _PATCH_KEYS if isinstance(text := arguments.get(key), str)), ""))
    if name == "update_plan":
        return [_plan(arguments)]
    if name == "spawn_agent":
        return [_agent(arguments)]
    return [Call(f"{namespace}__{name}" if namespace.startswith("mcp__") else name or "tool", arguments)]


def _shell_or_patch(arguments: Data) -> list[Call]:
    """Return a command; older versions of Codex had no tool for patches and called a program of this name."""
    match arguments.get("command"):
        case ["apply_patch", str(patch)]:
            return _patch(patch)
    return [_shell(arguments)]


def _shell(arguments: Data) -> Call:
    command = next((arguments[key] for key in _COMMAND_KEYS if key in arguments), arguments.get("input"))
    others = {key: value for key, value in arguments.items() if key not in {*_COMMAND_KEYS, "input", "type"}}
    return Call(SHELL, {"command": command_text(command), **others})


def _patch(patch: str) -> list[Call]:
    changes = file_changes(patch) if BEGIN in patch else []
    if not changes:
        return [Call("apply_patch", {"input": patch})]
    return [Call(change.name, change.input, part) for part, change in enumerate(changes)]


def _plan(arguments: Data) -> Call:
    items = todo_items(Fields(arguments).items("plan"))
    todos = [{"content": item["text"], "status": item["status"]} for item in items]
    return Call(PLAN, {"todos": todos} | {key: value for key, value in arguments.items() if key != "plan"})


def _agent(arguments: Data) -> Call:
    fields = Fields(arguments)
    renamed = {
        "description": fields.text("task_name"),
        "prompt": fields.text("message"),
        "subagent_type": fields.text("agent_type"),
    }
    others = {key: value for key, value in arguments.items() if key not in {"task_name", "message", "agent_type"}}
    return Call(AGENT, {key: value for key, value in renamed.items() if value} | others)


def _script(words: list[str]) -> str:
    """Return the script that a shell is to run, empty if this is not such a command."""
    match words:
        case [shell, "-lc" | "-c", script] if shell.endswith("sh"):
            return script
    return ""
