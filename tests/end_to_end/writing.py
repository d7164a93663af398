"""Turns of a scripted model, as TOML."""

import json

DONE = 'block = [{ type = "text", text = "All done." }]'


def use(name: str, **arguments: str) -> str:
    """Return a turn that calls one tool."""
    inputs = ", ".join(f"{key} = {json.dumps(value)}" for key, value in arguments.items())
    return f'block = [{{ type = "tool_use", name = "{name}", input = {{ {inputs} }} }}]'


def bash(command: str) -> str:
    return use("Bash", command=command)


def wait(file: str) -> str:
    """Return a command that waits for a file in the project, which a test creates when something has happened."""
    return f"until [ -e {file} ]; do sleep 0.1; done"


def write(path: str, content: str = "hello") -> str:
    return use("Write", file_path=path, content=content)


def conversation(name: str, *turns: str, match: str | None = None) -> str:
    """Return a conversation of these turns; with `match`, for prompts that contain it."""
    head = f"[[conversation]]\nname = {json.dumps(name)}\n" + (f"match = {json.dumps(match)}\n" if match else "")
    return head + "".join(f"[[conversation.turn]]\n{turn}\n" for turn in turns)
