"""The guard: decides on each tool call before it runs."""

from collections.abc import Sequence
from pathlib import Path

from agent.safety.agent_dir import AGENT_DIR
from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.checker import CommandChecker
from agent.safety.commands.context import CheckContext
from agent.safety.commands.denial import Confinement, Denial, Denied, ToolCall
from agent.safety.commands.paths import ProjectPaths, real_path

_PATH_KEYS = ("file_path", "notebook_path")
_WRITE_TOOLS = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit"})
_SANDBOXED_TOOL = "Bash"


class Guard:
    """Holds the commands of one project to `allowlist` and the rules, and denies writes to the harness's directory.

    With `sandboxed`, the CLI runs Bash commands in its sandbox, which is the wall: only what can be known to do harm is
    denied. Otherwise what cannot be known is denied as well. In the sandbox, programs in the directories `programs` may
    run too.
    """

    def __init__(self, allowlist: Allowlist, project: Path, *, sandboxed: bool, programs: Sequence[Path] = ()) -> None:
        self._allowlist = allowlist
        self._project = real_path(project)
        self._sandboxed = sandboxed
        self._programs = programs

    def __call__(self, call: ToolCall) -> Denial | None:
        """Return why `call` may not run, None if it may."""
        try:
            if call.name in _WRITE_TOOLS:
                self._check_file(call)
            elif call.name == "Bash" or isinstance(call.input.get("command"), str):
                self._check_command(call)
        except Denied as denied:
            return denied.denial
        except RecursionError:
            return Denial("it is nested too deeply to be checked; write it in a simpler way", "syntax")
        return None

    def _check_file(self, call: ToolCall) -> None:
        for key in _PATH_KEYS:
            path = call.input.get(key)
            if isinstance(path, str):
                real = real_path(call.cwd / path)
                if real.is_relative_to(self._project / AGENT_DIR):
                    raise Denied("agent_folder", "the directory .agent belongs to the harness; do not touch it", path)

    def _check_command(self, call: ToolCall) -> None:
        command = call.input.get("command")
        if not isinstance(command, str):
            raise Denied("syntax", "the command is not a string")
        if call.input.get("dangerouslyDisableSandbox"):
            raise Denied("sandbox", "the sandbox stays on; do without files outside the project", command)
        confinement = Confinement(sandboxed=self._sandboxed and call.name == _SANDBOXED_TOOL)
        allowlist = self._allowlist.with_default_profiles() if confinement.sandboxed else self._allowlist
        context = CheckContext(allowlist, ProjectPaths(self._project, confinement), confinement, self._programs)
        CommandChecker(context).check(command, frozenset({real_path(call.cwd)}))
