"""Finds out whether the CLI has shortened a tool's output, and where it has put the whole. Pure.

The model receives an excerpt of a long output and the name of a file. What a tool prints can look the same, in order to
plant another file in the record: so a file counts only in the directory where the CLI keeps the outputs of this
session, and only once; and where the CLI reports the file apart from the output, the output itself is not believed.
"""

import re
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from agent.events import ToolResult

_DIRECTORY = "tool-results"
_SAVED = re.compile(r"<persisted-output>\n[^\n]* Full output saved to: ([^\n]+)\n")
_SAVED_BY_MCP = re.compile(
    r"Error: result \([^\n]*\) exceeds maximum allowed tokens\. Output has been saved to ([^\n]+)\.\n"
)
_LOST = re.compile(
    r"<truncated-output>|Error: result \([^\n]*\) exceeds maximum allowed tokens\. Failed to save output to file"
)
_END_CHARS = 5000
"""The characters that the CLI keeps at the beginning and at the end of the output of a command that failed."""
_MIDDLE = re.compile(r"\n\n\.\.\. \[\d+ characters truncated\] \.\.\.\n\n")
_MCP = "mcp__"
_MCP_FILE = "mcp-"


class SavedResult(ToolResult, kw_only=True):
    """A result whose whole output is in the file `saved_in`, of `saved_bytes` if that is known."""

    saved_in: str
    saved_bytes: int | None = None


class _Report(Struct):
    """What the CLI says of a result apart from its output."""

    path: str | None = None
    size: int | None = None
    is_command: bool = False
    shortened: bool = False


class Shortened:
    """The outputs of a session."""

    def __init__(self) -> None:
        self._directories: set[PurePosixPath] = set()
        self._reports: dict[str, _Report] = {}
        self._used: set[str] = set()

    def begin_turn(self, data: dict[str, Any]) -> None:
        """Process the system message `init`, which says where the CLI keeps the sessions of the project."""
        match data:
            case {"session_id": str(session), "memory_paths": {"auto": str(memory)}}:
                self._directories.add(PurePosixPath(memory).parent / session / _DIRECTORY)

    def hook(self, tool_use_id: str, response: Any, transcript: str | None) -> None:
        """Process the hook `PostToolUse`: the tool's own `response`, and the file of the session."""
        if transcript:
            self._directories.add(PurePosixPath(transcript).with_suffix("") / _DIRECTORY)
        self._reports[tool_use_id] = _report(response)

    def check(self, result: ToolResult, response: Any) -> ToolResult:
        """Return the result, marked if its output is shortened: a SavedResult, or with `truncated`.

        `response` is the tool's own, if the message has it.
        """
        report = self._reports.pop(result.tool_use_id, None) or _report(response)
        path = report.path or _path_in(result, report)
        if path is not None:
            if not self._is_ours(path, result.name):
                result.truncated = report.path is not None or not self._directories
                return result
            self._used.add(path)
            fields = {name: getattr(result, name) for name in result.__struct_fields__}
            return SavedResult(**fields, saved_in=path, saved_bytes=report.size)
        result.truncated = report.shortened or _is_cut(result, report)
        return result

    def _is_ours(self, path: str, tool: str) -> bool:
        """Return whether the CLI may have put the output of a call of `tool` there."""
        file = PurePosixPath(path)
        if file.parent not in self._directories or path in self._used:
            return False
        return file.name.startswith(_MCP_FILE) is tool.startswith(_MCP)


def _report(response: Any) -> _Report:
    match response:
        case {"persistedOutputPath": str(path), **rest}:
            size = rest.get("persistedOutputSize")
            return _Report(path, size if isinstance(size, int) else None, is_command=True)
        case {"stdout": str()}:
            return _Report(is_command=True)
        case {"truncated": True} | {"file": {"truncatedByTokenCap": True}}:
            return _Report(shortened=True)
    return _Report()


def _path_in(result: ToolResult, report: _Report) -> str | None:
    """Return the file that the output names, if the CLI does not report the files of such a tool apart from it."""
    if report.is_command:
        return None
    pattern = _SAVED_BY_MCP if result.name.startswith(_MCP) else _SAVED
    return match[1] if (match := pattern.match(result.output)) else None


def _is_cut(result: ToolResult, report: _Report) -> bool:
    if report.is_command:
        return False
    middle = _MIDDLE.match(result.output, _END_CHARS)
    return bool(_LOST.match(result.output) or (middle and len(result.output) - middle.end() == _END_CHARS))
