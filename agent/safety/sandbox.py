"""Where the agent may write: the SDK's sandbox for commands, permission rules for its file tools."""

import json
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from claude_agent_sdk import SandboxSettings

_PROGRAMS = ("bwrap", "socat")
"""What the CLI's sandbox runs on Linux."""
_TRIAL = ("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-pid", "--unshare-net", "--proc", "/proc", "true")
_TRIAL_S = 10.0
_SOCKET_CHARS = len("claude-http-0123456789abcdef.sock")
"""How long a name CLI 2.1.330 gives the sockets of its sandbox, in the folder for temporary files."""

_MASKED = (
    ".bash_profile", ".bashrc", ".claude", ".gitconfig", ".gitmodules", ".idea", ".mcp.json", ".profile",
    ".ripgreprc", ".vscode", ".zprofile", ".zshrc",
)  # fmt: skip
"""What the sandbox of CLI 2.1.330 hides in the working folder, with things that `git add -A` stumbles over."""
_PLACEHOLDER = (0, 0o444)
"""Size and permissions of the files that bubblewrap makes to have something to mount on."""
_EXCLUDES = "git-excludes"
_WITHOUT = "pass --no-sandbox where nothing outside the project matters"


class SandboxUnavailable(Exception):
    """This machine cannot confine commands; the message is one sentence that says what to do."""


class Confinement(TypedDict):
    """The options of the SDK that confine an agent, for `ClaudeAgentOptions(**...)`."""

    sandbox: SandboxSettings | None
    settings: str


class _Sandbox(SandboxSettings):
    """What the CLI knows beyond the SDK's types: without it, a sandbox that cannot start is left out silently."""

    failIfUnavailable: bool  # noqa: N815 - the CLI's name


def confinement(protected: list[Path], *, sandbox: bool) -> Confinement:
    """Commands may write in the working folder and nowhere else, when `sandbox`; nothing may write in `protected`.

    The network stays open: building software fetches packages, and which hosts those come from nobody can list.
    """
    settings: _Sandbox = {
        "enabled": True,
        "autoAllowBashIfSandboxed": False,
        "allowUnsandboxedCommands": False,
        "failIfUnavailable": True,
        "network": {"allowedDomains": ["*"]},
    }
    deny = [f"Edit(/{folder}/**)" for folder in protected]  # a rule's leading double slash means an absolute path
    return {"sandbox": settings if sandbox else None, "settings": json.dumps({"permissions": {"deny": deny}})}


def git_excludes(agent_folder: Path, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables that make git leave out what is not the project's: our own folder and what the sandbox hides.

    Writes the list of names to `agent_folder`. Raises OSError.
    """
    path = agent_folder / _EXCLUDES
    path.write_text("".join(f"/{name}\n" for name in (agent_folder.name, *_MASKED)))
    count = inherited.get("GIT_CONFIG_COUNT", "")
    at = int(count) if count.isdecimal() else 0
    return {
        "GIT_CONFIG_COUNT": str(at + 1),
        f"GIT_CONFIG_KEY_{at}": "core.excludesFile",
        f"GIT_CONFIG_VALUE_{at}": str(path),
    }


def sweep(project: Path) -> None:
    """Remove what the sandbox left in the project because its CLI was killed: empty files that nobody may write, in
    the places of settings. An editor could not make its folder there. Call it when no command runs any more.
    """
    for path in (project / name for name in _MASKED):
        with suppress(OSError):  # not there, which is the rule, or not to be removed, and then it stays
            found = path.lstat()
            if stat.S_ISREG(found.st_mode) and (found.st_size, stat.S_IMODE(found.st_mode)) == _PLACEHOLDER:
                path.unlink()


def require_sandbox(inherited: Mapping[str, str] = os.environ) -> None:
    """See whether the sandbox works on this machine, for a CLI with these variables. Raises SandboxUnavailable."""
    if sys.platform != "linux":
        return  # macOS brings its own; elsewhere the CLI says what is missing
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        raise SandboxUnavailable(
            f"the sandbox needs {' and '.join(missing)}; run: apt install bubblewrap socat, or {_WITHOUT}"
        )
    _try_socket(next(filter(None, map(inherited.get, ("TMPDIR", "TMP", "TEMP"))), "/tmp"))  # noqa: S108 - as the CLI does
    try:
        trial = subprocess.run(_TRIAL, capture_output=True, timeout=_TRIAL_S, check=False)  # noqa: S603 - no input in it
        failed, said = trial.returncode != 0, trial.stderr.decode("utf-8", "replace").strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        failed, said = True, str(error)
    if failed:
        raise SandboxUnavailable(
            f"the sandbox does not work on this machine ({said}); allow unprivileged user namespaces, or {_WITHOUT}"
        )


def _try_socket(folder: str) -> None:
    """See whether the sandbox can have its sockets in this folder; man 7 unix: their paths have 107 bytes at most."""
    path = Path(folder, secrets.token_hex(_SOCKET_CHARS)[:_SOCKET_CHARS])
    try:
        with socket.socket(socket.AF_UNIX) as trial:
            trial.bind(str(path))
        path.unlink()
    except OSError as error:
        raise SandboxUnavailable(
            f"the sandbox cannot have its sockets in {folder} ({error.strerror or error}); set TMPDIR to a folder that "
            f"can be written and has a short path, such as /tmp, or {_WITHOUT}"
        ) from error
