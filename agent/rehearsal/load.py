"""Reads a script file into a `Script`; an error is one sentence that says what is wrong, and where."""

import re
import tomllib
from difflib import get_close_matches
from enum import StrEnum
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, get_args

import msgspec

from agent.errors import CannotStart
from agent.rehearsal import script as tables
from agent.rehearsal.blocks import Block, StreamDelays
from agent.rehearsal.faults import Fault
from agent.rehearsal.script import Script

_PATH_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_INVALID_CHOICE = re.compile(r"Invalid (enum )?value '")
_UNKNOWN_KEY = re.compile(r"unknown field `(\w+)`")
_TABLES: dict[str, type[msgspec.Struct]] = {
    "": tables.Script,
    "file": tables.File,
    "conversation": tables.Conversation,
    "turn": tables.Turn,
    "pace": StreamDelays,
    "usage": tables.Usage,
}
"""The Struct of a table, by its key."""
_VARIANTS: dict[str, dict[str, type[msgspec.Struct]]] = {
    key: {variant.__struct_config__.tag: variant for variant in get_args(union)}
    for key, union in (("block", Block), ("fault", Fault))
}
"""The Structs of a table that has a `type`, by its key and that."""


class ScriptError(CannotStart):
    """The script is invalid; the message names the file, the place in it and what to do."""


def load_script(path: str | PathLike[str]) -> Script:
    """Read the script file at `path` (TOML; see docs/rehearsal.md). Raises ScriptError."""
    source = Path(path)
    try:
        content = source.read_bytes()
    except OSError as error:
        raise ScriptError(f"cannot read {source} ({error.strerror}); check the path") from error
    return parse_script(content, str(source))


def demo_script() -> Script:
    """Return the script of `agent demo`: a small job with every kind of event of a run."""
    return parse_script(files(__package__).joinpath("demo.toml").read_bytes(), "demo.toml")


def parse_script(content: bytes, source: str) -> Script:
    """Parse the contents of a script file, which errors call `source`. Raises ScriptError."""
    try:
        table = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise ScriptError(f"{source}: byte {error.start} is not UTF-8; save the script as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ScriptError(f"{source}: not valid TOML: {error}; fix it there") from error
    try:
        return msgspec.convert(table, Script)
    except msgspec.ValidationError as error:
        raise ScriptError(f"{source}: {_explain(str(error), table)}") from error


def _explain(error: str, table: dict[str, Any]) -> str:
    """Turn msgspec's "MESSAGE - at `$.PATH`" into "in PLACE: MESSAGE", with the known keys if one is unknown."""
    message, _, path = error.partition(" - at `$")
    steps = [key or int(index) for key, index in _PATH_STEP.findall(path)]
    unknown = _UNKNOWN_KEY.search(message)
    if unknown:
        message = f"unknown key `{unknown[1]}`; {_suggest(unknown[1], _keys_at(steps, table))}"
    elif _INVALID_CHOICE.match(message):
        message = f"{message[0].lower()}{message[1:]}; use one of {', '.join(_choices_at(steps, table))}"
    elif message[0].isupper():  # msgspec's own message; those of the `script` module already say what to do
        message = f"{message[0].lower()}{message[1:].replace('field', 'key')}; change it there"
    return f"{_describe_place(steps)}: {message}"


def _describe_place(steps: list[str | int]) -> str:
    """Return the place with numbers from 1: `in conversation 1, turn 2, block 1`."""
    words: list[str] = []
    for step in steps:
        if isinstance(step, int):
            words[-1] += f" {step + 1}"
        else:
            words.append(step)
    return "in " + ", ".join(words) if words else "at the top level"


def _keys_at(steps: list[str | int], table: dict[str, Any]) -> list[str]:
    """Return the keys that the table at this place may have."""
    name, node = _table_at(steps, table)
    tag = ["type"] if name in _VARIANTS else []
    return tag + [field.name for field in msgspec.structs.fields(_struct_of(name, node))]


def _choices_at(steps: list[str | int], table: dict[str, Any]) -> list[str]:
    """Return the values that the key at this place may have."""
    *place, key = steps
    name, node = _table_at(place, table)
    if key == "type":
        return list(_VARIANTS[name])
    types = {field.name: field.type for field in msgspec.structs.fields(_struct_of(name, node))}
    enums = [type_ for type_ in get_args(types[str(key)]) or [types[str(key)]] if isinstance(type_, type)]
    return [str(value) for enum in enums if issubclass(enum, StrEnum) for value in enum]


def _table_at(steps: list[str | int], table: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the table at this place, and the key that it belongs to."""
    node: Any = table
    for step in steps:
        node = node[step]
    return next((step for step in reversed(steps) if isinstance(step, str)), ""), node


def _struct_of(name: str, node: dict[str, Any]) -> type[msgspec.Struct]:
    return _VARIANTS[name][node["type"]] if name in _VARIANTS else _TABLES[name]


def _suggest(key: str, known: list[str]) -> str:
    close = get_close_matches(key, known, n=1)
    choice = f"the keys here are {', '.join(known)}"
    return f"did you mean `{close[0]}`? {choice}" if close else choice
