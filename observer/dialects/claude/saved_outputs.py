"""Finds out whether the CLI has shortened a tool's output, and where it has put the whole. Pure.

The model receives an excerpt of a long output and the name of a file. What a tool prints can look the same, in order to
plant another file in a view: so a file counts only in the directory where the CLI keeps the outputs of this session,
and only once; and where the CLI reports the file apart from the output, the output itself is not believed.
"""

import re
from typing import Any

from msgspec import Struct

from observer.format.fields import whole

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


class _Report(Struct):
    """What the CLI says of a result apart from its output."""

    path: str | None = None
    size: int | None = None
    is_command: bool = False
    shortened: bool = False


class SavedOutputs:
    """The outputs of a session."""

    def __init__(self) -> None:
        self._sessions: set[str] = set()
        self._used: set[str] = set()

    def begin(self, session_id: str) -> None:
        """Note the ID of the session: the directory of its files has this name."""
        self._sessions.add(session_id)

    def check(self, result: dict[str, Any], response: Any) -> None:
        """Complete a result: `output_file` is the absolute path of the whole output; `truncated` says that it is lost.

        `response` is the tool's own, if the record has it.
        """
        report = _report(response)
        path = report.path or _path_in(result["name"], result["output"], report)
        if path is None:
            result["truncated"] = report.shortened or _is_cut(result["output"], report)
        elif self._is_ours(path, result["name"]):
            self._used.add(path)
            result["output_file"] = path
            result["output_bytes"] = report.size or result["output_bytes"]
        else:
            result["truncated"] = report.path is not None

    def _is_ours(self, path: str, tool: str) -> bool:
        """Return whether the CLI may have put the output of a call of `tool` there."""
        *_, session, directory, name = ["", "", *path.split("/")]
        if directory != _DIRECTORY or session not in self._sessions:
            return False
        return path not in self._used and name.startswith(_MCP_FILE) is tool.startswith(_MCP)


def _report(response: Any) -> _Report:
    match response:
        case {"persistedOutputPath": str(path), **rest}:
            return _Report(path, whole(rest.get("persistedOutputSize")), is_command=True)
        case {"stdout": str()}:
            return _Report(is_command=True)
        case {"truncated": True} | {"file": {"truncatedByTokenCap": True}}:
            return _Report(shortened=True)
    return _Report()


def _path_in(tool: str, output: str, report: _Report) -> str | None:
    """Return the file that the output names, if the CLI does not report the files of such a tool apart from it."""
    if report.is_command:
        return None
    match = _SAVED_BY_MCP.match(output) if tool.startswith(_MCP) else _SAVED.match(output)
    return match[1] if match else None


def _is_cut(output: str, report: _Report) -> bool:
    if report.is_command:
        return False
    middle = _MIDDLE.match(output, _END_CHARS)
    return bool(_LOST.match(output) or (middle and len(output) - middle.end() == _END_CHARS))
