"""Reads the notices of tasks in the background: what the CLI tells the model when a task has ended. Pure."""

import re

from msgspec import Struct

from observer.format.fields import integer

BEGINNING = "<task-notification>"
_USAGE = {"subagent_tokens": "total_tokens", "total_tokens": "total_tokens", "tool_uses": "tool_uses",
          "duration_ms": "duration_ms"}  # fmt: skip
"""The names of the figures in a notice, and those of the same figures elsewhere."""
_FIGURE = re.compile(r"<(subagent_tokens|total_tokens|tool_uses|duration_ms)>(\d{1,15})</\1>")
_LINE = re.compile(r"^(?:<usage>)?(subagent_tokens|total_tokens|tool_uses|duration_ms): (\d{1,15})", re.MULTILINE)
_FRAME = "The report follows:\n"
_AGENT = re.compile(r"^agentId: (\w+)", re.MULTILINE)


class Notification(Struct, frozen=True):
    """The end of a task: its ID, the call that started it, its status, a summary, and its `usage` if it has figures."""

    task_id: str
    tool_use_id: str | None
    status: str
    summary: str
    usage: dict[str, int]


def parse_notification(text: str) -> Notification | None:
    """Return the notice that a text is; None if it is none, or does not say which task has ended."""
    if not text.startswith(BEGINNING):
        return None
    task_id, status = _field(text, "task-id"), _field(text, "status")
    if not task_id or not status:
        return None
    summary = _field(text, "result") or _field(text, "summary") or ""
    return Notification(task_id, _field(text, "tool-use-id"), status, summary, _figures(_FIGURE.findall(text)))


def usage_in_result(text: str) -> dict[str, int]:
    """Return the figures at the end of what the model receives as the result of a subagent."""
    return _figures(_LINE.findall(text))


def agent_in_result(text: str) -> str | None:
    """Return the ID of the subagent in what the model receives as its result; None if it has none."""
    ids = _AGENT.findall(text)
    return ids[-1] if ids else None


def report_in_result(text: str) -> str:
    """Return the report of a subagent in what the model receives as its result; all of it if that has no frame."""
    _, frame, report = text.partition(_FRAME)
    if not frame:
        return text
    lines = report.partition("\nagentId: ")[0].splitlines()
    return "\n".join(line.removeprefix("  ") for line in lines)


def _field(text: str, tag: str) -> str | None:
    _, opening, rest = text.partition(f"<{tag}>")
    value, closing, _ = rest.partition(f"</{tag}>")
    return value.strip() if opening and closing else None


def _figures(pairs: list[tuple[str, str]]) -> dict[str, int]:
    values = ((_USAGE[name], integer(int(figure))) for name, figure in pairs)
    return {name: value for name, value in values if value is not None}
