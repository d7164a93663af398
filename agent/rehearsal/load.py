"""From a script file to a `Script`, or to one clear sentence about what is wrong with it and where."""

import re
import tomllib
from difflib import get_close_matches
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from agent.rehearsal import script as parts
from agent.rehearsal.script import Script

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_UNKNOWN_KEY = re.compile(r"unknown field `(\w+)`")
_PARTS: dict[str, type[msgspec.Struct]] = {
    "": parts.Script,
    "conversation": parts.Conversation,
    "turn": parts.Turn,
    "pace": parts.StreamDelays,
    "usage": parts.Usage,
    "text": parts.Text,
    "thinking": parts.Thinking,
    "tool_use": parts.ToolUse,
    "http": parts.HttpError,
    "cut": parts.Cut,
    "stall": parts.Stall,
}
"""A table's Struct, by its key, or by its `type` where it has one."""


class ScriptError(Exception):
    """A script that cannot be played; the message names the file, the place in it and what to do."""


def load_script(path: str | PathLike[str]) -> Script:
    """Read the script file at `path` (TOML; see docs/rehearsal.md). Raises `ScriptError`."""
    source = Path(path)
    try:
        content = source.read_bytes()
    except OSError as error:
        raise ScriptError(f"{source}: cannot be read ({error.strerror}); check the path of the script") from error
    return parse_script(content, str(source))


def demo_script() -> Script:
    """The script of `agent demo`: a small job with every kind of thing that can happen in a run."""
    return parse_script(files(__package__).joinpath("demo.toml").read_bytes(), "demo.toml")


def parse_script(content: bytes, source: str) -> Script:
    """Decode the bytes of a script file; `source` names it in errors. Raises `ScriptError`."""
    try:
        table = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ScriptError(f"{source}: byte {error.start} is not UTF-8; save the script as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(f"{source}: not valid TOML: {error}; correct it there") from error
    try:
        return msgspec.convert(table, Script)
    except msgspec.ValidationError as error:
        raise ScriptError(f"{source}: {_explained(str(error), table)}") from error


def _explained(said: str, table: dict[str, Any]) -> str:
    """msgspec's `MESSAGE - at `$.PATH`` as "in PLACE: WHAT TO DO", with the keys to choose from when one is unknown."""
    message, _, path = said.partition(" - at `$")
    steps = [key or int(index) for key, index in _STEP.findall(path)]
    unknown = _UNKNOWN_KEY.search(message)
    if unknown:
        message = f"unknown key `{unknown[1]}`; {_advice(unknown[1], _fields_at(steps, table))}"
    elif message[0].isupper():  # msgspec's own; the checks in `script` say themselves what to do
        message = f"{message[0].lower()}{message[1:].replace('field', 'key')}; change it there"
    return f"{_place(steps)}: {message}"


def _place(steps: list[str | int]) -> str:
    """Where it is as a person counts: `in conversation 1, turn 2, block 1`."""
    words: list[str] = []
    for step in steps:
        if isinstance(step, int):
            words[-1] += f" {step + 1}"
        else:
            words.append(step)
    return "in " + ", ".join(words) if words else "at the top level"


def _fields_at(steps: list[str | int], table: dict[str, Any]) -> list[str]:
    node: Any = table
    for step in steps:
        node = node[step]
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    part = _PARTS[node["type"] if name in {"block", "fault"} else name]
    tag = ["type"] if name in {"block", "fault"} else []
    return tag + [field.name for field in msgspec.structs.fields(part)]


def _advice(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    choice = f"the keys here are {', '.join(known)}"
    return f"did you mean `{close[0]}`? {choice}" if close else choice
