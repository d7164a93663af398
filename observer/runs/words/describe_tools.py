"""Describes a tool call in a few words, by the most informative field of its input. Pure."""

import re
from collections.abc import Callable

from observer.format.event import Event
from observer.format.fields import FieldAccess, Fields, compact
from observer.format.glyphs import UNICODE, Glyphs
from observer.format.units import format_size, pluralize
from observer.runs.words.line_diff import count_changed_lines, describe_counts

_LINE_NUMBER = re.compile(r"(?m)^ *\d+[\t→]")
"""What Claude Code puts before each line of a file that it reads, and after its last newline."""
_REMINDER = "\n\n<system-reminder>"
"""What begins a note of Claude Code below it."""
UNNAMED = "tool"
"""The name of a tool whose line has none."""
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


def tool_of(event: FieldAccess) -> str:
    """Return the name of the tool of a call or its result; `UNNAMED` if the line has none."""
    return event.text("name") or UNNAMED


def tool_name(name: str) -> str:
    """Return the display name of a tool.

    >>> tool_name("mcp__github__list_issues")
    'github list_issues'
    """
    return name.removeprefix("mcp__").replace("__", " ") if name.startswith("mcp__") else name


def describe_call(name: str, arguments: Fields, project: str = "", glyphs: Glyphs = UNICODE) -> tuple[str, str]:
    """Return the subject of a call and a short remark on it; paths inside the directory `project` become relative.

    >>> describe_call("Read", Fields({"file_path": "/p/a.py", "offset": 7, "limit": 50}), "/p")
    ('a.py', 'from line 7, 50 lines')
    """
    describe = _BY_TOOL.get(name)
    subject, remark = describe(arguments, glyphs) if describe is not None else (_first_field(arguments), "")
    return _relative(subject, project), remark


def describe_use(event: Event, project: str = "", glyphs: Glyphs = UNICODE) -> tuple[str, str]:
    """Return the subject and the remark of a `tool_use` event; see `describe_call`."""
    return describe_call(event.text("name"), input_of(event), project, glyphs)


def subject_of(event: Event, project: str = "") -> str:
    """Return the subject of a `tool_use` event; cheaper than with a remark.

    >>> from observer.format.lines import Line
    >>> subject_of(Event(Line(b"", 0), "tool_use", {"name": "Read", "input": {"file_path": "/p/a.py"}}), "/p")
    'a.py'
    """
    arguments, key = event.value("input"), _SUBJECTS.get(event.text("name"))
    if key is None or not isinstance(arguments, dict):
        return describe_use(event, project)[0]
    subject = arguments.get(key)
    return _relative(subject, project) if isinstance(subject, str) else ""


def input_of(event: Event) -> Fields:
    """Return the arguments of a `tool_use` event; one that is not an object is an argument called `input`."""
    arguments = event.fields("input")
    if arguments is not None:
        return arguments
    value = event.value("input")
    return Fields({} if value is None else {"input": value})


def count_lines(text: str) -> int:
    """Return the number of lines of `text`, whether or not the last one ends with a newline."""
    return text.count("\n") + (not text.endswith("\n")) if text else 0


def count_bytes(text: str) -> float:
    """Return the size of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def describe_extent(name: str, output: str, total_bytes: float | None) -> str:
    r"""Return how many lines and bytes a tool returned; of a file that was read, how many are in the file.

    `total_bytes` is the size of the whole output, of which `output` may be a part.

    >>> describe_extent("Read", "     1\ta\n     2\tb\n     3\t", None), describe_extent("Bash", "a\nb", 6000)
    ('2 lines, 4 B', '2 lines, 6.0 kB')
    """
    size = count_bytes(output)
    if name == "Read" and (total_bytes or 0) <= size and _LINE_NUMBER.match(output):
        output = _LINE_NUMBER.sub("", output.partition(_REMINDER)[0])
        size = count_bytes(output)
    else:
        size = total_bytes or size
    return f"{pluralize(count_lines(output), 'line')}, {format_size(size)}"


def _bash(arguments: Fields, _: Glyphs) -> tuple[str, str]:
    return arguments.text("command"), "in the background" if arguments.flag("run_in_background") else ""


def _write(arguments: Fields, _: Glyphs) -> tuple[str, str]:
    if arguments.value("content") is None:  # recorded by a program that does not say what it wrote
        return arguments.text("file_path"), ""
    content = arguments.text("content")
    return arguments.text("file_path"), describe_extent("Write", content, None)


def _edit(arguments: Fields, glyphs: Glyphs) -> tuple[str, str]:
    changed = describe_counts(count_changed_lines("Edit", arguments), glyphs)
    everywhere = "everywhere" if arguments.flag("replace_all") else ""
    return arguments.text("file_path"), ", ".join(part for part in (changed, everywhere) if part)


def _read(arguments: Fields, _: Glyphs) -> tuple[str, str]:
    offset, limit = arguments.integer("offset"), arguments.integer("limit")
    parts = (
        f"from line {offset}" if offset is not None else "",
        pluralize(limit, "line") if limit is not None else "",
    )
    return arguments.text("file_path"), ", ".join(part for part in parts if part)


def _search(arguments: Fields, _: Glyphs) -> tuple[str, str]:
    where = arguments.text("path") or arguments.text("glob")
    return arguments.text("pattern"), f"in {where}" if where else ""


def _subagent(arguments: Fields, _: Glyphs) -> tuple[str, str]:
    return arguments.text("description") or arguments.text("prompt"), arguments.text("subagent_type")


def _todos(arguments: Fields, _: Glyphs) -> tuple[str, str]:
    todos = arguments.items("todos")
    done = sum(todo.text("status") == "completed" for todo in todos)
    current = next((todo.text("content") for todo in todos if todo.text("status") == "in_progress"), "")
    return current, f"{done}/{len(todos)} done"


_BY_TOOL: dict[str, Callable[[Fields, Glyphs], tuple[str, str]]] = {
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


_SUBJECTS = {
    "Bash": "command",
    "Write": "file_path",
    "Edit": "file_path",
    "Read": "file_path",
    "Grep": "pattern",
    "Glob": "pattern",
}
"""The field of the input that is the subject of a call, for the tools that are called most."""


def _first_field(arguments: Fields) -> str:
    texts = (arguments.text(field) for field in _FIELDS)
    return next((text for text in texts if text), compact(arguments.data) if arguments.data else "")


def _relative(path: str, project: str) -> str:
    return path.removeprefix(project.rstrip("/") + "/") if project else path
