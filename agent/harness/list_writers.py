"""Tells a session's changes of the feature list from those of a person who edits it meanwhile.

No system says who wrote a file. But every tool call of a session is announced before it starts, and the file says when
it was changed: a change is the session's if a call that may write the list was running then, and else a person's. A
call may write it if it names it, if a file of the project that it names does, or if it writes files by a pattern or
with git. Of a long command that does none of it, such as a test run, a change is not.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions, HookMatcher

from agent.harness.features import FEATURE_LIST

_SLACK_NS = 50_000_000
"""The clock of the file system is some milliseconds behind."""
_STEM = FEATURE_LIST.partition(".")[0]
_READING = frozenset(
    {"Agent", "Glob", "Grep", "LS", "NotebookRead", "Read", "Task", "TodoWrite", "WebFetch", "WebSearch"}
)
"""Tools that write no file; the calls of a subagent are announced like others."""
_PATHS = ("file_path", "notebook_path")
"""The argument of tools that write one file."""
_GIT = re.compile(
    r"\bgit\b[^;&|\n]*\s(am|apply|checkout|cherry-pick|clean|merge|mv|pull|read-tree|rebase|reset|restore|revert|rm|stash"
    r"|switch)\b"
)
_WORD = re.compile(r"[^\s;&|<>()'\"`=]+")
_RECIPES = {"make": "Makefile", "npm": "package.json", "pnpm": "package.json", "yarn": "package.json"}
"""Programs that run what a file of the project says."""
_MAX_SCRIPT_BYTES = 1024 * 1024
_MAX_ENDED = 1000
_MAX_PLACES = 10


class ListWriters:
    """The tool calls that may write the feature list of `project`. `clock` returns nanoseconds since 1970."""

    def __init__(self, project: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self._project = project
        self._clock = clock
        self._running: dict[str, int] = {}
        self._in_background: set[str] = set()
        self._ended: list[tuple[int, int]] = []

    def add_to(self, options: ClaudeAgentOptions) -> ClaudeAgentOptions:
        """Return the options with a hook that notices the start of each call."""
        hook: Any = self._pre_tool_use
        hooks = dict(options.hooks or {})
        hooks["PreToolUse"] = [*hooks.get("PreToolUse", []), HookMatcher(hooks=[hook])]
        return replace(options, hooks=hooks)

    def started(self, tool_use_id: str, name: str, arguments: dict[str, Any], directory: Path) -> None:
        """Note that a call starts, in the working directory `directory`."""
        if may_write_list(name, arguments, directory, self._project):
            self._running[tool_use_id] = self._clock()
            if arguments.get("run_in_background"):
                self._in_background.add(tool_use_id)

    def ended(self, tool_use_id: str) -> None:
        """Note that a call has its result; what it started in the background may continue."""
        if tool_use_id in self._running and tool_use_id not in self._in_background:
            self._ended.append((self._running.pop(tool_use_id), self._clock()))
            del self._ended[:-_MAX_ENDED]

    def session_ended(self) -> None:
        """Note that no process of the session is left."""
        self._in_background.clear()
        for tool_use_id in list(self._running):
            self.ended(tool_use_id)

    def may_have_written(self, changed_ns: int) -> bool:
        """Return whether a change at that time (nanoseconds since 1970) may be the session's."""
        intervals = [*self._ended, *((start, self._clock()) for start in self._running.values())]
        return any(start - _SLACK_NS <= changed_ns <= end + _SLACK_NS for start, end in intervals)

    async def _pre_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        tool_use_id = tool_use_id or str(input_["tool_use_id"])
        self.started(tool_use_id, input_["tool_name"], input_["tool_input"], Path(input_["cwd"]))
        return {}


def may_write_list(name: str, arguments: dict[str, Any], directory: Path, project: Path) -> bool:
    """Return whether a call of the tool `name` in `directory` may write the feature list of `project`."""
    if name in _READING:
        return False
    paths = [arguments[key] for key in _PATHS if isinstance(arguments.get(key), str)]
    if paths:
        return any((directory / path).resolve() == (project / FEATURE_LIST).resolve() for path in paths)
    text = str(arguments.get("command", "")) if name == "Bash" else json.dumps(arguments, default=str)
    if _STEM in text or _GIT.search(text):
        return True
    words = _WORD.findall(text)
    return any(map(_matches, words)) or any(map(_file_names_list, _files(words, directory)))


def _matches(word: str) -> bool:
    """Return whether a word is a pattern that stands for the list too, such as `*.json`."""
    last = word.rpartition("/")[2]
    return any(character in last for character in "*?[") and fnmatchcase(FEATURE_LIST, last)


def _files(words: list[str], directory: Path) -> Iterator[Path]:
    """Yield the files that words of a command may name: scripts, and what `make` and its like read.

    They are looked for in the directories that the command names as well, as in `cd x && ./y`.
    """
    names = [*words, *(_RECIPES[word] for word in words if word in _RECIPES)]
    places = [directory, *(directory / word for word in words if _is_directory(directory / word))]
    for place in places[:_MAX_PLACES]:
        for name in names:
            yield place / name


def _is_directory(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.is_dir()
    return False


def _file_names_list(path: Path) -> bool:
    with suppress(OSError, ValueError):
        if path.is_file() and path.stat().st_size <= _MAX_SCRIPT_BYTES:
            return _STEM.encode() in path.read_bytes()
    return False
