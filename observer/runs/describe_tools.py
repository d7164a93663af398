"""Describes a tool call in a few words, by the most informative field of its input. Pure."""

import json
from collections.abc import Callable
from typing import Any

from observer.format.event import Event
from observer.format.glyphs import UNICODE, Glyphs
from observer.format.units import format_size, pluralize

Input = dict[str, Any]

_FIELDS = (
    "command",
    "file_path",
    "notebook_path",
    "path",
    "pattern",
    "query",
    "url",
    "skill",
    "subject",
    "description",
    "prompt",
    "name",
)
"""Input fields of unknown tools, the most informative first."""


def tool_name(name: str) -> str:
    """Return the display name of a tool.

    >>> tool_name("mcp__github__list_issues")
    'github list_issues'
    """
    return name.removeprefix("mcp__").replace("__", " ") if name.startswith("mcp__") else name


def describe_call(name: str, arguments: Input, project: str = "", glyphs: Glyphs = UNICODE) -> tuple[str, str]:
    """Return the subject of a call and a short remark on it; paths inside the directory `project` become relative.

    >>> describe_call("Read", {"file_path": "/p/a.py", "offset": 7, "limit": 50}, "/p")
    ('a.py', 'from line 7, 50 lines')
    """
    describe = _BY_TOOL.get(name)
    subject, remark = describe(arguments, glyphs) if describe is not None else (_first_field(arguments), "")
    return _relative(subject, project), remark


def describe_use(event: Event, project: str = "", glyphs: Glyphs = UNICODE) -> tuple[str, str]:
    """Return the subject and the remark of a `tool_use` event; see `describe_call`."""
    arguments = event.data.get("input")
    return describe_call(event.text("name"), arguments if isinstance(arguments, dict) else {}, project, glyphs)


def compact(value: Any) -> str:
    """Return any JSON value on one line."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    except (ValueError, RecursionError, TypeError):
        return repr(type(value))


def count_lines(text: str) -> int:
    """Return the number of lines of `text`, whether or not the last one ends with a newline."""
    return text.count("\n") + (not text.endswith("\n")) if text else 0


def _bash(arguments: Input, _: Glyphs) -> tuple[str, str]:
    return _string(arguments, "command"), "in the background" if arguments.get("run_in_background") is True else ""


def _write(arguments: Input, _: Glyphs) -> tuple[str, str]:
    content = _string(arguments, "content")
    size = len(content) if content.isascii() else len(content.encode("utf-8", "replace"))
    return _string(arguments, "file_path"), f"{pluralize(count_lines(content), 'line')}, {format_size(size)}"


def _edit(arguments: Input, glyphs: Glyphs) -> tuple[str, str]:
    old, new = (count_lines(_string(arguments, key)) for key in ("old_string", "new_string"))
    everywhere = ", everywhere" if arguments.get("replace_all") is True else ""
    return _string(arguments, "file_path"), f"{glyphs.minus}{old} {glyphs.plus}{new} lines{everywhere}"


def _read(arguments: Input, _: Glyphs) -> tuple[str, str]:
    offset, limit = arguments.get("offset"), arguments.get("limit")
    parts = (
        f"from line {offset}" if isinstance(offset, int) else "",
        pluralize(limit, "line") if isinstance(limit, int) else "",
    )
    return _string(arguments, "file_path"), ", ".join(part for part in parts if part)


def _search(arguments: Input, _: Glyphs) -> tuple[str, str]:
    where = _string(arguments, "path") or _string(arguments, "glob")
    return _string(arguments, "pattern"), f"in {where}" if where else ""


def _subagent(arguments: Input, _: Glyphs) -> tuple[str, str]:
    return _string(arguments, "description") or _string(arguments, "prompt"), _string(arguments, "subagent_type")


def _todos(arguments: Input, _: Glyphs) -> tuple[str, str]:
    items = arguments.get("todos")
    todos = [todo for todo in items if isinstance(todo, dict)] if isinstance(items, list) else []
    done = sum(todo.get("status") == "completed" for todo in todos)
    current = next((todo for todo in todos if todo.get("status") == "in_progress"), {})
    return _string(current, "content"), f"{done}/{len(todos)} done"


_BY_TOOL: dict[str, Callable[[Input, Glyphs], tuple[str, str]]] = {
    "Bash": _bash,
    "Write": _write,
    "Edit": _edit,
    "Read": _read,
    "Grep": _search,
    "Glob": _search,
    "Task": _subagent,
    "Agent": _subagent,
    "TodoWrite": _todos,
}


def _first_field(arguments: Input) -> str:
    texts = (_string(arguments, field) for field in _FIELDS)
    return next((text for text in texts if text), compact(arguments) if arguments else "")


def _string(arguments: Input, key: str) -> str:
    value = arguments.get(key)
    return value if isinstance(value, str) else ""


def _relative(path: str, project: str) -> str:
    return path.removeprefix(project.rstrip("/") + "/") if project else path
