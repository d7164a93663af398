"""What a tool call is about, in a few words: the one input field that tells most. Pure."""

import json
from collections.abc import Callable
from typing import Any

from observer.format.units import format_size, pluralize
from observer.terminal.theme import Glyphs

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
    "description",
    "prompt",
    "name",
)


def tool_name(name: str) -> str:
    """Return a tool's name as people say it.

    >>> tool_name("mcp__github__list_issues")
    'github list_issues'
    """
    return name.removeprefix("mcp__").replace("__", " ") if name.startswith("mcp__") else name


def telling(name: str, given: Input, project: str, glyphs: Glyphs) -> tuple[str, str]:
    """Return what a call is about and a shorter remark on it; paths inside `project` are relative to it.

    >>> telling("Bash", {"command": "git status"}, "", Glyphs())
    ('git status', '')
    """
    describe = _OF_TOOL.get(name)
    if describe is not None:
        main, remark = describe(given, glyphs)
    else:
        main, remark = _most_telling(given), ""
    return _relative(main, project), remark


def compact(value: Any) -> str:
    """Return any JSON value on one line."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    except (ValueError, RecursionError, TypeError):
        return repr(type(value))


def _bash(given: Input, _: Glyphs) -> tuple[str, str]:
    return _string(given, "command"), "in the background" if given.get("run_in_background") is True else ""


def _write(given: Input, _: Glyphs) -> tuple[str, str]:
    content = _string(given, "content")
    lines = content.count("\n") + (not content.endswith("\n") if content else 0)
    return _string(given, "file_path"), f"{pluralize(lines, 'line')}, {format_size(_bytes(content))}"


def _edit(given: Input, glyphs: Glyphs) -> tuple[str, str]:
    old, new = (_line_count(_string(given, key)) for key in ("old_string", "new_string"))
    everywhere = ", everywhere" if given.get("replace_all") is True else ""
    return _string(given, "file_path"), f"{glyphs.minus}{old} {glyphs.plus}{new} lines{everywhere}"


def _read(given: Input, _: Glyphs) -> tuple[str, str]:
    offset, limit = given.get("offset"), given.get("limit")
    start = f"from line {offset}" if isinstance(offset, int) else ""
    return _string(given, "file_path"), f"{start} {limit} lines".strip() if isinstance(limit, int) else start


def _search(given: Input, _: Glyphs) -> tuple[str, str]:
    where = _string(given, "path") or _string(given, "glob")
    return _string(given, "pattern"), f"in {where}" if where else ""


def _subagent(given: Input, _: Glyphs) -> tuple[str, str]:
    return _string(given, "description") or _string(given, "prompt"), _string(given, "subagent_type")


def _todos(given: Input, _: Glyphs) -> tuple[str, str]:
    todos = [todo for todo in given.get("todos", []) if isinstance(todo, dict)] if _has_list(given, "todos") else []
    done = sum(todo.get("status") == "completed" for todo in todos)
    current = next((todo for todo in todos if todo.get("status") == "in_progress"), {})
    return _string(current, "content"), f"{done}/{len(todos)} done"


_OF_TOOL: dict[str, Callable[[Input, Glyphs], tuple[str, str]]] = {
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


def _most_telling(given: Input) -> str:
    for field in _FIELDS:
        if found := _string(given, field):
            return found
    return compact(given) if given else ""


def _string(given: Input, key: str) -> str:
    value = given.get(key)
    return value if isinstance(value, str) else ""


def _has_list(given: Input, key: str) -> bool:
    return isinstance(given.get(key), list)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _line_count(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _relative(path: str, project: str) -> str:
    inside = project.rstrip("/") + "/"
    return path.removeprefix(inside) if project else path
