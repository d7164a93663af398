"""The guard: looks at each tool call before it happens, and refuses it with a reason or lets it pass."""

import os
from pathlib import Path

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.checker import CommandChecker
from agent.safety.commands.denial import Denial, Refused, ToolCall
from agent.safety.commands.paths import Places
from agent.safety.commands.processes import OwnProcesses
from agent.safety.commands.rules import Rules
from agent.safety.commands.whole import CheckContext

_PATHS = ("file_path", "notebook_path")
_WRITERS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})


class Guard:
    """Holds the commands of one project to `allowlist`, and keeps the harness's own folder out of reach."""

    def __init__(self, allowlist: Allowlist, project: Path, processes: OwnProcesses) -> None:
        self._allowlist = allowlist
        self._places = Places(project)
        self._rules = Rules(self._places, processes)

    def __call__(self, call: ToolCall) -> Denial | None:
        """Why `call` may not happen; None when it may."""
        try:
            if call.name in _WRITERS:
                self._check_file(call)
            elif call.name == "Bash" or isinstance(call.input.get("command"), str):
                self._check_shell(call)
        except Refused as refused:
            return refused.denial
        except RecursionError:
            return Denial("it is nested too deeply to be checked; write it plainer", "syntax")
        return None

    def _check_file(self, call: ToolCall) -> None:
        for key in _PATHS:
            path = call.input.get(key)
            if isinstance(path, str):
                real = Path(os.path.realpath(call.cwd / path))
                if real.is_relative_to(self._places.project / ".agent"):
                    raise Refused("agent_folder", "the folder .agent belongs to the harness; leave it alone", path)

    def _check_shell(self, call: ToolCall) -> None:
        command = call.input.get("command")
        if not isinstance(command, str):
            raise Refused("syntax", "the command is no text")
        if call.input.get("dangerouslyDisableSandbox"):
            raise Refused("sandbox", "the sandbox stays on; do without what is outside the project", command)
        whole = CheckContext(self._places)
        check = CommandChecker(self._allowlist, self._places, self._rules, whole)
        check.text(command, frozenset({Path(os.path.realpath(call.cwd))}))
        whole.finish()
