"""Tells a session's changes of the feature list from those of a person who edits it meanwhile.

No system says who wrote a file. But every tool call of a session is announced before it starts, and the file says when
it was changed: a change is the session's if a call that may write files was running then, and else a person's. What a
call may write cannot be told from its text, as a script can run another one; that it only reads sometimes can.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions, HookMatcher

from agent.harness.features import FEATURE_LIST
from agent.safety.commands.readers import only_reads

_SLACK_NS = 50_000_000
"""The clock of the file system is some milliseconds behind, and never ahead."""
_TIMEOUT_MS = 120_000
"""A command that takes longer, unless its call says how long it may, is moved to the background by the CLI."""
_STEM = FEATURE_LIST.partition(".")[0]
_READING = frozenset({
    "Agent", "AskUserQuestion", "BashOutput", "Glob", "Grep", "KillShell", "LS", "NotebookRead", "Read", "Task",
    "TaskCreate", "TaskGet", "TaskList", "TaskOutput", "TaskStop", "TaskUpdate", "TodoWrite", "ToolSearch", "WebFetch",
    "WebSearch",
})  # fmt: skip
"""Tools that write no file of the project; the calls of a subagent are announced like others."""
_GIT = re.compile(r"\bgit\b")
_DETACHES = re.compile(r"(?<![&<>|])&(?![&>])|\b(nohup|setsid|tmux|screen)\b")
"""What lets a command continue after the call that starts it."""
_OUTPUT = re.compile(r">+[&|]?\s*[^\s;&|<>()]+")
_WORD = re.compile(r"[^\s;&|<>()'\"`=]+")
_MAX_ENDED = 1000
_MAX_PLACES = 10


class ListWriters:
    """The tool calls of a build that may write files. `clock` returns nanoseconds since 1970."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._running: dict[str, int] = {}
        self._lasting: dict[str, int] = {}
        """Calls that may write later than their result, if that comes at this time or after it."""
        self._ended: list[tuple[int, int]] = []

    def add_to(self, options: ClaudeAgentOptions) -> ClaudeAgentOptions:
        """Return the options with a hook that notices the start of each call."""
        hook: Any = self._pre_tool_use
        hooks = dict(options.hooks or {})
        hooks["PreToolUse"] = [*hooks.get("PreToolUse", []), HookMatcher(hooks=[hook])]
        return replace(options, hooks=hooks)

    def started(self, tool_use_id: str, name: str, arguments: dict[str, Any], directory: Path) -> None:
        """Note that a call starts, in the working directory `directory`."""
        if not may_write_files(name, arguments):
            return
        command, in_background = _command(arguments), bool(arguments.get("run_in_background"))
        later, now = may_write_list_later(command, directory), self._clock()
        if later:
            at_once = in_background or _DETACHES.search(command)
            self._lasting[tool_use_id] = now if at_once else now + _timeout_ns(arguments)
        if later or not in_background:
            self._running[tool_use_id] = now

    def ended(self, tool_use_id: str) -> None:
        """Note that a call has its result; what it started in the background may continue."""
        now = self._clock()
        if tool_use_id in self._running and now < self._lasting.get(tool_use_id, now + 1):
            self._ended.append((self._running.pop(tool_use_id), now))
            del self._ended[:-_MAX_ENDED]

    def session_ended(self) -> None:
        """Note that no process of the session is left."""
        self._lasting.clear()
        for tool_use_id in list(self._running):
            self.ended(tool_use_id)

    def may_have_written(self, changed_ns: int) -> bool:
        """Return whether a change at that time (nanoseconds since 1970) may be the session's."""
        intervals = [*self._ended, *((start, self._clock()) for start in self._running.values())]
        return any(start - _SLACK_NS <= changed_ns <= end for start, end in intervals)

    async def _pre_tool_use(self, input_: dict[str, Any], tool_use_id: str | None, _context: Any) -> dict[str, Any]:
        tool_use_id = tool_use_id or str(input_["tool_use_id"])
        self.started(tool_use_id, input_["tool_name"], input_["tool_input"], Path(input_["cwd"]))
        return {}


def may_write_files(name: str, arguments: dict[str, Any]) -> bool:
    """Return whether a call of the tool `name` may write files: unless it provably only reads."""
    return name not in _READING and not (name == "Bash" and only_reads(_command(arguments)))


def may_write_list_later(command: str, directory: Path) -> bool:
    """Return whether a command that continues in the background may write the list: it names it, a script, or git.

    Other such commands are servers, which run for as long as the session: `npm run dev`, `python3 -m http.server`.
    """
    words = _WORD.findall(_OUTPUT.sub(" ", command))
    named = _STEM in command or bool(_GIT.search(command)) or any(map(_matches, words))
    return named or any(map(_is_file, _scripts(words, directory)))


def _timeout_ns(arguments: dict[str, Any]) -> int:
    timeout_ms = arguments.get("timeout")
    return (timeout_ms if isinstance(timeout_ms, int) else _TIMEOUT_MS) * 1_000_000


def _command(arguments: dict[str, Any]) -> str:
    return str(arguments.get("command", ""))


def _matches(word: str) -> bool:
    """Return whether a word is a pattern that stands for the list too, such as `*.json`."""
    last = word.rpartition("/")[2]
    return any(character in last for character in "*?[") and fnmatchcase(FEATURE_LIST, last)


def _scripts(words: list[str], directory: Path) -> Iterator[Path]:
    """Yield the files that words of a command may name, also as modules of Python.

    They are looked for in the directories that the command names as well, as in `cd x && ./y`.
    """
    modules = [word.replace(".", "/") for before, word in pairwise(words) if before == "-m"]
    names = [*words, *(f"{module}{end}" for module in modules for end in (".py", "/__main__.py"))]
    places = [directory, *(directory / word for word in words if _is_directory(directory / word))]
    for place in places[:_MAX_PLACES]:
        for name in names:
            yield place / name


def _is_directory(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.is_dir()
    return False


def _is_file(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return path.is_file()
    return False
